#include "engine/input/virtual_keys.h"

#include <linux/input-event-codes.h>

#include <array>

namespace punktfunk {
namespace {

constexpr auto make_table() {
  std::array<std::uint8_t, 256> t{};
  t[0x08] = KEY_BACKSPACE, t[0x09] = KEY_TAB, t[0x0D] = KEY_ENTER;
  t[0x10] = KEY_LEFTSHIFT, t[0x11] = KEY_LEFTCTRL, t[0x12] = KEY_LEFTALT;  // the sideless modifiers
  t[0x13] = KEY_PAUSE, t[0x14] = KEY_CAPSLOCK;
  t[0x15] = KEY_HANGEUL, t[0x19] = KEY_HANJA, t[0x1C] = KEY_HENKAN, t[0x1D] = KEY_MUHENKAN;
  t[0x1B] = KEY_ESC, t[0x20] = KEY_SPACE;
  t[0x21] = KEY_PAGEUP, t[0x22] = KEY_PAGEDOWN, t[0x23] = KEY_END, t[0x24] = KEY_HOME;
  t[0x25] = KEY_LEFT, t[0x26] = KEY_UP, t[0x27] = KEY_RIGHT, t[0x28] = KEY_DOWN;
  t[0x2A] = KEY_PRINT, t[0x2C] = KEY_SYSRQ, t[0x2D] = KEY_INSERT, t[0x2E] = KEY_DELETE, t[0x2F] = KEY_HELP;

  t[0x30] = KEY_0;
  for (int digit = 1; digit <= 9; ++digit) { t[0x30 + digit] = static_cast<std::uint8_t>(KEY_1 + digit - 1); }
  constexpr std::uint8_t letters[26] = {KEY_A, KEY_B, KEY_C, KEY_D, KEY_E, KEY_F, KEY_G, KEY_H, KEY_I,
                                        KEY_J, KEY_K, KEY_L, KEY_M, KEY_N, KEY_O, KEY_P, KEY_Q, KEY_R,
                                        KEY_S, KEY_T, KEY_U, KEY_V, KEY_W, KEY_X, KEY_Y, KEY_Z};
  for (int letter = 0; letter < 26; ++letter) { t[0x41 + letter] = letters[letter]; }
  t[0x5B] = KEY_LEFTMETA, t[0x5C] = KEY_RIGHTMETA, t[0x5D] = KEY_COMPOSE, t[0x5F] = KEY_SLEEP;

  constexpr std::uint8_t keypad[10] = {KEY_KP0, KEY_KP1, KEY_KP2, KEY_KP3, KEY_KP4,
                                       KEY_KP5, KEY_KP6, KEY_KP7, KEY_KP8, KEY_KP9};
  for (int digit = 0; digit <= 9; ++digit) { t[0x60 + digit] = keypad[digit]; }
  t[0x6A] = KEY_KPASTERISK, t[0x6B] = KEY_KPPLUS, t[0x6C] = KEY_KPCOMMA, t[0x6D] = KEY_KPMINUS;
  t[0x6E] = KEY_KPDOT, t[0x6F] = KEY_KPSLASH;

  for (int f = 1; f <= 10; ++f) { t[0x70 + f - 1] = static_cast<std::uint8_t>(KEY_F1 + f - 1); }
  t[0x7A] = KEY_F11, t[0x7B] = KEY_F12;
  for (int f = 13; f <= 24; ++f) { t[0x70 + f - 1] = static_cast<std::uint8_t>(KEY_F13 + f - 13); }
  t[0x90] = KEY_NUMLOCK, t[0x91] = KEY_SCROLLLOCK;

  t[0xA0] = KEY_LEFTSHIFT, t[0xA1] = KEY_RIGHTSHIFT, t[0xA2] = KEY_LEFTCTRL, t[0xA3] = KEY_RIGHTCTRL;
  t[0xA4] = KEY_LEFTALT, t[0xA5] = KEY_RIGHTALT;
  t[0xA6] = KEY_BACK, t[0xA7] = KEY_FORWARD, t[0xA8] = KEY_REFRESH, t[0xA9] = KEY_STOP, t[0xAA] = KEY_SEARCH;
  t[0xAB] = KEY_BOOKMARKS, t[0xAC] = KEY_HOMEPAGE, t[0xAD] = KEY_MUTE, t[0xAE] = KEY_VOLUMEDOWN;
  t[0xAF] = KEY_VOLUMEUP, t[0xB0] = KEY_NEXTSONG, t[0xB1] = KEY_PREVIOUSSONG, t[0xB2] = KEY_STOPCD;
  t[0xB3] = KEY_PLAYPAUSE, t[0xB4] = KEY_MAIL, t[0xB5] = KEY_MEDIA, t[0xB6] = KEY_COMPUTER, t[0xB7] = KEY_CALC;

  t[0xBA] = KEY_SEMICOLON, t[0xBB] = KEY_EQUAL, t[0xBC] = KEY_COMMA, t[0xBD] = KEY_MINUS, t[0xBE] = KEY_DOT;
  t[0xBF] = KEY_SLASH, t[0xC0] = KEY_GRAVE, t[0xC1] = KEY_RO, t[0xC2] = KEY_KPCOMMA;
  t[0xDB] = KEY_LEFTBRACE, t[0xDC] = KEY_BACKSLASH, t[0xDD] = KEY_RIGHTBRACE, t[0xDE] = KEY_APOSTROPHE;
  t[0xE2] = KEY_102ND;
  return t;
}

constexpr std::array<std::uint8_t, 256> table = make_table();
static_assert(table[0x41] == 30 && table[0x39] == 10 && table[0x87] == KEY_F24 && table[0x00] == 0);

// Letters and digits mean themselves; the others what is printed on a US keyboard. Clients send 0xDC for the yen key of
// a Japanese keyboard and 0xE2 for its backslash, as Windows names them there.
constexpr std::u32string_view letters_and_digits = U"0123456789abcdefghijklmnopqrstuvwxyz";
struct Printed {
  std::uint8_t virtual_key;
  KeyMeaning meaning;
};
constexpr Printed printed[] = {
    {0xBA, {U";"}}, {0xBB, {U"="}}, {0xBC, {U","}},
    {0xBD, {U"-"}}, {0xBE, {U"."}}, {0xBF, {U"/"}},
    {0xC0, {U"`"}}, {0xDB, {U"["}}, {0xDC, {U"\\¥", KEY_YEN}},
    {0xDD, {U"]"}}, {0xDE, {U"'"}}, {0xE2, {U"\\<", KEY_RO}},
};

}  // namespace

KeyMeaning meaning_of_virtual_key(std::uint8_t virtual_key) noexcept {
  if (virtual_key >= '0' && virtual_key <= '9') { return {letters_and_digits.substr(virtual_key - '0', 1)}; }
  if (virtual_key >= 'A' && virtual_key <= 'Z') { return {letters_and_digits.substr(10 + virtual_key - 'A', 1)}; }
  for (const Printed& key : printed) {
    if (key.virtual_key == virtual_key) { return key.meaning; }
  }
  return {};
}

std::uint16_t evdev_from_virtual_key(std::uint8_t virtual_key) noexcept {
  return table[virtual_key];
}

}  // namespace punktfunk
