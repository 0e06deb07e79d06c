#include "engine/pipeline/wire_rate.h"

#include <doctest/doctest.h>

#include <optional>

using punktfunk::WireRate;

namespace {

constexpr std::uint32_t fps = 60, asked_kbps = 200'000;
constexpr std::size_t most_bytes = 100'000;
constexpr std::uint32_t fitting_kbps = most_bytes * 8 * fps / 1000 / 10 * 9;
constexpr std::optional<std::uint32_t> no_other;
constexpr std::uint64_t pause_ns = WireRate::first_pause_ns;

}  // namespace

TEST_CASE("a rate at which pictures do not fit is not gone back to; one that was lowered further is, step by step") {
  WireRate rate(fps, asked_kbps);
  CHECK(rate.raised(pause_ns, 1000) == no_other);  // nothing was too large: the rate is whoever's set it
  CHECK(rate.too_large(0, asked_kbps, most_bytes) == fitting_kbps);
  CHECK(rate.raised(100 * pause_ns, fitting_kbps) == no_other);
  CHECK(rate.too_large(0, fitting_kbps, most_bytes) == fitting_kbps / 2);
  CHECK(rate.too_large(1, fitting_kbps / 2, most_bytes) == fitting_kbps / 4);
  CHECK(rate.raised(pause_ns, fitting_kbps / 4) == no_other);
  CHECK(rate.raised(pause_ns + 1, fitting_kbps / 4) == fitting_kbps / 2);
  CHECK(rate.raised(pause_ns + 2, fitting_kbps / 2) == no_other);
  CHECK(rate.raised(2 * pause_ns + 1, fitting_kbps / 2) == fitting_kbps);
}

TEST_CASE("where each raise makes pictures too large it is tried ever more seldom, and not given up") {
  WireRate rate(fps, asked_kbps);
  std::uint32_t kbps = fitting_kbps;
  std::uint64_t now_ns = 0, pause = pause_ns;
  for (int n = 0; n < 10; ++n) {
    kbps = rate.too_large(now_ns, kbps, most_bytes).value();
    CHECK(kbps == fitting_kbps / 2);
    CHECK(rate.raised(now_ns + pause - 1, kbps) == no_other);
    now_ns += pause;
    kbps = rate.raised(now_ns, kbps).value();
    CHECK(kbps == fitting_kbps);
    pause = std::min(pause * 2, WireRate::longest_pause_ns);
  }
}

TEST_CASE("what was asked for is not exceeded, and asking anew ends what the wire had made of it") {
  WireRate rate(fps, fitting_kbps / 2);
  CHECK(rate.too_large(0, fitting_kbps / 2, most_bytes) == fitting_kbps / 4);
  CHECK(rate.raised(pause_ns, fitting_kbps / 4) == fitting_kbps / 2);
  CHECK(rate.raised(3 * pause_ns, fitting_kbps / 2) == no_other);
  rate.ask(fitting_kbps / 8);
  CHECK(rate.raised(5 * pause_ns, fitting_kbps / 8) == no_other);
}

TEST_CASE("what gets no smaller leaves the rate at an eighth of one that fits") {
  WireRate rate(fps, asked_kbps);
  std::uint32_t kbps = asked_kbps;
  while (const auto smaller = rate.too_large(0, kbps, most_bytes)) { kbps = *smaller; }
  CHECK(kbps == fitting_kbps / 8);
}
