#include "engine/input/wlroots_keyboard.h"

#include <linux/input-event-codes.h>
#include <sys/mman.h>
#include <unistd.h>
#include <wayland-client-protocol.h>

#include <utility>

#include "engine/input/event_time.h"
#include "virtual-keyboard-unstable-v1-client.h"

namespace punktfunk {
namespace {

constexpr std::uint32_t xkb_offset = 8;

struct Modifier {
  std::uint8_t mask;  // GameStream note, 9.2
  std::uint16_t left, right;
};
constexpr Modifier modifier_keys[] = {
    {1, KEY_LEFTSHIFT, KEY_RIGHTSHIFT},
    {2, KEY_LEFTCTRL, KEY_RIGHTCTRL},
    {4, KEY_LEFTALT, KEY_RIGHTALT},
    {8, KEY_LEFTMETA, KEY_RIGHTMETA},
};

bool is_modifier(std::uint16_t evdev) {
  for (const Modifier& modifier : modifier_keys)
    if (evdev == modifier.left || evdev == modifier.right) return true;
  return false;
}

}  // namespace

WlrootsKeyboard::WlrootsKeyboard(zwp_virtual_keyboard_v1* device, std::unique_ptr<Keymap> keymap)
    : device_(device), keymap_(std::move(keymap)), state_(xkb_state_new(keymap_->base())) {
  shift_mask_ = 1u << xkb_keymap_mod_get_index(keymap_->base(), XKB_MOD_NAME_SHIFT);
  upload_keymap();
  xkb_state_update_key(state_.get(), KEY_NUMLOCK + xkb_offset, XKB_KEY_DOWN);
  xkb_state_update_key(state_.get(), KEY_NUMLOCK + xkb_offset, XKB_KEY_UP);
  send_modifiers();
}

WlrootsKeyboard::~WlrootsKeyboard() {
  zwp_virtual_keyboard_v1_destroy(device_);
}

void WlrootsKeyboard::upload_keymap() {
  const std::string& text = keymap_->text();
  const std::size_t bytes = text.size() + 1;
  const int fd = memfd_create("punktfunk-keymap", MFD_CLOEXEC);
  if (fd < 0) return;
  if (write(fd, text.c_str(), bytes) == static_cast<ssize_t>(bytes))
    zwp_virtual_keyboard_v1_keymap(device_, WL_KEYBOARD_KEYMAP_FORMAT_XKB_V1, fd, static_cast<std::uint32_t>(bytes));
  close(fd);  // the connection keeps a duplicate until it has been sent
}

bool WlrootsKeyboard::key(std::uint8_t virtual_key, bool down, std::uint8_t modifiers) {
  const std::uint16_t evdev = evdev_from_virtual_key(virtual_key);
  if (evdev == 0) return false;
  if (held_.test(evdev) == down) return true;  // the compositor repeats held keys by itself
  std::uint16_t borrowed[std::size(modifier_keys)];
  std::size_t borrowed_count = 0;
  if (down && !is_modifier(evdev)) {
    for (const Modifier& modifier : modifier_keys) {
      if ((modifiers & modifier.mask) == 0 || held_.test(modifier.left) || held_.test(modifier.right)) continue;
      press(modifier.left, true);
      borrowed[borrowed_count++] = modifier.left;
    }
  }
  press(evdev, down);
  while (borrowed_count > 0) press(borrowed[--borrowed_count], false);
  return true;
}

void WlrootsKeyboard::press(std::uint16_t evdev, bool down) {
  held_.set(evdev, down);
  send_key(evdev, down);
  if (xkb_state_update_key(state_.get(), evdev + xkb_offset, down ? XKB_KEY_DOWN : XKB_KEY_UP) != 0) send_modifiers();
}

bool WlrootsKeyboard::text(char32_t code_point) {
  auto stroke = keymap_->stroke(code_point);
  if (stroke && held_.test(stroke->evdev)) stroke = keymap_->stroke(code_point, true);
  if (!stroke) return false;
  if (stroke->keymap_changed) upload_keymap();
  zwp_virtual_keyboard_v1_modifiers(device_, stroke->shift ? shift_mask_ : 0, 0, 0, 0);
  send_key(stroke->evdev, true);
  send_key(stroke->evdev, false);
  send_modifiers();
  return true;
}

void WlrootsKeyboard::send_key(std::uint16_t evdev, bool down) {
  zwp_virtual_keyboard_v1_key(device_, event_time_ms(), evdev,
                              down ? WL_KEYBOARD_KEY_STATE_PRESSED : WL_KEYBOARD_KEY_STATE_RELEASED);
}

void WlrootsKeyboard::send_modifiers() {
  zwp_virtual_keyboard_v1_modifiers(device_, xkb_state_serialize_mods(state_.get(), XKB_STATE_MODS_DEPRESSED),
                                    xkb_state_serialize_mods(state_.get(), XKB_STATE_MODS_LATCHED),
                                    xkb_state_serialize_mods(state_.get(), XKB_STATE_MODS_LOCKED),
                                    xkb_state_serialize_layout(state_.get(), XKB_STATE_LAYOUT_EFFECTIVE));
}

void WlrootsKeyboard::release_all() {
  for (std::uint16_t evdev = 1; evdev <= max_evdev_code; ++evdev)
    if (held_.test(evdev)) press(evdev, false);
}

}  // namespace punktfunk
