// A virtual keyboard: keys by Windows virtual key, text by code point, modifiers kept here because the protocol's key
// request does not touch them (it has a request of its own for modifiers and the active group).
#pragma once

#include <xkbcommon/xkbcommon.h>

#include <array>
#include <bitset>
#include <cstdint>
#include <memory>

#include "engine/input/keymap.h"
#include "engine/input/virtual_keys.h"
#include "engine/wayland/handle.h"

namespace punktfunk {

class WlrootsKeyboard {
 public:
  // Gives the device its keymap; Num Lock is on, since clients send the keypad's digits as digits.
  WlrootsKeyboard(WaylandHandle<zwp_virtual_keyboard_v1> device, std::unique_ptr<Keymap> keymap);
  WlrootsKeyboard(WlrootsKeyboard&&) = delete;

  // From now on these are the keys: what is held stays held, locks and the active group stay as they are.
  void use(std::unique_ptr<Keymap> keymap);
  // The compositor gave the device another keymap: ours again, with what is held and locked.
  void restore();

  // Makes this layout of several the active one; the compositor is told with the next change of modifiers.
  void set_group(xkb_layout_index_t group);

  // modifiers: what the client holds (1 shift, 2 ctrl, 4 alt, 8 meta); those not held here are pressed around a key
  // that goes down. by_meaning: the key is not the one at that place of a US keyboard but the one that this layout has
  // for it (docs/gamestream.md, 9.2, flag 1). false: no such key here.
  bool key(std::uint8_t virtual_key, bool down, std::uint8_t modifiers, bool by_meaning);
  // Types one code point whatever is held or locked; false when it cannot be typed.
  bool text(char32_t code_point);
  void release_all();

 private:
  struct FreeState {
    void operator()(xkb_state* state) const { xkb_state_unref(state); }
  };
  using State = std::unique_ptr<xkb_state, FreeState>;
  struct Modifier {
    std::uint8_t client_bit;
    const char* name;
    std::uint16_t left, right;
    std::uint16_t key;  // that holds it down in this keymap and does nothing else; 0: none does
  };

  [[nodiscard]] xkb_layout_index_t group() const;
  [[nodiscard]] std::uint16_t evdev_of(std::uint8_t virtual_key, bool by_meaning) const;
  [[nodiscard]] bool is_modifier(std::uint16_t evdev) const;
  [[nodiscard]] bool is_held(const Modifier& modifier) const;
  void find_modifier_keys();
  void lock_numbers();
  void upload_keymap();
  void press(std::uint16_t evdev, bool down);
  void send_key(std::uint16_t evdev, bool down);
  void send_modifiers();

  WaylandHandle<zwp_virtual_keyboard_v1> device_;
  std::unique_ptr<Keymap> keymap_;
  State state_;
  std::array<Modifier, 4> modifiers_;
  std::bitset<max_evdev_code + 1> held_;
  std::array<std::uint8_t, 256> went_down_as_{};  // by virtual key: its key may be another one when it goes up
  xkb_mod_mask_t shift_mask_ = 0;
};

}  // namespace punktfunk
