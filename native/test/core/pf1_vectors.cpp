// The vectors of docs/punktfunk1.md, which come from a program of their own: what we send is them, what we read from
// them is right.
#include <doctest/doctest.h>

#include "core/packet/bytes.h"
#include "core/packet/pf1_packetizer.h"
#include "core/session/pf1_client.h"
#include "core/session/pf1_feedback.h"
#include "core/session/pf1_host.h"
#include "json.h"
#include "support.h"

using namespace punktfunk;
using namespace punktfunk::pf1;
using test::Bytes;
using test::from_hex;
using test::to_hex;

namespace {

const nlohmann::json& vectors() {
  static const nlohmann::json file = test::json_file(PUNKTFUNK_TESTDATA "/punktfunk1/vectors.json");
  return file;
}

SessionSecret secret_of(const nlohmann::json& entry) {
  const Bytes bytes = from_hex(entry.at("secretHex").get<std::string>());
  SessionSecret secret{};
  std::copy(bytes.begin(), bytes.end(), secret.begin());
  return secret;
}

template <typename T>
T number(const nlohmann::json& value) {
  return static_cast<T>(value.get<std::int64_t>());
}

SessionConfig config_of(const nlohmann::json& session) {
  SessionConfig config;
  config.suite = number<AeadSuite>(session.at("suite"));
  config.secret = secret_of(session);
  config.datagram_bytes = number<std::size_t>(session.at("datagramBytes"));
  config.streams[0] = {number<std::size_t>(session.at("maxFrameBytes")), number<unsigned>(session.at("parityPercent")),
                       StreamKind::video};
  config.spread = 0;
  return config;
}

}  // namespace

TEST_CASE("punktfunk/1 vectors: keys") {
  for (const auto& entry : vectors().at("keys")) {
    const auto suite = number<AeadSuite>(entry.at("suite"));
    Bytes key(aead_key_bytes(suite));
    REQUIRE(derive_packet_key(secret_of(entry), suite, number<Direction>(entry.at("direction")),
                              number<std::uint16_t>(entry.at("epoch")), key) == Status::ok);
    CHECK(to_hex(key) == entry.at("keyHex").get<std::string>());
  }
  CHECK(vectors().at("keys").size() == 12);
}

TEST_CASE("punktfunk/1 vectors: what a host sends, and what a client makes of it with a third of it lost") {
  int datagrams = 0;
  for (const auto& session : vectors().at("sessions")) {
    SessionConfig config = config_of(session);
    SessionConfig peer = config;
    config.first_epoch = number<std::uint16_t>(session.at("firstEpoch"));
    config.first_packet_number = number<std::uint64_t>(session.at("firstPacketNumber"));
    config.first_frame = number<std::uint32_t>(session.at("firstFrame"));
    Host host(config);
    Client client(peer);
    REQUIRE(host.status() == Status::ok);
    REQUIRE(client.status() == Status::ok);
    std::uint32_t frame_number = config.first_frame;
    for (const auto& frame : session.at("frames")) {
      std::vector<Bytes> slices;
      Bytes whole;
      for (const auto& slice : frame.at("slicesHex")) {
        slices.push_back(from_hex(slice.get<std::string>()));
        whole.insert(whole.end(), slices.back().begin(), slices.back().end());
      }
      const std::vector<std::span<const std::uint8_t>> spans(slices.begin(), slices.end());
      const FrameInfo info{number<std::uint64_t>(frame.at("captureNs")), number<std::uint32_t>(frame.at("latencyUs")),
                           number<std::uint16_t>(frame.at("flags"))};
      REQUIRE(host.submit_frame(0, spans, info, 0) == Status::ok);
      const auto& want = frame.at("datagramsHex");
      std::span<const std::uint8_t> datagram;
      bool delivered = false;
      constexpr std::size_t parity = 2;
      for (std::size_t i = 0; i < want.size(); ++i) {
        REQUIRE(host.poll_datagram(0, datagram) == Status::ok);
        CHECK(to_hex(datagram) == want[i].get<std::string>());
        ++datagrams;
        if (i < parity) {
          continue;  // the first ones are lost: as many as there is parity
        }
        ClientFrame got;
        if (client.feed_datagram(from_hex(want[i].get<std::string>()), 0) == Status::ok &&
            client.next_frame(got) == Status::ok) {
          delivered = true;
          CHECK(got.frame.number == frame_number);
          CHECK(to_hex(got.frame.bytes) == to_hex(whole));
          CHECK(got.frame.slice_ends.size() == slices.size());
          CHECK(got.frame.info.capture_ns == info.capture_ns);
          CHECK(got.frame.info.latency_us == info.latency_us);
          CHECK(got.frame.info.flags == info.flags);
          CHECK(got.frame.repaired_shards == std::min<std::size_t>(parity, got.frame.data_shards));
        }
      }
      CHECK(host.poll_datagram(0, datagram) == Status::again);
      CHECK(delivered);
      ++frame_number;
    }
  }
  CHECK(datagrams == 2 * (3 + 7 + 9));
}

TEST_CASE("punktfunk/1 vectors: feedback") {
  for (const auto& session : vectors().at("sessions")) {
    const auto& want = session.at("feedback");
    PacketCryptoConfig crypto;
    crypto.suite = number<AeadSuite>(session.at("suite"));
    crypto.secret = secret_of(session);
    crypto.direction = Direction::client_to_host;
    PacketOpener opener(crypto);
    const Bytes datagram = from_hex(want.at("datagramHex").get<std::string>());
    REQUIRE(datagram.size() == packet_overhead_bytes + feedback_body_bytes);
    CHECK(datagram[0] == kind_byte(Kind::feedback));
    Bytes body(feedback_body_bytes), again(feedback_body_bytes);
    REQUIRE(opener.open(datagram, body) == Status::ok);
    Feedback f;
    REQUIRE(parse_feedback(body, f) == Status::ok);
    CHECK(f.stream == want.at("stream").get<std::int64_t>());
    CHECK(f.newest_frame == want.at("newestFrame").get<std::int64_t>());
    CHECK(f.lost_first == want.at("lostFirst").get<std::int64_t>());
    CHECK(f.lost_last == want.at("lostLast").get<std::int64_t>());
    CHECK(f.newest_packet == number<std::uint64_t>(want.at("newestPacket")));
    CHECK(f.packets_received == number<std::uint64_t>(want.at("packetsReceived")));
    CHECK(f.newest_packet_age_us == want.at("ageUs").get<std::int64_t>());
    CHECK(f.frames_lost == want.at("framesLost").get<std::int64_t>());
    CHECK(f.shards_repaired == want.at("shardsRepaired").get<std::int64_t>());
    write_feedback(f, again);
    CHECK(to_hex(again) == to_hex(body));
    f.lost_first = 9;  // after the last
    write_feedback(f, again);
    CHECK(parse_feedback(again, f) == Status::malformed);
    again[0] = 4;
    CHECK(parse_feedback(again, f) == Status::malformed);
    CHECK(parse_feedback(std::span(body).first(63), f) == Status::malformed);
  }
}
