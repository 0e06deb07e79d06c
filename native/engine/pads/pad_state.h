// A gamepad as a client describes it, whatever protocol it speaks and whatever device is made of it.
#pragma once

#include <array>
#include <cstdint>

namespace punktfunk {

// Bits of PadState::buttons, by their place on an Xbox pad (docs/gamestream.md, 9.5).
namespace pad_button {
inline constexpr std::uint32_t up = 0x0001, down = 0x0002, left = 0x0004, right = 0x0008, start = 0x0010, back = 0x0020,
                               left_stick = 0x0040, right_stick = 0x0080, left_shoulder = 0x0100,
                               right_shoulder = 0x0200, guide = 0x0400, a = 0x1000, b = 0x2000, x = 0x4000, y = 0x8000,
                               paddle_1 = 0x01'0000, paddle_2 = 0x02'0000, paddle_3 = 0x04'0000, paddle_4 = 0x08'0000,
                               touchpad = 0x10'0000, share = 0x20'0000;
inline constexpr std::uint32_t paddles = paddle_1 | paddle_2 | paddle_3 | paddle_4;
}  // namespace pad_button

// Bits of what a client's pad has (docs/gamestream.md, 9.5).
namespace pad_ability {
inline constexpr std::uint16_t rumble = 0x02, trigger_rumble = 0x04, touchpad = 0x08, accelerometer = 0x10,
                               gyroscope = 0x20, battery = 0x40, light = 0x80;
}  // namespace pad_ability

// As a client names its pads (docs/gamestream.md, 9.5).
enum class PadType : std::uint8_t { unknown, xbox, playstation, nintendo, steam };

struct PadTouch {
  bool down = false;
  std::uint8_t contact = 0;  // another one each time a finger comes down
  float x = 0, y = 0;        // 0 to 1, from the left and from above
};

enum class PadBattery : std::uint8_t { unknown, none, discharging, charging, not_charging, full };

struct Axes {
  float x = 0, y = 0, z = 0;
};

struct PadState {
  std::uint32_t buttons = 0;
  std::uint8_t left_trigger = 0, right_trigger = 0;
  std::int16_t left_x = 0, left_y = 0, right_x = 0, right_y = 0;  // right and up are positive
  Axes acceleration_m_s2{0, 9.80665f, 0};                         // lying still, as SDL counts the axes
  Axes rotation_deg_s;
  std::array<PadTouch, 2> touches;
  PadBattery battery = PadBattery::unknown;
  std::uint8_t battery_percent = 0xFF;  // 0xFF = unknown
};

}  // namespace punktfunk
