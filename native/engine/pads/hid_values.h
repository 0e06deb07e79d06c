// What the reports of several HID pads have in common.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>

#include "core/packet/bytes.h"
#include "engine/pads/pad_state.h"

namespace punktfunk::hid {

inline constexpr std::size_t report_bytes = 64;  // of every pad here
using Report = std::span<std::uint8_t, report_bytes>;

inline std::uint8_t axis_right(std::int16_t value) {
  return static_cast<std::uint8_t>((value + 32768) >> 8);
}
// Sticks count downwards in HID.
inline std::uint8_t axis_down(std::int16_t value) {
  return static_cast<std::uint8_t>((std::min(-int{value}, 32767) + 32768) >> 8);
}

// A hat switch: 0 is up, then clockwise; 8 at rest. Opposite directions cancel out.
inline std::uint8_t hat(std::uint32_t buttons) {
  const int x = ((buttons & pad_button::right) != 0) - ((buttons & pad_button::left) != 0);
  const int y = ((buttons & pad_button::down) != 0) - ((buttons & pad_button::up) != 0);
  constexpr std::uint8_t directions[3][3] = {{7, 0, 1}, {6, 8, 2}, {5, 4, 3}};
  return directions[y + 1][x + 1];
}

inline std::int16_t clamped_i16(float value) {
  return static_cast<std::int16_t>(std::lround(std::clamp(value, -32768.0f, 32767.0f)));
}
inline void store_i16_le(std::uint8_t* to, float value) {
  store_u16_le(to, static_cast<std::uint16_t>(clamped_i16(value)));
}
inline void store_axes(std::uint8_t* to, const Axes& axes, float scale) {
  store_i16_le(to, axes.x * scale);
  store_i16_le(to + 2, axes.y * scale);
  store_i16_le(to + 4, axes.z * scale);
}

inline constexpr std::uint16_t strength(std::uint8_t motor) {
  return static_cast<std::uint16_t>(motor * 257);
}

// Of what is not known a pad that is full: desktops warn of the rest.
inline unsigned battery_percent(const PadState& state) {
  return state.battery == PadBattery::full || state.battery_percent > 100 ? 100 : state.battery_percent;
}
inline bool battery_full(const PadState& state) {
  return state.battery == PadBattery::full || state.battery == PadBattery::unknown || state.battery == PadBattery::none;
}
inline bool battery_charging(const PadState& state) {
  return state.battery == PadBattery::charging || state.battery == PadBattery::not_charging;
}

}  // namespace punktfunk::hid
