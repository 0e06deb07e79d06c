#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "core/packet/bytes.h"
#include "core/packet/gamestream_audio.h"
#include "core/reassembly/gamestream_audio.h"
#include "json.h"
#include "support.h"

using namespace punktfunk;
using namespace punktfunk::gamestream;
using test::Bytes;

namespace {

const nlohmann::json& recorded() {
  static const nlohmann::json file = test::json_file(PUNKTFUNK_TESTDATA "/gamestream/audio.json");
  return file;
}

struct Out {
  std::uint16_t sequence;
  bool lost;
  Bytes opus;
};

std::vector<Out> drain(AudioReassembler& reassembler) {
  std::vector<Out> out;
  std::span<const std::uint8_t> opus;
  std::uint16_t sequence = 0;
  bool lost = false;
  while (reassembler.next(opus, sequence, lost) == Status::ok) {
    out.push_back({sequence, lost, Bytes(opus.begin(), opus.end())});
  }
  return out;
}

std::vector<Bytes> packetize(AudioPacketizer& packetizer, const Bytes& opus) {
  std::span<const std::uint8_t> datagrams[3];
  std::size_t count = 0;
  REQUIRE(packetizer.packetize(opus, datagrams, count) == Status::ok);
  std::vector<Bytes> out;
  for (std::size_t i = 0; i < count; ++i) { out.emplace_back(datagrams[i].begin(), datagrams[i].end()); }
  return out;
}

}  // namespace

TEST_CASE("recorded sound comes out as recorded, with any two of each six datagrams lost") {
  for (const auto& capture : recorded().at("captures")) {
    CAPTURE(capture.at("id").get<std::string>());
    const auto& session = capture.at("session");
    AudioReassemblerConfig config;
    config.rikey_id = static_cast<std::uint32_t>(session.at("rikeyid").get<std::int64_t>());
    if (session.at("encrypted").get<bool>()) {
      config.key = test::key_from_hex(session.at("rikeyHex").get<std::string>());
    }
    for (const char* list : {"packetsFromStart", "packetsLater"}) {
      const auto& packets = capture[list];
      for (std::size_t a = 0; a < 6; ++a) {
        for (std::size_t b = a; b < 6; ++b) {  // a == b: one lost
          AudioReassembler reassembler(config);
          std::map<std::uint16_t, Bytes> got;
          for (std::size_t i = 0; i < packets.size(); ++i) {
            if (i % 6 == a || i % 6 == b) { continue; }
            CHECK(reassembler.feed(test::from_base64(packets[i].at("datagramBase64").get<std::string>())) !=
                  Status::malformed);
            for (auto& out : drain(reassembler)) {
              CHECK(!out.lost);
              got[out.sequence] = out.opus;
            }
          }
          std::size_t data = 0;
          for (const auto& packet : packets) {
            if (packet.at("payloadType").get<std::int64_t>() != 97) { continue; }
            ++data;
            const auto found = got.find(static_cast<std::uint16_t>(packet.at("seq").get<std::int64_t>()));
            REQUIRE(found != got.end());
            CHECK(test::sha256(found->second) == packet.at("opusSha256").get<std::string>());
          }
          CHECK(got.size() == data);
        }
      }
    }
  }
}

TEST_CASE("given the recorded Opus packets, our datagrams are the recorded ones") {
  int compared = 0;
  for (const auto& capture : recorded().at("captures")) {
    CAPTURE(capture.at("id").get<std::string>());
    const auto& session = capture.at("session");
    AudioReassemblerConfig in;
    in.rikey_id = static_cast<std::uint32_t>(session.at("rikeyid").get<std::int64_t>());
    if (session.at("encrypted").get<bool>()) { in.key = test::key_from_hex(session.at("rikeyHex").get<std::string>()); }
    for (const char* list : {"packetsFromStart", "packetsLater"}) {
      const auto& packets = capture[list];
      if (packets.size() == 0) { continue; }
      AudioReassembler reassembler(in);
      AudioPacketizer packetizer(
          {static_cast<unsigned>(session.at("packetDurationMs").get<std::int64_t>()), in.key, in.rikey_id},
          {static_cast<std::uint16_t>(packets[0].at("seq").get<std::int64_t>()),
           static_cast<std::uint32_t>(packets[0].at("timestamp").get<std::int64_t>())});
      std::vector<Bytes> ours, theirs;
      for (const auto& packet : packets) {
        theirs.push_back(test::from_base64(packet.at("datagramBase64").get<std::string>()));
        CHECK(reassembler.feed(theirs.back()) == Status::ok);
        for (const auto& out : drain(reassembler)) {
          for (auto& d : packetize(packetizer, out.opus)) { ours.push_back(std::move(d)); }
        }
      }
      REQUIRE(ours.size() == theirs.size());
      for (std::size_t i = 0; i < ours.size(); ++i) {
        CHECK(test::to_hex(ours[i]) == test::to_hex(theirs[i]));
        ++compared;
      }
    }
  }
  CHECK(compared == 252);
}

TEST_CASE("audio IV and ciphertext as in docs/gamestream.md, A") {
  AudioPacketizer packetizer(
      {5, test::key_from_hex("000102030405060708090a0b0c0d0e0f"), static_cast<std::uint32_t>(-5)}, {7, 35});
  const auto out = packetize(packetizer, test::from_hex("fcfffe"));
  REQUIRE(out.size() == 1);  // the block was begun by someone else: no parity
  CHECK(test::to_hex(out[0]) ==
        "80610007000000230000000"
        "0"
        "fef4912efce120db0743bada8d0bc306");
}

TEST_CASE("parity is left out until a block is whole, and sizes must agree within one") {
  AudioPacketizer packetizer({}, {2, 10});
  std::span<const std::uint8_t> datagrams[3];
  std::size_t count = 9;
  CHECK(packetize(packetizer, Bytes(60, 1)).size() == 1);
  CHECK(packetizer.packetize(Bytes(61), datagrams, count) == Status::invalid_argument);
  CHECK(count == 0);
  CHECK(packetizer.counters().sequence == 3);
  CHECK(packetize(packetizer, Bytes(60, 1)).size() == 1);
  for (int i = 0; i < 3; ++i) {
    CHECK(packetize(packetizer, Bytes(80, 1)).size() == 1);  // a new block may have a new size
  }
  CHECK(packetizer.packetize(Bytes(60), datagrams, count) == Status::invalid_argument);
  const auto last = packetize(packetizer, Bytes(80, 1));
  REQUIRE(last.size() == 3);
  CHECK(last[1][1] == 127);
  CHECK(load_u16_be(last[2].data() + 14) == 4);
  CHECK(load_u32_be(last[2].data() + 16) == 20);
  CHECK(packetizer.packetize({}, datagrams, count) == Status::invalid_argument);
  CHECK(packetizer.packetize(Bytes(1389), datagrams, count) == Status::invalid_argument);
  CHECK(packetize(packetizer, Bytes(1388)).size() == 1);
}

TEST_CASE("sound over a bad network: in order, byte-exact, every packet handed out once, lost or not") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    test::Random random(seed);
    std::optional<AesKey> key;
    if (seed % 2) { key = AesKey{9}; }
    const std::uint16_t first = static_cast<std::uint16_t>(seed % 3 ? 0 : 65500);
    AudioPacketizer packetizer({5, key, 77}, {first, 0});
    AudioReassembler reassembler({key, 77});
    const double loss = static_cast<double>(random.below(20)) / 100;
    const std::size_t reach = random.below(4), opus_bytes = 1 + random.below(400);
    std::vector<Bytes> sent;
    std::vector<std::pair<std::size_t, Bytes>> line;
    std::size_t number = 0;
    for (int i = 0; i < 400; ++i) {
      sent.push_back(random.bytes(opus_bytes));
      for (auto& d : packetize(packetizer, sent.back())) {
        ++number;
        if (random.chance(loss)) { continue; }
        line.emplace_back(number + random.below(reach + 1), d);
        if (random.chance(0.05)) { line.emplace_back(number + random.below(reach + 1), d); }
      }
    }
    std::stable_sort(line.begin(), line.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::size_t expected = 0, received = 0;
    bool begun = false;
    for (const auto& [at, d] : line) {
      const Status status = reassembler.feed(d);
      CHECK((status == Status::ok || status == Status::again || status == Status::replayed));
      for (const auto& out : drain(reassembler)) {
        if (!begun) { expected = static_cast<std::uint16_t>(out.sequence - first); }
        begun = true;
        REQUIRE(out.sequence == static_cast<std::uint16_t>(first + expected));
        if (!out.lost) {
          CHECK(out.opus == sent[expected]);
          ++received;
        }
        ++expected;
      }
    }
    const auto& stats = reassembler.stats();
    CHECK(stats.packets == received);
    CHECK(stats.malformed + stats.not_authentic == 0);
    if (loss == 0) { CHECK(stats.packets_lost == 0); }
    CHECK(expected >= 380);
  }
}

TEST_CASE("a packet that cannot be repaired is reported lost as soon as the next block runs") {
  AudioPacketizer packetizer({});
  AudioReassembler reassembler({});
  std::vector<Bytes> datagrams;
  for (int i = 0; i < 8; ++i) {
    for (auto& d : packetize(packetizer, Bytes(50, static_cast<std::uint8_t>(i)))) {
      datagrams.push_back(std::move(d));
    }
  }
  for (const std::size_t i : {0u, 4u}) {
    CHECK(reassembler.feed(datagrams[i]) == Status::ok);  // d0 and one parity
  }
  CHECK(drain(reassembler).size() == 1);
  CHECK(reassembler.feed(datagrams[6]) == Status::ok);
  CHECK(drain(reassembler).empty());
  CHECK(reassembler.feed(datagrams[7]) == Status::ok);
  const auto out = drain(reassembler);
  REQUIRE(out.size() == 5);
  CHECK(out[0].lost);
  CHECK(out[2].lost);
  CHECK(out[0].opus.empty());
  CHECK(out[3].opus == Bytes(50, 4));
  CHECK(reassembler.feed(datagrams[1]) == Status::replayed);
  CHECK(reassembler.stats().late == 1);
  CHECK(reassembler.stats().packets_lost == 3);
}

TEST_CASE("broken audio datagrams are refused, one from far away disturbs nothing, a pause is overcome") {
  AudioPacketizer packetizer({});
  AudioReassembler reassembler({});
  const Bytes good = packetize(packetizer, Bytes(50, 1))[0];
  CHECK(reassembler.feed(good) == Status::ok);
  CHECK(reassembler.feed(good) == Status::replayed);
  for (const std::size_t size : {0, 1, 11, 12}) {
    CHECK(reassembler.feed(Bytes(good.begin(), good.begin() + static_cast<int>(size))) == Status::malformed);
  }
  Bytes bad = good;
  bad[0] = 0x90;
  CHECK(reassembler.feed(bad) == Status::malformed);
  bad = good;
  bad[1] = 96;
  CHECK(reassembler.feed(bad) == Status::malformed);
  CHECK(reassembler.feed(Bytes(2000, 0x61)) == Status::malformed);
  bad = good;
  bad.push_back(0);
  bad[3] = 1;  // the next packet, one byte longer than its block
  CHECK(reassembler.feed(bad) == Status::malformed);
  Bytes parity(24 + 50);
  parity[0] = 0x80;
  parity[1] = 127;
  parity[13] = 97;
  parity[12] = 2;
  CHECK(reassembler.feed(parity) == Status::malformed);
  parity[12] = 0;
  parity[15] = 2;
  CHECK(reassembler.feed(parity) == Status::malformed);

  Bytes stray = good;
  stray[2] = 0x50;
  CHECK(reassembler.feed(stray) == Status::again);
  std::size_t received = drain(reassembler).size();
  for (int i = 1; i < 400; ++i) {
    for (const auto& d : packetize(packetizer, Bytes(50, 1))) {
      if (i < 100 || i > 350) { CHECK(reassembler.feed(d) != Status::malformed); }
    }
    for (const auto& out : drain(reassembler)) { received += out.lost ? 0 : 1; }
  }
  CHECK(received >= 100 + 47);
}

TEST_CASE("a consumer that does not come is not waited for") {
  AudioPacketizer packetizer({});
  AudioReassembler reassembler({});
  for (int i = 0; i < 1000; ++i) {
    for (const auto& d : packetize(packetizer, Bytes(50, static_cast<std::uint8_t>(i)))) {
      CHECK(reassembler.feed(d) == Status::ok);
    }
  }
  const auto out = drain(reassembler);
  REQUIRE(out.size() == 32);
  CHECK(out[0].sequence == 968);
  CHECK(out[31].opus == Bytes(50, static_cast<std::uint8_t>(999)));
  CHECK(reassembler.stats().packets_lost == 968);
}

TEST_CASE("a wrong key yields lost packets, not noise") {
  AudioPacketizer packetizer({5, AesKey{1}, 3});
  AudioReassembler reassembler({AesKey{2}, 3});
  std::size_t lost = 0, all = 0;
  for (int i = 0; i < 200; ++i) {
    for (const auto& d : packetize(packetizer, Bytes(60, 1))) { CHECK(reassembler.feed(d) == Status::ok); }
    for (const auto& out : drain(reassembler)) {
      ++all;
      lost += out.lost ? 1 : 0;
    }
  }
  CHECK(all == 200);
  CHECK(lost > 190);  // padding is a weak check: one in 256 passes
  CHECK(reassembler.stats().not_authentic == lost);
}
