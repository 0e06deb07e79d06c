// What the DualSense and the DualShock 4 have in common (the kernel's drivers/hid/hid-playstation.c reads both).
#pragma once

#include <array>
#include <cstdint>

#include "engine/pads/hid_values.h"

namespace punktfunk::playstation {

inline constexpr unsigned report_interval_ms = 100;
inline constexpr std::uint16_t abilities = pad_ability::rumble | pad_ability::touchpad | pad_ability::accelerometer |
                                           pad_ability::gyroscope | pad_ability::battery | pad_ability::light;

// A calibration by which the drivers' arithmetic comes out even: 16 counts are a degree a second, 8192 are one g.
inline constexpr float counts_per_deg_s = 16, counts_per_m_s2 = 8192 / 9.80665f;
// Motion in both directions at a speed, and one g in both, as the feature report of the calibration tells them; offsets
// are 0. It begins behind the report's number.
inline void store_calibration(std::uint8_t* to) {
  constexpr int speed_deg_s = 540, speed = 8640, one_g = 8192;
  for (int axis = 0; axis < 3; ++axis) {
    hid::store_i16_le(to + 6 + axis * 4, speed);
    hid::store_i16_le(to + 8 + axis * 4, -speed);
    hid::store_i16_le(to + 22 + axis * 4, one_g);
    hid::store_i16_le(to + 24 + axis * 4, -one_g);
  }
  hid::store_i16_le(to + 18, speed_deg_s);
  hid::store_i16_le(to + 20, speed_deg_s);
}

inline void store_sticks(std::uint8_t* to, const PadState& state) {
  to[0] = hid::axis_right(state.left_x);
  to[1] = hid::axis_down(state.left_y);
  to[2] = hid::axis_right(state.right_x);
  to[3] = hid::axis_down(state.right_y);
}

inline void store_buttons(std::uint8_t* to, const PadState& state) {
  const auto bit = [&](std::uint32_t button, unsigned place) {
    return static_cast<std::uint8_t>((state.buttons & button) != 0 ? 1u << place : 0u);
  };
  using namespace pad_button;
  to[0] = static_cast<std::uint8_t>(hid::hat(state.buttons) | bit(x, 4) | bit(a, 5) | bit(b, 6) | bit(y, 7));
  to[1] = static_cast<std::uint8_t>(bit(left_shoulder, 0) | bit(right_shoulder, 1) | (state.left_trigger != 0) << 2 |
                                    (state.right_trigger != 0) << 3 | bit(back, 4) | bit(start, 5) |
                                    bit(left_stick, 6) | bit(right_stick, 7));
  to[2] = static_cast<std::uint8_t>(bit(guide, 0) | bit(touchpad, 1));
}

// Four bytes: no finger has the highest bit.
inline void store_touch(std::uint8_t* to, const PadTouch& touch, unsigned width, unsigned height) {
  const auto x = static_cast<unsigned>(std::clamp(touch.x, 0.0f, 1.0f) * static_cast<float>(width - 1));
  const auto y = static_cast<unsigned>(std::clamp(touch.y, 0.0f, 1.0f) * static_cast<float>(height - 1));
  to[0] = static_cast<std::uint8_t>((touch.contact & 0x7F) | (touch.down ? 0 : 0x80));
  to[1] = static_cast<std::uint8_t>(x);
  to[2] = static_cast<std::uint8_t>((x >> 8 & 0x0F) | y << 4);
  to[3] = static_cast<std::uint8_t>(y >> 4);
}

// Addresses are told with the last byte first.
inline void store_address(std::uint8_t* to, const std::array<std::uint8_t, 6>& address) {
  std::copy(address.rbegin(), address.rend(), to);
}

}  // namespace punktfunk::playstation
