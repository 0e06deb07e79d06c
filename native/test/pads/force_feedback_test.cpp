#include "engine/pads/force_feedback.h"

#include <doctest/doctest.h>

using namespace punktfunk;

namespace {

constexpr std::uint64_t ms = 1'000'000;

ff_effect shaking(std::int16_t id, std::uint16_t strong, std::uint16_t weak, std::uint16_t length_ms = 0,
                  std::uint16_t delay_ms = 0) {
  ff_effect effect{};
  effect.type = FF_RUMBLE;
  effect.id = id;
  effect.u.rumble.strong_magnitude = strong;
  effect.u.rumble.weak_magnitude = weak;
  effect.replay.length = length_ms;
  effect.replay.delay = delay_ms;
  return effect;
}

}  // namespace

TEST_CASE("an effect shakes from its delay to its end, as often as it is played") {
  ForceFeedback pad;
  REQUIRE(pad.put(shaking(3, 1000, 500, 100, 50)));
  CHECK(pad.at(0) == Rumble{});
  CHECK(pad.next_change_ns(0) == 0);
  pad.play(3, 2, 10 * ms);
  CHECK(pad.at(59 * ms) == Rumble{});
  CHECK(pad.next_change_ns(10 * ms) == 60 * ms);
  CHECK(pad.at(60 * ms) == Rumble{.low = 1000, .high = 500});
  CHECK(pad.next_change_ns(60 * ms) == 310 * ms);
  CHECK(pad.at(310 * ms) == Rumble{});
  CHECK(pad.next_change_ns(310 * ms) == 0);
}

TEST_CASE("an effect without a length shakes until it is stopped or removed") {
  ForceFeedback pad;
  REQUIRE(pad.put(shaking(0, 1000, 0)));
  pad.play(0, 1, 0);
  CHECK(pad.at(1'000'000'000 * ms) == Rumble{.low = 1000});
  CHECK(pad.next_change_ns(1) == 0);
  REQUIRE(pad.put(shaking(0, 2000, 0)));  // changed while it plays
  CHECK(pad.at(5) == Rumble{.low = 2000});
  pad.play(0, 0, 5);
  CHECK(pad.at(5) == Rumble{});
  pad.play(0, 1, 5);
  pad.remove(0);
  CHECK(pad.at(6) == Rumble{});
  pad.play(0, 1, 6);
  CHECK(pad.at(7) == Rumble{});
}

TEST_CASE("effects add up to what a motor can do, and the gain weighs all of them") {
  ForceFeedback pad;
  REQUIRE(pad.put(shaking(0, 0x9000, 0x1000)));
  REQUIRE(pad.put(shaking(1, 0x9000, 0x1000)));
  pad.play(0, 1, 0);
  pad.play(1, 1, 0);
  CHECK(pad.at(1) == Rumble{.low = 0xFFFF, .high = 0x2000});
  pad.gain(0x8000);
  CHECK(pad.at(1) == Rumble{.low = 0x8000, .high = 0x1000});
  pad.gain(-1);
  CHECK(pad.at(1) == Rumble{});
  pad.gain(1 << 20);
  CHECK(pad.at(1) == Rumble{.low = 0xFFFF, .high = 0x2000});
}

TEST_CASE("a wave shakes both motors; what is no effect of this pad is refused, whatever its number") {
  ForceFeedback pad;
  ff_effect wave{};
  wave.type = FF_PERIODIC;
  wave.id = 2;
  wave.u.periodic.magnitude = -0x2000;
  REQUIRE(pad.put(wave));
  pad.play(2, 1, 0);
  CHECK(pad.at(1) == Rumble{.low = 0x4000, .high = 0x4000});
  wave.type = FF_SPRING;
  CHECK_FALSE(pad.put(wave));
  for (const std::int16_t id : {-1, 16, 32767, -32768}) {
    CHECK_FALSE(pad.put(shaking(id, 1, 1)));
    pad.play(id, 1, 0);
    pad.remove(id);
  }
}
