#include "bench/frame.h"

#include <openssl/evp.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>

#include "bench/measure.h"
#include "core/crypto/aes.h"
#include "core/fec/gf16_field.h"
#include "core/packet/gamestream_video.h"
#include "core/packet/pf1_packetizer.h"

namespace bench {

namespace {

using punktfunk::Status;

void require(bool good, const char* what) {
  if (good) { return; }
  std::fprintf(stderr, "%s failed\n", what);
  std::exit(1);
}

constexpr std::size_t packet_bytes = 1392;
constexpr std::size_t nonce_bytes = 12;

struct Packet {
  punktfunk::AesKey key{1, 2, 3};
  std::array<std::uint8_t, nonce_bytes> nonce{};
  std::array<std::uint8_t, packet_bytes> plain{}, cipher{};
  std::array<std::uint8_t, punktfunk::gcm_tag_bytes> tag{};

  void next_nonce() {
    for (auto& byte : nonce) {
      if (++byte != 0) { break; }
    }
  }
};

// With a context that has its key: only the nonce is set.
void openssl_seal(Packet& packet, EVP_CIPHER_CTX* context) {
  int count = 0;
  require(EVP_EncryptInit_ex(context, nullptr, nullptr, nullptr, packet.nonce.data()) == 1 &&
              EVP_EncryptUpdate(context, packet.cipher.data(), &count, packet.plain.data(), packet_bytes) == 1 &&
              EVP_EncryptFinal_ex(context, packet.cipher.data() + count, &count) == 1 &&
              EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, packet.tag.size(), packet.tag.data()) == 1,
          "sealing with OpenSSL");
}

using Context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

Context new_context(const Packet& packet) {
  Context context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  require(EVP_EncryptInit_ex(context.get(), EVP_aes_128_gcm(), nullptr, packet.key.data(), nullptr) == 1,
          "making an OpenSSL context");
  return context;
}

void report(std::vector<Result>& results, const std::string& what, const std::vector<std::string>& names,
            const std::vector<Timing>& timings, double scale, const char* unit) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    results.push_back(
        {what, names[i], "", 1, 0, packet_bytes, timings[i].median_s * scale, timings[i].best_s * scale, unit});
  }
}

}  // namespace

void bench_setup(std::vector<Result>& results) {
  const double start = thread_cpu_s();
  (void)punktfunk::gf16::tables();
  const double us = (thread_cpu_s() - start) * 1e6;
  results.push_back({"making the tables, " + std::to_string(sizeof(punktfunk::gf16::Tables) / 1024) + " KiB",
                     "punktfunk gf16", "gf16", 0, 0, 0, us, us, "us"});
}

void bench_crypto(std::vector<Result>& results, int rounds, double sample_s) {
  Packet packet;
  punktfunk::Aes128Gcm ours(packet.key);
  const Context kept = new_context(packet);
  const auto seal = [&] {
    packet.next_nonce();
    require(ours.seal(packet.nonce, packet.plain, packet.cipher.data(), packet.tag.data()) == Status::ok, "sealing");
  };
  report(results, "seal", {"punktfunk", "openssl, context kept", "openssl, context a packet"},
         measure({seal,
                  [&] {
                    packet.next_nonce();
                    openssl_seal(packet, kept.get());
                  },
                  [&] {
                    packet.next_nonce();
                    openssl_seal(packet, new_context(packet).get());
                  }},
                 rounds, sample_s),
         1e9, "ns");
  seal();
  std::array<std::uint8_t, packet_bytes> opened{};
  report(results, "open", {"punktfunk"},
         measure({[&] {
                   require(ours.open(packet.nonce, packet.cipher, packet.tag.data(), opened.data()) == Status::ok,
                           "opening");
                 }},
                 rounds, sample_s),
         1e9, "ns");
}

// Frames of 100 Mbps at 60, 1 Gbps at 240 and 1 Gbps at 120 a second (docs/transport.md, 5).
void bench_frame(std::vector<Result>& results, int rounds, double sample_s) {
  for (const std::size_t data_shards : {152u, 379u, 758u}) {
    const std::vector<std::uint8_t> access_unit(data_shards * (packet_bytes - 16) - 8, 7);
    const std::array<std::span<const std::uint8_t>, 1> pieces = {access_unit};
    std::vector<std::string> names;
    std::vector<std::unique_ptr<punktfunk::gamestream::VideoPacketizer>> packetizers;
    std::vector<std::function<void()>> work;
    std::size_t parity = 0;
    for (const bool sealed : {false, true}) {
      punktfunk::gamestream::VideoPacketizerConfig config;
      if (sealed) { config.key = punktfunk::AesKey{1, 2, 3}; }
      packetizers.push_back(std::make_unique<punktfunk::gamestream::VideoPacketizer>(config));
      names.push_back(sealed ? "GameStream, sealed" : "GameStream, in clear");
      work.emplace_back([&pieces, &parity, packetizer = packetizers.back().get()] {
        punktfunk::gamestream::DatagramBatch batch;
        require(packetizer->packetize(pieces, {}, batch) == Status::ok, "packetizing");
        parity = batch.parity_shards;
      });
    }
    // The same frame in four slices, and what of its work is done before the last one comes.
    punktfunk::pf1::Packetizer pf1({.max_frame_bytes = access_unit.size()});
    punktfunk::pf1::FramePackets room = pf1.make_room();
    const auto slices = [&](std::size_t count) {
      const std::size_t each = access_unit.size() / 4;
      bool good = pf1.begin(1, access_unit.size(), {}, room) == Status::ok;
      for (std::size_t s = 0; s < count; ++s) {
        good &= pf1.add(std::span(access_unit).subspan(s * each, s == 3 ? access_unit.size() - s * each : each),
                        s == 3) == Status::ok;
      }
      require(good && (count < 4 || pf1.finish() == Status::ok), "packetizing slices");
    };
    names.insert(names.end(), {"punktfunk/1, in clear, 4 slices", "of it before the last slice"});
    work.insert(work.end(), {[&] { slices(4); }, [&] { slices(3); }});
    const auto timings = measure(work, rounds, sample_s);
    for (std::size_t i = 0; i < names.size(); ++i) {
      results.push_back({"packetize, protect and seal a frame", names[i], "gf8", data_shards, parity, packet_bytes,
                         timings[i].median_s * 1e6, timings[i].best_s * 1e6, "us"});
    }
  }
}

}  // namespace bench
