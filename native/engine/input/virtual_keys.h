// Windows virtual keys, as clients send them (GameStream note, 9.2), to Linux key codes.
#pragma once

#include <cstdint>

namespace punktfunk {

inline constexpr std::uint16_t max_evdev_code = 247;  // what an xkb keymap of X11's size can hold: key code 255

// The evdev code of a virtual key on a US keyboard, 1 to max_evdev_code; 0 when there is none.
std::uint16_t evdev_from_virtual_key(std::uint8_t virtual_key) noexcept;

}  // namespace punktfunk
