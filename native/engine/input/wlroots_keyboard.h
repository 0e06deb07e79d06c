// A virtual keyboard: keys by Windows virtual key, text by code point, modifiers kept here because the protocol's key
// request does not touch them (capture note, section 2).
#pragma once

#include <xkbcommon/xkbcommon.h>

#include <bitset>
#include <cstdint>
#include <memory>

#include "engine/input/keymap.h"
#include "engine/input/virtual_keys.h"

struct zwp_virtual_keyboard_v1;

namespace punktfunk {

class WlrootsKeyboard {
 public:
  // Takes the device over and gives it its keymap; Num Lock is on, since clients send the keypad's digits as digits.
  WlrootsKeyboard(zwp_virtual_keyboard_v1* device, std::unique_ptr<Keymap> keymap);
  ~WlrootsKeyboard();
  WlrootsKeyboard(WlrootsKeyboard&&) = delete;

  // modifiers: what the client holds (1 shift, 2 ctrl, 4 alt, 8 meta); those not held here are pressed around a key
  // that goes down. false: no such key here.
  bool key(std::uint8_t virtual_key, bool down, std::uint8_t modifiers);
  // Types one code point whatever is held or locked; false when it cannot be typed.
  bool text(char32_t code_point);
  void release_all();

 private:
  void upload_keymap();
  void press(std::uint16_t evdev, bool down);
  void send_key(std::uint16_t evdev, bool down);
  void send_modifiers();

  zwp_virtual_keyboard_v1* device_;
  std::unique_ptr<Keymap> keymap_;
  struct FreeState {
    void operator()(xkb_state* state) const { xkb_state_unref(state); }
  };
  std::unique_ptr<xkb_state, FreeState> state_;
  std::bitset<max_evdev_code + 1> held_;
  xkb_mod_mask_t shift_mask_ = 0;
};

}  // namespace punktfunk
