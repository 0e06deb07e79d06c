// Everything that a client can send is either done or has a name: no key, button or kind of input is dropped in
// silence.
#include "engine/input/virtual_keys.h"

#include <doctest/doctest.h>
#include <linux/input-event-codes.h>

#include <cstdio>
#include <set>
#include <string>

#include "engine/input/ignored_input.h"

using namespace punktfunk;

namespace {

// Virtual keys without a key here, by Windows' table: none and mouse buttons, keys of IMEs and of terminals long gone,
// what has no code (reserved, unassigned, OEM specific), and the navigation and game controllers' own.
bool has_no_key(unsigned v) {
  const auto between = [v](unsigned first, unsigned last) { return v >= first && v <= last; };
  return between(0x00, 0x07) || between(0x0A, 0x0C) || between(0x0E, 0x0F) || between(0x16, 0x18) || v == 0x1A ||
         between(0x1E, 0x1F) || v == 0x29 || v == 0x2B || between(0x3A, 0x40) || v == 0x5E || between(0x88, 0x8F) ||
         between(0x92, 0x9F) || between(0xB8, 0xB9) || between(0xC3, 0xDA) || between(0xDF, 0xE1) ||
         between(0xE3, 0xFF);
}

}  // namespace

TEST_CASE("each of the 256 virtual keys is a key that a keymap can hold, or one that is known to be none") {
  for (unsigned v = 0; v < 256; ++v) {
    CAPTURE(v);
    const std::uint16_t evdev = evdev_from_virtual_key(static_cast<std::uint8_t>(v));
    CHECK((evdev == 0) == has_no_key(v));
    CHECK(evdev <= max_evdev_code);
    const KeyMeaning meaning = meaning_of_virtual_key(static_cast<std::uint8_t>(v));
    if (!meaning.characters.empty()) { CHECK(evdev != 0); }
    if (evdev == 0) {
      char hexadecimal[8];
      std::snprintf(hexadecimal, sizeof hexadecimal, "0x%02X", v);
      CHECK(ignored_input({.kind = InputKind::key, .code = static_cast<std::uint16_t>(v)}, Injected::unknown) ==
            problem::unknown_key_ignored(hexadecimal));
    }
  }
}

TEST_CASE("letters, digits and signs mean what is printed on them, once each") {
  std::set<char32_t> meant;
  for (unsigned v = 0; v < 256; ++v) {
    const auto characters = meaning_of_virtual_key(static_cast<std::uint8_t>(v)).characters;
    if (!characters.empty() && v != 0xE2) {
      CHECK(meant.insert(characters[0]).second);  // 0xE2 is a second backslash
    }
  }
  const std::u32string printed = U"0123456789abcdefghijklmnopqrstuvwxyz;=,-./`[\\]'";
  CHECK(meant == std::set<char32_t>(printed.begin(), printed.end()));
}

TEST_CASE("every kind of input that can be ignored has a code of its own") {
  std::set<std::string> codes;
  for (unsigned kind = 0; kind <= static_cast<unsigned>(InputKind::unknown); ++kind) {
    for (const Injected why : {Injected::unknown, Injected::busy, Injected::no_desktop}) {
      CAPTURE(kind);
      codes.insert(std::string(text(ignored_input({.kind = static_cast<InputKind>(kind)}, why).code)));
    }
  }
  CHECK(codes == std::set<std::string>{"gamepad_ignored", "input_blocked", "input_unavailable", "pen_ignored",
                                       "pointer_ignored", "text_ignored", "touch_ignored", "unknown_button_ignored",
                                       "unknown_input_ignored", "unknown_key_ignored"});
}
