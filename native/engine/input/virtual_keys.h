// Windows virtual keys, as clients send them (docs/gamestream.md, 9.2), to Linux key codes.
#pragma once

#include <cstdint>
#include <string_view>

namespace punktfunk {

inline constexpr std::uint16_t max_evdev_code = 247;  // what an xkb keymap of X11's size can hold: key code 255

// The evdev code of a virtual key on a US keyboard, 1 to max_evdev_code; 0 when there is none.
std::uint16_t evdev_from_virtual_key(std::uint8_t virtual_key) noexcept;

// What a virtual key means whatever the layout.
struct KeyMeaning {
  std::u32string_view characters;  // that its key bears without a modifier, the likeliest first; empty: is the same on
                                   // all keyboards
  std::uint16_t preferred = 0;     // evdev code of the key that has it where several do; 0: none
};
KeyMeaning meaning_of_virtual_key(std::uint8_t virtual_key) noexcept;

}  // namespace punktfunk
