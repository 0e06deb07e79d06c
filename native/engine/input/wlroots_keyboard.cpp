#include "engine/input/wlroots_keyboard.h"

#include <linux/input-event-codes.h>
#include <sys/mman.h>
#include <unistd.h>
#include <wayland-client-protocol.h>

#include <algorithm>
#include <utility>

#include "base/unique_fd.h"
#include "engine/input/event_time.h"
#include "virtual-keyboard-unstable-v1-client.h"

namespace punktfunk {
namespace {

constexpr std::uint32_t xkb_offset = 8;

xkb_mod_mask_t mask_of(xkb_keymap* keymap, const char* name) {
  const xkb_mod_index_t index = xkb_keymap_mod_get_index(keymap, name);
  return index == XKB_MOD_INVALID ? 0 : 1u << index;
}

}  // namespace

WlrootsKeyboard::WlrootsKeyboard(WaylandHandle<zwp_virtual_keyboard_v1> device, std::unique_ptr<Keymap> keymap)
    : device_(std::move(device)),
      keymap_(std::move(keymap)),
      state_(xkb_state_new(keymap_->base())),
      modifiers_({{{1, XKB_MOD_NAME_SHIFT, KEY_LEFTSHIFT, KEY_RIGHTSHIFT, 0},
                   {2, XKB_MOD_NAME_CTRL, KEY_LEFTCTRL, KEY_RIGHTCTRL, 0},
                   {4, XKB_MOD_NAME_ALT, KEY_LEFTALT, KEY_RIGHTALT, 0},
                   {8, XKB_MOD_NAME_LOGO, KEY_LEFTMETA, KEY_RIGHTMETA, 0}}}) {
  find_modifier_keys();
  lock_numbers();
  restore();
}

void WlrootsKeyboard::use(std::unique_ptr<Keymap> keymap) {
  State state(xkb_state_new(keymap->base()));
  xkb_mod_mask_t locked = 0;
  for (const char* lock : {XKB_MOD_NAME_CAPS, XKB_MOD_NAME_NUM}) {
    if (xkb_state_mod_name_is_active(state_.get(), lock, XKB_STATE_MODS_LOCKED) > 0) {
      locked |= mask_of(keymap->base(), lock);
    }
  }
  const xkb_layout_index_t group = xkb_state_serialize_layout(state_.get(), XKB_STATE_LAYOUT_LOCKED);
  xkb_state_update_mask(state.get(), 0, 0, locked, 0, 0, group < xkb_keymap_num_layouts(keymap->base()) ? group : 0);
  // Held keys count again; a lock that is held down has already had its effect.
  for (std::uint16_t evdev = 1; evdev <= max_evdev_code; ++evdev) {
    if (held_.test(evdev) && evdev != KEY_CAPSLOCK && evdev != KEY_NUMLOCK) {
      xkb_state_update_key(state.get(), evdev + xkb_offset, XKB_KEY_DOWN);
    }
  }
  state_ = std::move(state);
  keymap_ = std::move(keymap);
  find_modifier_keys();
  restore();
}

void WlrootsKeyboard::restore() {
  upload_keymap();
  send_modifiers();
}

// Layouts and their options move modifiers about ("ctrl:swapcaps"): a borrowed one is pressed where it is.
void WlrootsKeyboard::find_modifier_keys() {
  xkb_keymap* keymap = keymap_->base();
  shift_mask_ = mask_of(keymap, XKB_MOD_NAME_SHIFT);
  const auto holds = [&](std::uint16_t evdev, xkb_mod_mask_t mask) {
    const State state(xkb_state_new(keymap));
    xkb_state_update_key(state.get(), evdev + xkb_offset, XKB_KEY_DOWN);
    return mask != 0 && xkb_state_serialize_mods(state.get(), XKB_STATE_MODS_EFFECTIVE) == mask &&
           xkb_state_serialize_mods(state.get(), XKB_STATE_MODS_DEPRESSED) == mask;
  };
  for (Modifier& modifier : modifiers_) {
    const xkb_mod_mask_t mask = mask_of(keymap, modifier.name);
    modifier.key = holds(modifier.left, mask) ? modifier.left : holds(modifier.right, mask) ? modifier.right : 0;
    for (std::uint16_t evdev = 1; modifier.key == 0 && evdev < KEY_F13; ++evdev) {
      if (holds(evdev, mask)) { modifier.key = evdev; }
    }
  }
}

void WlrootsKeyboard::lock_numbers() {
  const State state(xkb_state_new(keymap_->base()));
  const auto tap = [](xkb_state* on) {
    xkb_state_update_key(on, KEY_NUMLOCK + xkb_offset, XKB_KEY_DOWN);
    xkb_state_update_key(on, KEY_NUMLOCK + xkb_offset, XKB_KEY_UP);
  };
  tap(state.get());
  if (xkb_state_mod_name_is_active(state.get(), XKB_MOD_NAME_NUM, XKB_STATE_MODS_LOCKED) > 0) { tap(state_.get()); }
}

void WlrootsKeyboard::upload_keymap() {
  const std::string& text = keymap_->text();
  const std::size_t bytes = text.size() + 1;
  const UniqueFd fd(
      memfd_create("punktfunk-keymap", MFD_CLOEXEC));  // the connection keeps a duplicate until it is sent
  if (fd && write(fd.get(), text.c_str(), bytes) == static_cast<ssize_t>(bytes)) {
    zwp_virtual_keyboard_v1_keymap(device_.get(), WL_KEYBOARD_KEYMAP_FORMAT_XKB_V1, fd.get(),
                                   static_cast<std::uint32_t>(bytes));
  }
}

void WlrootsKeyboard::set_group(xkb_layout_index_t group) {
  if (group >= xkb_keymap_num_layouts(keymap_->base())) { return; }
  const auto mods = [&](xkb_state_component part) { return xkb_state_serialize_mods(state_.get(), part); };
  xkb_state_update_mask(state_.get(), mods(XKB_STATE_MODS_DEPRESSED), mods(XKB_STATE_MODS_LATCHED),
                        mods(XKB_STATE_MODS_LOCKED), 0, 0, group);
}

xkb_layout_index_t WlrootsKeyboard::group() const {
  return xkb_state_serialize_layout(state_.get(), XKB_STATE_LAYOUT_EFFECTIVE);
}

std::uint16_t WlrootsKeyboard::evdev_of(std::uint8_t virtual_key, bool by_meaning) const {
  if (by_meaning) {
    const KeyMeaning meaning = meaning_of_virtual_key(virtual_key);
    for (const char32_t character : meaning.characters) {
      if (const std::uint16_t evdev = keymap_->key_of(character, group(), meaning.preferred); evdev != 0) {
        return evdev;
      }
    }
  }
  return evdev_from_virtual_key(virtual_key);
}

bool WlrootsKeyboard::is_modifier(std::uint16_t evdev) const {
  return std::any_of(modifiers_.begin(), modifiers_.end(),
                     [&](const Modifier& m) { return evdev == m.left || evdev == m.right || evdev == m.key; });
}

// AltGr counts as the client's Alt, whatever it is in this layout.
bool WlrootsKeyboard::is_held(const Modifier& modifier) const {
  return held_.test(modifier.left) || held_.test(modifier.right) || held_.test(modifier.key);
}

bool WlrootsKeyboard::key(std::uint8_t virtual_key, bool down, std::uint8_t modifiers, bool by_meaning) {
  std::uint16_t evdev = evdev_of(virtual_key, by_meaning);
  if (evdev == 0) { return false; }
  if (down) {
    went_down_as_[virtual_key] = static_cast<std::uint8_t>(evdev);
  } else if (const std::uint8_t as = std::exchange(went_down_as_[virtual_key], std::uint8_t{0}); as != 0) {
    evdev = as;
  }
  if (held_.test(evdev) == down) {
    return true;  // the compositor repeats held keys by itself
  }
  std::array<std::uint16_t, 4> borrowed;
  std::size_t borrowed_count = 0;
  if (down && !is_modifier(evdev)) {
    for (const Modifier& modifier : modifiers_) {
      if ((modifiers & modifier.client_bit) == 0 || modifier.key == 0 || is_held(modifier)) { continue; }
      press(modifier.key, true);
      borrowed[borrowed_count++] = modifier.key;
    }
  }
  press(evdev, down);
  while (borrowed_count > 0) { press(borrowed[--borrowed_count], false); }
  return true;
}

void WlrootsKeyboard::press(std::uint16_t evdev, bool down) {
  held_.set(evdev, down);
  send_key(evdev, down);
  if (xkb_state_update_key(state_.get(), evdev + xkb_offset, down ? XKB_KEY_DOWN : XKB_KEY_UP) != 0) {
    send_modifiers();
  }
}

bool WlrootsKeyboard::text(char32_t code_point) {
  auto stroke = keymap_->stroke(code_point, group());
  if (stroke && held_.test(stroke->evdev)) { stroke = keymap_->stroke(code_point, group(), true); }
  if (!stroke) { return false; }
  if (stroke->keymap_changed) { upload_keymap(); }
  zwp_virtual_keyboard_v1_modifiers(device_.get(), stroke->shift ? shift_mask_ : 0, 0, 0, group());
  send_key(stroke->evdev, true);
  send_key(stroke->evdev, false);
  send_modifiers();
  return true;
}

void WlrootsKeyboard::send_key(std::uint16_t evdev, bool down) {
  zwp_virtual_keyboard_v1_key(device_.get(), event_time_ms(), evdev,
                              down ? WL_KEYBOARD_KEY_STATE_PRESSED : WL_KEYBOARD_KEY_STATE_RELEASED);
}

void WlrootsKeyboard::send_modifiers() {
  zwp_virtual_keyboard_v1_modifiers(device_.get(), xkb_state_serialize_mods(state_.get(), XKB_STATE_MODS_DEPRESSED),
                                    xkb_state_serialize_mods(state_.get(), XKB_STATE_MODS_LATCHED),
                                    xkb_state_serialize_mods(state_.get(), XKB_STATE_MODS_LOCKED), group());
}

void WlrootsKeyboard::release_all() {
  for (std::uint16_t evdev = 1; evdev <= max_evdev_code; ++evdev) {
    if (held_.test(evdev)) { press(evdev, false); }
  }
  went_down_as_.fill(0);
}

}  // namespace punktfunk
