// What client messages say, and the window that refuses repeats.
#include "engine/control/client_message.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "engine/control/enet_server.h"
#include "engine/control/replay_window.h"

using namespace punktfunk;
using Kind = ClientMessage::Kind;

namespace {
std::vector<std::uint8_t> from_hex(const std::string& hex) {
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<std::uint8_t>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}
}  // namespace

TEST_CASE("messages of a recorded client") {
  ClientMessage m;
  CHECK((parse_client_message(0x0302, from_hex("0000"), m) == Status::ok && m.kind == Kind::request_idr));
  CHECK((parse_client_message(0x0307, from_hex("00"), m) == Status::ok && m.kind == Kind::start_b));
  CHECK((parse_client_message(0x0200, from_hex("0400000000000000"), m) == Status::ok && m.kind == Kind::ignored));
  CHECK((parse_client_message(0x0350, from_hex("0100000000000000"), m) == Status::ok && m.kind == Kind::ignored));
  CHECK((parse_client_message(0xBEEF, {}, m) == Status::ok && m.kind == Kind::ignored));

  REQUIRE(parse_client_message(0x0301, from_hex("1e0100000000000020010000000000000000000000000000"), m) == Status::ok);
  CHECK((m.kind == Kind::invalidate && m.first_frame == 286 && m.last_frame == 288));

  REQUIRE(parse_client_message(0x5502, from_hex("0000004701a701a500020003000200020001420001"), m) == Status::ok);
  CHECK((m.kind == Kind::fec_status && m.frame == 71 && m.repaired && m.missing_packets == 2));  // 2 + 1 of 3
  REQUIRE(parse_client_message(0x5502, from_hex("0000004901ae01af00000004000200010000320001"), m) == Status::ok);
  CHECK((m.frame == 73 && !m.repaired && m.missing_packets == 5));  // 1 of 4 + 2

  const auto packet = from_hex("000000060d0000000100");
  REQUIRE(parse_client_message(0x0206, packet, m) == Status::ok);
  CHECK((m.kind == Kind::input && m.input.data() == packet.data() && m.input.size() == packet.size()));
}

TEST_CASE("lengths and ranges that cannot be") {
  ClientMessage m;
  CHECK(parse_client_message(0x0301, from_hex("1e01000000000000200100000000000000000000000000"), m) ==
        Status::malformed);
  CHECK(parse_client_message(0x0301, {}, m) == Status::malformed);
  CHECK(parse_client_message(0x0301, from_hex("210100000000000020010000000000000000000000000000"), m) ==
        Status::malformed);
  CHECK(parse_client_message(0x5502, from_hex("0000004701a701a5000200030002000200014200"), m) == Status::malformed);
  CHECK(parse_client_message(0x5502, from_hex("0000004701a701a50002000300020002000142000100"), m) == Status::malformed);
}

TEST_CASE("a sequence number is taken once") {
  auto state = std::make_unique<ReplayState>();
  ControlReplayWindow window(*state);
  CHECK(window.fresh(0));
  window.take(0);
  CHECK_FALSE(window.fresh(0));
  CHECK(window.fresh(5));
  window.take(5);
  CHECK(window.fresh(3));  // overtaken, not lost
  window.take(3);
  CHECK_FALSE(window.fresh(3));
  CHECK(window.fresh(4));
  window.take(ReplayState::window + 5);
  CHECK_FALSE(window.fresh(5));
  CHECK(window.fresh(6));
  CHECK_FALSE(window.fresh(4));  // too old to tell
  window.take(0xFFFFFFFF);
  CHECK_FALSE(window.fresh(0xFFFFFFFF));
  CHECK(window.fresh(0xFFFFFFFE));
  CHECK_FALSE(window.fresh(ReplayState::window + 6));

  // A successor that maps the same state knows what was taken.
  CHECK_FALSE(ControlReplayWindow(*state).fresh(0xFFFFFFFF));
}

TEST_CASE("the window agrees with a set, whatever the order") {
  auto state = std::make_unique<ReplayState>();
  ControlReplayWindow window(*state);
  std::set<std::uint32_t> taken;
  std::mt19937 random(7);
  std::uint32_t highest = 0;
  for (int i = 0; i < 200'000; ++i) {
    const std::uint32_t base = highest > 9000 ? highest - 9000 : 0;
    const std::uint32_t sequence = base + random() % 9020 + (random() % 997 == 0 ? random() % 20'000 : 0);
    const bool in_window = taken.empty() || sequence + ReplayState::window > highest;
    const bool expected = sequence > highest || taken.empty() || (in_window && taken.count(sequence) == 0);
    if (window.fresh(sequence) != expected) { FAIL("sequence " << sequence << " of highest " << highest); }
    if (!expected) { continue; }
    window.take(sequence);
    taken.insert(sequence);
    highest = std::max(highest, sequence);
  }
  CHECK(taken.size() > 10'000);
}

TEST_CASE("connect data is read from requests to connect only") {
  // Recorded: the first datagram of a client.
  const std::string recorded =
      "8fffe2b782ff00010000ffff0000038400010000000000300000000000000000000013880000000200000002e7b4b3c849d51693";
  CHECK(connect_request(from_hex(recorded)) == 1238701715u);
  CHECK_FALSE(connect_request(from_hex(recorded.substr(0, recorded.size() - 2))).has_value());
  CHECK_FALSE(connect_request(from_hex("8000e2b701ff00010001e2b785ff0002")).has_value());
  CHECK_FALSE(connect_request(from_hex("8f")).has_value());
  CHECK_FALSE(connect_request({}).has_value());
  auto compressed = from_hex(recorded);
  compressed[0] |= 0x40;
  CHECK_FALSE(connect_request(compressed).has_value());
}
