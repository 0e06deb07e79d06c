// The simulated network does what its configuration says, and the same for the same seed.
#include "core/session/simulator.h"

#include <doctest/doctest.h>

#include "core/packet/bytes.h"

using namespace punktfunk;

namespace {

constexpr std::uint64_t ms = 1'000'000;

struct Arrival {
  std::uint64_t number, at_ns;
};

// `count` datagrams of `bytes`, one every gap_ns; all that arrives, in order of arrival.
std::vector<Arrival> run(SimulatedLink& link, std::uint64_t count, std::uint64_t gap_ns, std::size_t bytes = 1000) {
  std::vector<Arrival> out;
  std::vector<std::uint8_t> datagram(bytes), got;
  std::uint64_t now = 0;
  const auto drain = [&](std::uint64_t until) {
    while (link.next_ns() <= until) {
      const std::uint64_t at = link.next_ns();
      REQUIRE(link.receive(at, got));
      REQUIRE(got.size() == bytes);
      out.push_back({load_u64_le(got.data()), at});
    }
  };
  for (std::uint64_t i = 0; i < count; ++i, now += gap_ns) {
    drain(now);
    store_u64_le(datagram.data(), i);
    link.send(datagram, now);
  }
  drain(UINT64_MAX - 1);
  CHECK_FALSE(link.receive(UINT64_MAX, got));
  return out;
}

}  // namespace

TEST_CASE("a perfect link delivers everything at once") {
  SimulatedLink link({}, 1);
  const auto out = run(link, 100, ms);
  REQUIRE(out.size() == 100);
  for (std::uint64_t i = 0; i < 100; ++i) {
    CHECK(out[i].number == i);
    CHECK(out[i].at_ns == i * ms);
  }
}

TEST_CASE("random loss, duplicates and delay come at their rates") {
  LinkConfig config;
  config.loss = 0.1;
  config.duplicate = 0.05;
  config.delay_ns = 10 * ms;
  config.jitter_ns = 3 * ms;
  SimulatedLink link(config, 7);
  const auto out = run(link, 100'000, 100'000);
  const LinkStats& stats = link.stats();
  CHECK(stats.sent == 100'000);
  CHECK(stats.lost > 9'600);
  CHECK(stats.lost < 10'400);
  CHECK(stats.duplicated > 4'200);
  CHECK(stats.duplicated < 4'800);
  CHECK(out.size() == stats.sent - stats.lost + stats.duplicated);
  for (std::size_t i = 0; i < out.size(); ++i) {
    CHECK(out[i].at_ns >= out[i].number * 100'000 + 10 * ms);
    if (i > 0) {
      CHECK(out[i].number >= out[i - 1].number);  // jitter keeps the order
    }
  }
}

TEST_CASE("bursts have their mean length and share") {
  LinkConfig config;
  config.bad_ends = 1.0 / 32;              // 32 datagrams a burst
  config.bad_begins = 0.05 / 0.95 / 32.0;  // 5 % of all
  SimulatedLink link(config, 3);
  const auto out = run(link, 400'000, 1000);
  std::uint64_t bursts = 0, lost = 0, expected = 0;
  for (const Arrival& a : out) {
    bursts += a.number > expected ? 1 : 0;
    lost += a.number - expected;
    expected = a.number + 1;
  }
  const double mean = static_cast<double>(lost) / static_cast<double>(bursts);
  CHECK(mean > 28);
  CHECK(mean < 36);
  CHECK(lost > 17'000);
  CHECK(lost < 23'000);
}

TEST_CASE("reordered datagrams are overtaken, the others keep their order") {
  LinkConfig config;
  config.reorder = 0.1;
  config.reorder_ns = 5 * ms;
  SimulatedLink link(config, 3);
  const auto out = run(link, 10'000, ms);
  REQUIRE(out.size() == 10'000);
  std::uint64_t late = 0, top = 0;
  for (const Arrival& a : out) {
    late += a.number < top ? 1 : 0;
    top = std::max(top, a.number);
  }
  CHECK(late > 800);
  CHECK(late < 1200);
}

TEST_CASE("the bottleneck spaces datagrams, its queue is bounded") {
  LinkConfig config;
  config.rate_bps = 8e6;  // a 1000-byte datagram takes 1 ms
  config.queue_bytes = 10'000;
  SimulatedLink link(config, 1);
  const auto out = run(link, 100, 0);
  CHECK(out.size() == 10);
  CHECK(link.stats().queue_dropped == 90);
  for (std::size_t i = 0; i < out.size(); ++i) { CHECK(out[i].at_ns == (i + 1) * ms); }
  SimulatedLink slow(config, 1);
  CHECK(run(slow, 100, ms).size() == 100);
}

TEST_CASE("nothing passes in an outage") {
  LinkConfig config;
  config.outages = {{20 * ms, 30 * ms}, {50 * ms, 51 * ms}};
  SimulatedLink link(config, 1);
  const auto out = run(link, 100, ms);
  CHECK(out.size() == 89);
  CHECK(link.stats().outage_dropped == 11);
  for (const Arrival& a : out) { CHECK((a.number < 20 || (a.number >= 30 && a.number != 50))); }
}

TEST_CASE("a seed gives the same run again, another seed another") {
  LinkConfig config;
  config.loss = 0.2;
  config.jitter_ns = ms;
  config.reorder = 0.1;
  config.reorder_ns = ms;
  const auto digest = [&](std::uint64_t seed) {
    SimulatedLink link(config, seed);
    std::uint64_t sum = 0;
    for (const Arrival& a : run(link, 1000, 100'000)) { sum = sum * 31 + a.number * 7 + a.at_ns; }
    return sum;
  };
  CHECK(digest(5) == digest(5));
  CHECK(digest(5) != digest(6));
}
