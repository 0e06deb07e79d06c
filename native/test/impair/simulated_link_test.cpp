// A link does what its configuration says, and the same for the same seed.
#include "impair/simulated_link.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "datagrams.h"

using namespace impair_test;

namespace {

// Is this count of `of` what a probability gives? Within 3 sigma, as binomial counts are.
void check_count(std::uint64_t count, std::uint64_t of, double probability) {
  CAPTURE(count);
  const double n = static_cast<double>(of), due = n * probability;
  CHECK(std::abs(static_cast<double>(count) - due) <= 3 * std::sqrt(due * (1 - probability)));
}

std::size_t payload_for(std::size_t ip_bytes) {
  return ip_bytes - ip_udp_header_bytes;
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

TEST_CASE("losses of 1, 2 and 5 % are within 3 sigma over a million datagrams, for each seed") {
  for (const double loss : {0.01, 0.02, 0.05}) {
    for (const std::uint64_t seed : {1u, 2u, 3u}) {
      CAPTURE(loss);
      CAPTURE(seed);
      LinkConfig config;
      config.loss = loss;
      LinkModel model(config, seed);
      for (std::uint64_t i = 0; i < 1'000'000; ++i) { model.decide(1000, i * 1000); }
      check_count(model.stats.lost, 1'000'000, loss);
    }
  }
}

TEST_CASE("delay is exact, jitter is within its bound and keeps the order, duplicates come at their rate") {
  LinkConfig config;
  config.delay_ns = 10 * ms;
  SimulatedLink still(config, 7);
  for (const Arrival& a : run(still, 100, ms)) { CHECK(a.at_ns == a.number * ms + 10 * ms); }

  config.jitter_ns = 3 * ms;
  config.duplicate = 0.05;
  SimulatedLink link(config, 7);
  const auto out = run(link, 100'000, 100'000);
  check_count(link.stats().duplicated, 100'000, 0.05);
  CHECK(out.size() == 100'000 + link.stats().duplicated);
  std::uint64_t earliest = UINT64_MAX, latest = 0;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::uint64_t took = out[i].at_ns - out[i].number * 100'000;
    earliest = std::min(earliest, took);
    latest = std::max(latest, took);
    if (i > 0) { CHECK(out[i].number >= out[i - 1].number); }
  }
  CHECK(earliest >= 10 * ms);
  CHECK(latest <= 13 * ms);
  CHECK(latest > 12 * ms + ms / 2);
}

TEST_CASE("bursts of a Gilbert-Elliott channel have their share, and geometric lengths of their mean") {
  LinkConfig config;
  config.bad_ends = 1.0 / 32;              // 32 datagrams a burst
  config.bad_begins = 0.05 / 0.95 / 32.0;  // 5 % of all
  SimulatedLink link(config, 3);
  constexpr std::uint64_t count = 2'000'000;
  const auto out = run(link, count, 1000, 8);
  std::vector<std::uint64_t> lengths;
  std::uint64_t expected = 0;
  for (const Arrival& a : out) {
    if (a.number > expected) { lengths.push_back(a.number - expected); }
    expected = a.number + 1;
  }
  double sum = 0;
  for (const std::uint64_t length : lengths) { sum += static_cast<double>(length); }
  const double bursts = static_cast<double>(lengths.size());
  // The deviation of a geometric length is about its mean.
  CHECK(std::abs(sum / bursts - 32) <= 3 * 32 / std::sqrt(bursts));
  const double due = static_cast<double>(count) * 0.05 / 32;
  CHECK(std::abs(bursts - due) <= 3 * std::sqrt(due));
  const auto longer = static_cast<std::uint64_t>(
      std::count_if(lengths.begin(), lengths.end(), [](std::uint64_t length) { return length > 32; }));
  check_count(longer, lengths.size(), std::pow(31.0 / 32, 32));
}

TEST_CASE("in its bad state a channel loses what it says, in its good one the other") {
  LinkConfig config;
  config.loss = 0.01;
  config.bad_ends = 0.1;
  config.bad_begins = 0.1;
  config.bad_loss = 0.5;
  LinkModel model(config, 9);
  for (std::uint64_t i = 0; i < 1'000'000; ++i) { model.decide(1000, i * 1000); }
  // Neighbours are not independent: a tenth of a percent, ten of the plain sigmas.
  CHECK(std::abs(static_cast<double>(model.stats.lost) / 1e6 - 0.255) < 0.005);
}

TEST_CASE("reordered datagrams are overtaken by as much as is said, the others keep their order") {
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
    CHECK((a.at_ns == a.number * ms || a.at_ns == a.number * ms + 5 * ms));
  }
  check_count(link.stats().reordered, 10'000, 0.1);
  CHECK(late > 800);
}

TEST_CASE("a corrupted datagram has one other bit") {
  LinkConfig config;
  config.corrupt = 0.2;
  SimulatedLink link(config, 5);
  const std::vector<std::uint8_t> zeros(100);
  std::vector<std::uint8_t> got;
  std::uint64_t corrupted = 0;
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    link.send(zeros, i);
    REQUIRE(link.receive(i, got));
    int bits = 0;
    for (const std::uint8_t byte : got) { bits += std::popcount(byte); }
    CHECK(bits <= 1);
    corrupted += static_cast<std::uint64_t>(bits);
  }
  CHECK(corrupted == link.stats().corrupted);
  check_count(corrupted, 10'000, 0.2);
}

TEST_CASE("the bottleneck spaces datagrams by their IP packets, its queue is bounded") {
  LinkConfig config;
  config.rate_bps = 8e6;  // a packet of 1000 bytes takes 1 ms
  config.queue_bytes = 10'000;
  SimulatedLink link(config, 1);
  const auto out = run(link, 100, 0, payload_for(1000));
  CHECK(out.size() == 10);
  CHECK(link.stats().queue_dropped == 90);
  for (std::size_t i = 0; i < out.size(); ++i) { CHECK(out[i].at_ns == (i + 1) * ms); }
  SimulatedLink slow(config, 1);
  CHECK(run(slow, 100, ms, payload_for(1000)).size() == 100);
}

TEST_CASE("a policer lets its bucket through at once, then its rate, and queues nothing") {
  LinkConfig config;
  config.police_bps = 8e6;
  config.police_burst_bytes = 5'000;
  SimulatedLink link(config, 1);
  // Two packets a millisecond, where one may pass: five of the bucket more.
  const auto out = run(link, 2000, ms / 2, payload_for(1000));
  for (const Arrival& a : out) { CHECK(a.at_ns == a.number * ms / 2); }
  CHECK(out.size() >= 1003);
  CHECK(out.size() <= 1005);
  CHECK(link.stats().policed == 2000 - out.size());
  // However long it was quiet, no more than the bucket passes at once.
  const std::uint64_t passed = link.stats().sent - link.stats().policed;
  const std::vector<std::uint8_t> datagram(payload_for(1000));
  for (int i = 0; i < 20; ++i) { link.send(datagram, 60'000 * ms); }
  CHECK(link.stats().sent - link.stats().policed == passed + 5);
}

TEST_CASE("packets beyond the MTU are dropped, those of it pass") {
  LinkConfig config;
  config.mtu_bytes = 1280;
  SimulatedLink link(config, 1);
  CHECK(run(link, 10, ms, payload_for(1280)).size() == 10);
  SimulatedLink other(config, 1);
  CHECK(run(other, 10, ms, payload_for(1281)).empty());
  CHECK(other.stats().too_large == 10);
}

TEST_CASE("nothing passes in an outage, and a timeline that repeats has it again") {
  LinkConfig down;
  down.down = true;
  SimulatedLink link(Timeline({{0, {}}, {20 * ms, down}, {30 * ms, {}}, {50 * ms, down}, {51 * ms, {}}}), 1);
  auto out = run(link, 100, ms);
  CHECK(out.size() == 89);
  CHECK(link.stats().outage_dropped == 11);
  for (const Arrival& a : out) { CHECK((a.number < 20 || (a.number >= 30 && a.number != 50))); }

  SimulatedLink again(Timeline({{0, {}}, {5 * ms, down}}, 10 * ms), 1);
  out = run(again, 100, ms);
  CHECK(out.size() == 50);
  for (const Arrival& a : out) { CHECK(a.number % 10 < 5); }
}

TEST_CASE("a change begins its timeline anew, and what is on its way arrives as it would have") {
  LinkConfig slow;
  slow.delay_ns = 100 * ms;
  LinkConfig down;
  down.down = true;
  SimulatedLink link(slow, 1);
  const std::vector<std::uint8_t> datagram(10);
  link.send(datagram, 1000 * ms);
  link.change(Timeline({{0, {}}, {5 * ms, down}}), 1001 * ms);
  CHECK(link.next_ns() == 1100 * ms);
  link.send(datagram, 1005 * ms);
  link.send(datagram, 1006 * ms);
  std::vector<std::uint8_t> got;
  CHECK(link.receive(1100 * ms, got));
  CHECK(link.receive(1100 * ms, got));
  CHECK_FALSE(link.receive(9000 * ms, got));
  CHECK(link.stats().outage_dropped == 1);
}

TEST_CASE("what is held in flight is bounded, and its memory is used again") {
  LinkConfig config;
  config.delay_ns = 1000 * ms;
  SimulatedLink link(config, 1, 10'000);
  const std::vector<std::uint8_t> datagram(1000);
  for (int i = 0; i < 15; ++i) { link.send(datagram, 0); }
  CHECK(link.stats().overflowed == 5);
  std::vector<std::uint8_t> got;
  for (int i = 0; i < 10; ++i) { CHECK(link.receive(1000 * ms, got)); }
  CHECK_FALSE(link.receive(1000 * ms, got));
  for (int i = 0; i < 10; ++i) { link.send(datagram, 1000 * ms); }
  CHECK(link.stats().overflowed == 5);
}

TEST_CASE("a seed gives the same run again, another seed another, and its losses stay whatever else the link does") {
  LinkConfig config;
  config.loss = 0.2;
  config.bad_begins = 0.01;
  config.bad_ends = 0.1;
  const auto arrivals = [&](std::uint64_t seed) {
    SimulatedLink link(config, seed);
    std::vector<std::uint64_t> out;
    for (const Arrival& a : run(link, 1000, 100'000)) {
      out.push_back(a.number);
      out.push_back(a.at_ns);
    }
    return out;
  };
  const auto numbers = [&] {
    SimulatedLink link(config, 5);
    std::vector<std::uint64_t> out;
    for (const Arrival& a : run(link, 1000, 100'000)) { out.push_back(a.number); }
    std::sort(out.begin(), out.end());
    return out;
  };
  CHECK(arrivals(5) == arrivals(5));
  CHECK(arrivals(5) != arrivals(6));
  const auto before = numbers();
  config.delay_ns = 5 * ms;
  config.jitter_ns = ms;
  config.reorder = 0.1;
  CHECK(numbers() == before);
}
