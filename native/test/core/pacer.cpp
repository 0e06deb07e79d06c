// The pacer in virtual time: a simulated sender that may be late, a socket that may be full.
#include "core/pacing/pacer.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "support.h"

using namespace punktfunk;

namespace {

struct Burst {
  std::uint64_t at_ns;
  std::size_t datagrams;
};

// Sends one frame. late_ns(): how much later than asked the sender wakes. Returns what left when.
template <typename Late>
std::vector<Burst> send_frame(Pacer& pacer, std::size_t datagrams, std::size_t bytes, std::uint64_t now_ns,
                              Late late_ns) {
  std::vector<Burst> out;
  pacer.start_frame(datagrams, bytes, now_ns);
  CHECK(pacer.remaining() == datagrams);
  for (int guard = 0; pacer.remaining() > 0 && guard < 1'000'000; ++guard) {
    const std::size_t allowed = pacer.allowed(now_ns);
    if (allowed == 0) {
      REQUIRE(pacer.next_ns() > now_ns);
      now_ns = pacer.next_ns() + late_ns();
      continue;
    }
    REQUIRE(allowed <= pacer.remaining());
    out.push_back({now_ns, allowed});
    pacer.sent(allowed);
  }
  CHECK(pacer.remaining() == 0);
  CHECK(pacer.allowed(now_ns + 1'000'000'000) == 0);
  return out;
}

std::size_t count(const std::vector<Burst>& bursts) {
  std::size_t n = 0;
  for (const Burst& b : bursts) { n += b.datagrams; }
  return n;
}

// The most that leaves within any window that starts with a burst.
std::size_t most_within(const std::vector<Burst>& bursts, std::uint64_t window_ns) {
  std::size_t most = 0;
  for (std::size_t i = 0; i < bursts.size(); ++i) {
    std::size_t n = 0;
    for (std::size_t j = i; j < bursts.size() && bursts[j].at_ns < bursts[i].at_ns + window_ns; ++j) {
      n += bursts[j].datagrams;
    }
    most = std::max(most, n);
  }
  return most;
}

}  // namespace

TEST_CASE("a frame of one burst leaves at once") {
  Pacer pacer({});
  const auto bursts = send_frame(pacer, 16, 1408, 1000, [] { return 0; });
  REQUIRE(bursts.size() == 1);
  CHECK(bursts[0].at_ns == 1000);
}

TEST_CASE("spread 0 sends everything at once, an empty frame nothing") {
  PacerConfig config;
  config.spread = 0;
  Pacer pacer(config);
  const auto bursts = send_frame(pacer, 5000, 1408, 7, [] { return 0; });
  REQUIRE(bursts.size() == 1);
  CHECK(bursts[0].datagrams == 5000);
  CHECK(send_frame(pacer, 0, 1408, 7, [] { return 0; }).empty());
}

TEST_CASE("a small frame is not stretched over the interval") {
  Pacer pacer({});
  const auto bursts = send_frame(pacer, 36, 1408, 0, [] { return 0; });
  CHECK(bursts.size() >= 2);
  CHECK(bursts.back().at_ns < 700'000);
}

TEST_CASE("punctual senders: bursts bounded, done within the spread, whatever the frame") {
  test::Random random(1);
  for (int i = 0; i < 2000; ++i) {
    CAPTURE(i);
    PacerConfig config;
    config.frame_interval_ns = 1'000'000 + random.below(40'000'000);
    config.spread = static_cast<double>(1 + random.below(100)) / 100;
    config.burst_datagrams = 1 + random.below(64);
    Pacer pacer(config);
    const std::size_t datagrams = 1 + random.below(4000), bytes = 300 + random.below(8000);
    const std::uint64_t start = random.below(1'000'000'000);
    const auto bursts = send_frame(pacer, datagrams, bytes, start, [] { return 0; });
    CHECK(count(bursts) == datagrams);
    CHECK(bursts[0].at_ns == start);
    const double window_ns = config.spread * static_cast<double>(config.frame_interval_ns);
    CHECK(static_cast<double>(bursts.back().at_ns - start) <= window_ns);
    for (const Burst& b : bursts) { CHECK(b.datagrams <= pacer.burst()); }
    // A burst longer than configured only where bursts would otherwise be less than a tick apart.
    if (pacer.burst() > config.burst_datagrams && bursts.size() > 2) {
      CHECK(bursts[1].at_ns - bursts[0].at_ns <
            251'000 + static_cast<std::uint64_t>(window_ns / static_cast<double>(datagrams)));
    }
    CHECK(most_within(bursts, 1) <= pacer.burst());
  }
}

TEST_CASE("the rate bound holds over any stretch, across frames, for late senders too") {
  test::Random random(2);
  for (int i = 0; i < 300; ++i) {
    CAPTURE(i);
    PacerConfig config;
    config.max_rate_bps = 1e6 * static_cast<double>(1 + random.below(2000));
    config.spread = static_cast<double>(random.below(101)) / 100;
    Pacer pacer(config);
    const std::size_t bytes = 1408;
    std::vector<Burst> all;
    std::size_t burst = 0;
    std::uint64_t now = 0;
    for (int frame = 0; frame < 5; ++frame) {
      const auto bursts = send_frame(pacer, 1 + random.below(600), bytes, now, [&] { return random.below(400'000); });
      burst = std::max(burst, pacer.burst());
      all.insert(all.end(), bursts.begin(), bursts.end());
      now = bursts.back().at_ns + random.below(3'000'000);
    }
    for (std::size_t from = 0; from < all.size(); ++from) {
      std::size_t sent = 0;
      for (std::size_t to = from; to < all.size(); ++to) {
        const double allowance = static_cast<double>(all[to].at_ns - all[from].at_ns) * config.max_rate_bps / 8e9;
        CHECK(static_cast<double>(sent * bytes) <= allowance + static_cast<double>(bytes) / 2);
        sent += all[to].datagrams;
        CHECK(all[to].datagrams <= burst);
      }
    }
  }
}

TEST_CASE("late senders catch up at no more than twice the pace and no longer bursts") {
  test::Random random(3);
  for (int i = 0; i < 500; ++i) {
    CAPTURE(i);
    PacerConfig config;
    config.spread = 0.5;
    Pacer pacer(config);
    const std::size_t datagrams = 100 + random.below(3000);
    const std::uint64_t worst_late = random.below(1'500'000);
    const auto bursts = send_frame(pacer, datagrams, 1408, 0, [&] { return random.below(worst_late + 1); });
    const double window_ns = 0.5 * static_cast<double>(config.frame_interval_ns);
    const double pace_ns = std::min(1408 * 10.0, window_ns / static_cast<double>(datagrams));
    for (std::size_t b = 1; b < bursts.size(); ++b) {
      const auto gap = static_cast<double>(bursts[b].at_ns - bursts[b - 1].at_ns);
      CHECK(gap >= static_cast<double>(bursts[b - 1].datagrams) * pace_ns / 2 - 1);
      CHECK(bursts[b].datagrams <= pacer.burst());
    }
    CHECK(count(bursts) == datagrams);
    // One wake-up late in the middle is made good by the end: lateness does not add up.
    Pacer again(config);
    bool slept = false;
    const auto once = send_frame(again, datagrams, 1408, 0, [&]() -> std::uint64_t {
      if (slept) { return 0; }
      slept = true;
      return static_cast<std::uint64_t>(static_cast<double>(datagrams) * pace_ns / 4);
    });
    CHECK(static_cast<double>(once.back().at_ns) <= static_cast<double>(datagrams) * pace_ns + 300'000);
  }
}

TEST_CASE("partial sends keep the count, a full socket brings a pause") {
  Pacer pacer({});
  pacer.start_frame(40, 1408, 0);
  const std::size_t allowed = pacer.allowed(0);
  REQUIRE(allowed >= 16);
  pacer.sent(3);
  CHECK(pacer.remaining() == 37);
  const std::uint64_t next = pacer.next_ns();
  CHECK(pacer.allowed(next) > 0);
  pacer.sent(0);
  CHECK(pacer.remaining() == 37);
  CHECK(pacer.next_ns() > next);
  CHECK(pacer.allowed(next) == 0);
  CHECK(pacer.allowed(pacer.next_ns()) > 0);
}

TEST_CASE("a new frame forgets what the one before had left") {
  Pacer pacer({});
  pacer.start_frame(400, 1408, 0);
  pacer.sent(pacer.allowed(0));
  pacer.start_frame(5, 1408, 16'000'000);
  CHECK(pacer.remaining() == 5);
  CHECK(pacer.allowed(16'000'000) == 5);
}
