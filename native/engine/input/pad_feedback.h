// What programs here want of a client's gamepad: the way back of pad input.
#pragma once

#include <array>
#include <cstdint>
#include <variant>

namespace punktfunk {

struct Rumble {
  std::uint16_t pad = 0;
  std::uint16_t low = 0, high = 0;  // strength of the heavy and the light motor; 0 = still

  bool operator==(const Rumble&) const = default;
};

// Of the motors inside the triggers.
struct TriggerRumble {
  std::uint16_t pad = 0;
  std::uint16_t left = 0, right = 0;

  bool operator==(const TriggerRumble&) const = default;
};

enum class MotionSensor : std::uint8_t { accelerometer = 1, gyroscope = 2 };  // as on the wire

// How often the client shall tell what a sensor measures.
struct MotionRate {
  std::uint16_t pad = 0;
  std::uint16_t rate_hz = 0;  // 0 = no more
  MotionSensor sensor = MotionSensor::accelerometer;

  bool operator==(const MotionRate&) const = default;
};

struct PadLight {
  std::uint16_t pad = 0;
  std::uint8_t red = 0, green = 0, blue = 0;

  bool operator==(const PadLight&) const = default;
};

// How a DualSense's triggers resist: its own words, which only a DualSense understands.
struct TriggerEffect {
  std::uint8_t mode = 0;
  std::array<std::uint8_t, 10> parameters{};

  bool operator==(const TriggerEffect&) const = default;
};
struct TriggerEffects {
  std::uint16_t pad = 0;
  TriggerEffect left, right;

  bool operator==(const TriggerEffects&) const = default;
};

using PadFeedback = std::variant<Rumble, TriggerRumble, MotionRate, PadLight, TriggerEffects>;

}  // namespace punktfunk
