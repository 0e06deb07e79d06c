// Frames that a host sends while they are still being encoded.
#include "core/fec/gf16.h"
#include "fec_shards.h"
#include "pf1_simulation.h"

using namespace pf1_simulation;

namespace {

std::size_t sent_now(Simulation& sim) {
  const std::size_t before = sim.sent_at_ns.size();
  sim.run_until(sim.now);
  return sim.sent_at_ns.size() - before;
}

}  // namespace

TEST_CASE("the packets of a slice leave before the next slice exists, the parity after the last") {
  SessionConfig config = session_config();
  config.spread = 0;
  Simulation sim(config, {}, {}, 1);
  const Bytes bytes = content(0, 1, 444 * 12);
  const auto slice = [&](std::size_t from, std::size_t count) {
    return std::span(bytes).subspan(444 * from, 444 * count);
  };
  sim.sent[{0, 1}] = bytes.size();
  REQUIRE(sim.host.begin_frame(0, bytes.size(), {0, 5, flag_idr}, 0) == Status::ok);
  CHECK(sent_now(sim) == 0);
  CHECK(sim.host.next_ns() == UINT64_MAX);
  REQUIRE(sim.host.submit_slice(0, slice(0, 5), false) == Status::ok);
  CHECK(sent_now(sim) == 5);
  REQUIRE(sim.host.submit_slice(0, slice(5, 6), false) == Status::ok);
  CHECK(sent_now(sim) == 6);
  CHECK(sim.delivered[0].empty());
  REQUIRE(sim.host.submit_slice(0, slice(11, 1), true) == Status::ok);
  CHECK(sent_now(sim) == 1 + 3);
  CHECK(sim.delivered[0] == std::vector<std::uint32_t>{1});
  CHECK(sim.client.stats().streams[0].frames == 1);
  CHECK(sim.host.submit_slice(0, slice(0, 1), true) == Status::wrong_state);
}

TEST_CASE("frames in slices survive what whole frames survive") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    test::Random random(seed);
    LinkConfig link;
    link.loss = 0.03;
    link.delay_ns = random.below(20) * ms;
    SessionConfig config = session_config();
    config.streams[0].parity_percent = 50;
    Simulation sim(config, link, {}, seed);
    for (int i = 0; i < 12; ++i) {
      const std::uint64_t end = sim.now + 16 * ms;
      const std::size_t bytes = 1 + random.below(30'000);
      // What was expected may be wrong by far.
      const std::size_t expected = random.below(3) == 0 ? 1 + random.below(2 * bytes) : bytes;
      sim.submit_slices(0, bytes, 1 + random.below(20), random.below(ms), flag_idr,
                        std::min(expected, std::size_t{39'000}));
      sim.run_until(end);
    }
    sim.run_until(sim.now + 100 * ms);
    CHECK(sim.delivered[0].size() + sim.client.stats().streams[0].frames_lost >= 11);
    CHECK(sim.delivered[0].size() >= 8);
    CHECK(sim.host.stats().frames == 12);
    CHECK(sim.host.stats().frames_cut == 0);
  }
}

TEST_CASE("a frame whose last slice never comes ends with the next one, and nothing of it is sent any more") {
  for (const bool whole : {false, true}) {
    SessionConfig config = session_config();
    config.max_rate_bps = 2e6;  // so that part of the slice is still waiting
    Simulation sim(config, {}, {}, 1);
    sim.submit(0, 1'000, flag_idr);
    sim.run_until(100 * ms);
    const Bytes slice(20'000, 7);
    REQUIRE(sim.host.begin_frame(0, 30'000, {}, sim.now) == Status::ok);
    REQUIRE(sim.host.submit_slice(0, slice, false) == Status::ok);
    sim.run_until(sim.now + 10 * ms);
    if (whole) {
      sim.submit(0, 2'000, flag_idr);
    } else {
      sim.submit_slices(0, 2'000, 3, ms, flag_idr);
    }
    CHECK(sim.host.stats().frames_cut == 1);
    sim.run_until(sim.now + 500 * ms);
    CHECK(sim.delivered[0] == std::vector<std::uint32_t>{1, 3});
    CHECK(sim.sent_at_ns.size() < 35);
    CHECK(sim.count(ClientEvent::Kind::recovered) <= 1);
    sim.submit_slices(0, 5'000, 2, ms);
    sim.run_until(sim.now + 500 * ms);
    CHECK(sim.delivered[0].back() == 4);
    CHECK(sim.host.stats().frames == 4);
  }
}

TEST_CASE("an open frame counts as one of the two that wait") {
  SessionConfig config = session_config();
  config.max_rate_bps = 2e6;
  Simulation sim(config, {}, {}, 1);
  sim.submit(0, 30'000, flag_idr);
  sim.submit(0, 30'000, flag_idr);
  const Bytes bytes = content(0, 3, 3'000);
  REQUIRE(sim.host.begin_frame(0, 3'000, {0, 0, flag_idr}, 0) == Status::ok);
  CHECK(sim.host.stats().frames_cut == 1);
  REQUIRE(sim.host.submit_slice(0, std::span(bytes).first(1'000), false) == Status::ok);
  sim.sent[{0, 3}] = 3'000;
  sim.run_until(400 * ms);
  REQUIRE(sim.host.submit_slice(0, std::span(bytes).subspan(1'000), true) == Status::ok);
  sim.run_until(1000 * ms);
  CHECK(sim.delivered[0] == std::vector<std::uint32_t>{2, 3});
}

TEST_CASE("the parts of a frame keep the pace of the whole and the bound of the rate") {
  SessionConfig config = session_config();
  config.streams[0].max_frame_bytes = 400'000;
  for (const double rate : {0.0, 100e6}) {
    config.secret = fresh_secret();
    config.max_rate_bps = rate;
    config.frame_interval_ns = 2 * ms;  // too short for the link's pace
    config.spread = 1;
    Simulation sim(config, {}, {}, 1);
    sim.submit_slices(0, 380'000, 8, 0, flag_idr);
    sim.run_until(100 * ms);
    CHECK(sim.delivered[0].size() == 1);
    const double bytes = static_cast<double>(sim.host.stats().bytes);
    const auto took_ns = static_cast<double>(sim.sent_at_ns.back() - sim.sent_at_ns.front());
    if (rate > 0) {
      CHECK(took_ns >= (bytes - 140 * 512) * 8e9 / rate);
    } else {
      CHECK(took_ns <= 2.2e6);
      CHECK(took_ns >= 1.5e6);
    }
  }
}

TEST_CASE("slices that cannot be are refused, and the frame goes on") {
  SessionConfig config = session_config();
  config.spread = 0;
  Simulation sim(config, {}, {}, 1);
  Host& host = sim.host;
  const Bytes bytes = content(0, 1, 41'000);
  const auto some = [&](std::size_t count) { return std::span(bytes).first(count); };
  CHECK(host.begin_frame(2, 100, {}, 0) == Status::invalid_argument);
  CHECK(host.begin_frame(9, 100, {}, 0) == Status::invalid_argument);
  CHECK(host.submit_slice(9, some(10), false) == Status::invalid_argument);
  CHECK(host.submit_slice(0, some(10), false) == Status::wrong_state);
  CHECK(host.stats().frames == 0);
  REQUIRE(host.begin_frame(0, SIZE_MAX, {}, 0) == Status::ok);
  CHECK(host.submit_slice(1, some(10), false) == Status::wrong_state);
  CHECK(host.submit_slice(0, {}, true) == Status::invalid_argument);
  CHECK(host.submit_slice(0, some(40'001), true) == Status::invalid_argument);
  CHECK(host.submit_slice(0, some(39'990), false) == Status::ok);
  CHECK(host.submit_slice(0, some(11), true) == Status::invalid_argument);
  sim.sent[{0, 1}] = 40'000;
  for (std::size_t i = 0; i < 10; ++i) {
    REQUIRE(host.submit_slice(0, std::span(bytes).subspan(39'990 + i, 1), i == 9) == Status::ok);
  }
  CHECK(sent_now(sim) > 90);
  CHECK(sim.delivered[0].size() == 1);
  REQUIRE(host.begin_frame(0, 0, {}, 0) == Status::ok);
  for (std::size_t i = 0; i < max_slices; ++i) { REQUIRE(host.submit_slice(0, some(5), false) == Status::ok); }
  CHECK(host.submit_slice(0, some(5), true) == Status::invalid_argument);
}

TEST_CASE("gf16: full groups are transformed as they come: what is left at the end is the last group") {
  constexpr std::size_t k = 500, m = 100, group = 128, bytes = 256;
  fec_test::SplitMix64 random(9);
  fec_test::Block data(k, bytes), parity(m, bytes), expected(m, bytes);
  data.fill(random);
  gf16::Encoder encoder({k, m, bytes});
  REQUIRE(encoder.encode(data.const_pointers(), expected.pointers(), bytes) == Status::ok);
  const auto pointers = data.const_pointers();
  REQUIRE(encoder.begin(m, bytes) == Status::ok);
  for (const std::uint8_t* const& shard : pointers) { REQUIRE(encoder.add({&shard, 1}) == Status::ok); }
  // Against the contract, to see what finish still reads.
  for (std::size_t i = 0; i < k / group * group; ++i) { random.fill(data[i], bytes); }
  REQUIRE(encoder.finish(parity.pointers()) == Status::ok);
  for (std::size_t j = 0; j < m; ++j) { REQUIRE(std::memcmp(parity[j], expected[j], bytes) == 0); }
}
