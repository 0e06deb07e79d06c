// Blocks, Opus packets and datagrams, without a sound server.
#include <doctest/doctest.h>
#include <opus/opus_multistream.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <vector>

#include "core/packet/gamestream_audio.h"
#include "engine/audio/audio_sender.h"
#include "test/audio/audio_ear.h"
#include "test/need.h"

using namespace punktfunk;
using namespace punktfunk::test;

namespace {

// Packets as GameStream sends them, kept.
class FakeWire final : public SoundSender {
 public:
  explicit FakeWire(unsigned packet_duration_ms = 5) : packetizer({.packet_duration_ms = packet_duration_ms}) {}
  [[nodiscard]] bool sound_reachable() const noexcept override { return known; }
  std::size_t send_sound(std::span<const std::uint8_t> packet) noexcept override {
    std::span<const std::uint8_t> made[3];
    std::size_t count = 0;
    REQUIRE(packetizer.packetize(packet, made, count) == Status::ok);
    for (std::size_t i = 0; i < count; ++i) { datagrams.emplace_back(made[i].begin(), made[i].end()); }
    return packet.size();
  }

  bool known = true;
  gamestream::AudioPacketizer packetizer;
  std::vector<std::vector<std::uint8_t>> datagrams;
};

std::vector<float> tone(double hz, std::size_t frames, unsigned channels, double start = 0) {
  std::vector<float> samples(frames * channels);
  for (std::size_t i = 0; i < frames; ++i) {
    for (unsigned c = 0; c < channels; ++c) {
      samples[i * channels + c] =
          static_cast<float>(0.5 * std::sin(2 * M_PI * hz * (start + static_cast<double>(i)) / 48'000));
    }
  }
  return samples;
}

std::unique_ptr<AudioSender> make_sender(SoundSender& wire, unsigned packet_duration_ms = 5) {
  AudioConfig c;
  c.audio = {.target = {},
             .channels = 2,
             .packet_duration_ms = packet_duration_ms,
             .bitrate_bps = 96'000,
             .also_on_host = false};
  return need(AudioSender::make(c, wire));
}

}  // namespace

TEST_CASE("chunks of any length become blocks of one length, and no sample is lost or moved") {
  for (std::size_t block : {240u, 480u}) {
    for (std::size_t chunk : {1u, 64u, 128u, 240u, 256u, 441u, 1024u, 8192u}) {
      CAPTURE(block);
      CAPTURE(chunk);
      Reblock reblock(block);
      std::vector<float> in(40'000);
      std::iota(in.begin(), in.end(), 1.f);
      std::vector<float> out;
      for (std::size_t at = 0; at < in.size(); at += chunk) {
        reblock.push(std::span(in).subspan(at, std::min(chunk, in.size() - at)), [&](std::span<const float> whole) {
          CHECK(whole.size() == block);
          out.insert(out.end(), whole.begin(), whole.end());
        });
      }
      CHECK(out.size() == in.size() / block * block);
      CHECK(std::equal(out.begin(), out.end(), in.begin()));
    }
  }
  Reblock reblock(4);
  int blocks = 0;
  const std::vector<float> three(3);
  reblock.push(three, [&](std::span<const float>) { ++blocks; });
  reblock.clear();
  reblock.push(three, [&](std::span<const float>) { ++blocks; });
  CHECK(blocks == 0);
}

TEST_CASE("every packet of every layout has the size that its bit rate says") {
  struct Case {
    unsigned channels, bitrate_bps, streams;
    std::size_t bytes_5ms;
  };
  // Bit rates and sizes as recorded from another host (docs/gamestream.md, 7.1).
  for (const Case& c : {Case{2, 96'000, 1, 60}, Case{2, 512'000, 1, 320}, Case{6, 256'000, 4, 160},
                        Case{6, 1'536'000, 6, 960}, Case{8, 450'000, 5, 281}, Case{8, 2'048'000, 8, 1280}}) {
    CAPTURE(c.channels);
    CAPTURE(c.bitrate_bps);
    const auto encoder = need(OpusBlockEncoder::make(c.channels, 5, c.bitrate_bps));
    CHECK(encoder->packet_bytes() == c.bytes_5ms);
    CHECK(opus_layout(c.channels, c.bitrate_bps)->streams == c.streams);
    // One channel alone sounds: it must come out alone, where the client's mapping puts it.
    const OpusLayout& layout = *opus_layout(c.channels, c.bitrate_bps);
    int status = OPUS_OK;
    OpusMSDecoder* decoder =
        opus_multistream_decoder_create(48'000, static_cast<int>(layout.channels), static_cast<int>(layout.streams),
                                        static_cast<int>(layout.coupled_streams), layout.mapping, &status);
    REQUIRE(status == OPUS_OK);
    for (unsigned sounding = 0; sounding < c.channels; ++sounding) {
      std::vector<double> energy(c.channels);
      for (int n = 0; n < 60; ++n) {
        auto block = tone(200 + 150 * sounding, 240, c.channels, n * 240);
        for (std::size_t i = 0; i < block.size(); ++i) {
          if (i % c.channels != sounding) { block[i] = 0; }
        }
        const auto packet = encoder->encode(block);
        REQUIRE(packet.size() == c.bytes_5ms);
        std::vector<float> heard(240 * c.channels);
        REQUIRE(opus_multistream_decode_float(decoder, packet.data(), static_cast<opus_int32>(packet.size()),
                                              heard.data(), 240, 0) == 240);
        if (n < 20) { continue; }
        for (std::size_t i = 0; i < heard.size(); ++i) { energy[i % c.channels] += heard[i] * heard[i]; }
      }
      const auto loudest = std::max_element(energy.begin(), energy.end()) - energy.begin();
      CHECK(loudest == sounding);
    }
    opus_multistream_decoder_destroy(decoder);
  }
  CHECK(OpusBlockEncoder::make(3, 5, 96'000).error() == problem::sound_format_unknown(3, 5));
  CHECK(OpusBlockEncoder::make(2, 7, 96'000).error() == problem::sound_format_unknown(2, 7));
  CHECK((*OpusBlockEncoder::make(8, 10, 2'048'000))->packet_bytes() == 1388);  // what a client's buffer takes
}

TEST_CASE("a tone arrives as a tone, in packets of one size with parity after each fourth") {
  for (unsigned duration_ms : {5u, 10u}) {
    FakeWire wire(duration_ms);
    auto sender = make_sender(wire, duration_ms);
    for (int n = 0; n < 200; ++n) { sender->push(tone(1000, 256, 2, n * 256)); }
    AudioEar ear(static_cast<int>(48 * duration_ms));
    for (const auto& datagram : wire.datagrams) { ear.hear(datagram); }
    CHECK(ear.odd == 0);
    CHECK(ear.data == 200 * 256 / (48 * duration_ms));
    CHECK(ear.parity == ear.data / 4 * 2);
    CHECK(ear.first_sequence == 0);
    CHECK(ear.size == 12 + 12 * duration_ms);
    CHECK(ear.hears(1000, 0));
    CHECK(ear.hears(1000, 1));
    CHECK(sender->packets() == ear.data);
  }
}

TEST_CASE("silence at rest costs no encoding and wakes up without a scratch") {
  FakeWire wire;
  auto sender = make_sender(wire);
  for (int n = 0; n < 100; ++n) { sender->push(tone(1000, 240, 2, n * 240)); }
  for (int n = 0; n < 1000; ++n) { sender->conceal(); }
  AudioEar ear;
  for (const auto& datagram : wire.datagrams) { ear.hear(datagram); }
  CHECK(ear.silent());
  CHECK(ear.data == 1100);
  wire.datagrams.clear();
  for (int n = 0; n < 100; ++n) { sender->push(tone(1000, 240, 2, n * 240)); }
  for (const auto& datagram : wire.datagrams) { ear.hear(datagram); }
  CHECK(ear.odd == 0);
  CHECK(ear.hears(1000, 0));
  for (float sample : ear.samples) { REQUIRE(std::abs(sample) < 0.7f); }
}

TEST_CASE("nothing is sent or numbered while nobody is known who would hear it") {
  FakeWire wire;
  wire.known = false;
  auto sender = make_sender(wire);
  for (int n = 0; n < 20; ++n) { sender->push(tone(1000, 250, 2)); }
  CHECK(wire.datagrams.empty());
  CHECK(wire.packetizer.counters().sequence == 0);
  wire.known = true;
  sender->push(tone(1000, 480, 2));
  REQUIRE(wire.datagrams.size() == 2);
  CHECK(load_u16_be(wire.datagrams[0].data() + 2) == 0);
}
