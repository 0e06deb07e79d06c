#include "wayland/seat.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "base/json_line.h"

namespace punktfunk::beacon {

namespace {

constexpr std::uint32_t newest_seat_version =
    7;  // 8 replaces discrete axis steps by 120ths; 7 is what every compositor of interest has
constexpr std::uint32_t max_keymap_bytes = 4U << 20;

const char* axis_name(std::uint32_t axis) {
  return axis == WL_POINTER_AXIS_VERTICAL_SCROLL ? "vertical" : "horizontal";
}

}  // namespace

const wl_seat_listener Seat::seat_listener = {
    .capabilities = [](void* self, wl_seat*, std::uint32_t bits) { static_cast<Seat*>(self)->capabilities(bits); },
    .name = [](void*, wl_seat*, const char*) {},
};

const wl_keyboard_listener Seat::keyboard_listener = {
    .keymap = [](void* self, wl_keyboard*, std::uint32_t format, int fd,
                 std::uint32_t size) { static_cast<Seat*>(self)->keymap(format, fd, size); },
    .enter = [](void*, wl_keyboard*, std::uint32_t, wl_surface*, wl_array*) { JsonLine("keyboard_enter"); },
    .leave = [](void*, wl_keyboard*, std::uint32_t, wl_surface*) { JsonLine("keyboard_leave"); },
    .key = [](void* self, wl_keyboard*, std::uint32_t, std::uint32_t, std::uint32_t code,
              std::uint32_t state) { static_cast<Seat*>(self)->key(code, state); },
    .modifiers = [](void* self, wl_keyboard*, std::uint32_t, std::uint32_t depressed, std::uint32_t latched,
                    std::uint32_t locked,
                    std::uint32_t group) { static_cast<Seat*>(self)->modifiers(depressed, latched, locked, group); },
    .repeat_info = [](void*, wl_keyboard*, std::int32_t, std::int32_t) {},
};

const wl_pointer_listener Seat::pointer_listener = {
    .enter =
        [](void*, wl_pointer* pointer, std::uint32_t serial, wl_surface*, wl_fixed_t x, wl_fixed_t y) {
          // No cursor image: nothing may lie over the code.
          wl_pointer_set_cursor(pointer, serial, nullptr, 0, 0);
          JsonLine("pointer_enter").real("x", wl_fixed_to_double(x)).real("y", wl_fixed_to_double(y));
        },
    .leave = [](void*, wl_pointer*, std::uint32_t, wl_surface*) { JsonLine("pointer_leave"); },
    .motion =
        [](void*, wl_pointer*, std::uint32_t, wl_fixed_t x, wl_fixed_t y) {
          JsonLine("pointer_motion").real("x", wl_fixed_to_double(x)).real("y", wl_fixed_to_double(y));
        },
    .button =
        [](void* self, wl_pointer*, std::uint32_t, std::uint32_t, std::uint32_t button, std::uint32_t state) {
          static_cast<Seat*>(self)->pressed_or_released_();
          JsonLine("button")
              .number("code", button)
              .text("state", state == WL_POINTER_BUTTON_STATE_PRESSED ? "pressed" : "released");
        },
    .axis =
        [](void*, wl_pointer*, std::uint32_t, std::uint32_t axis, wl_fixed_t value) {
          JsonLine("axis").text("axis", axis_name(axis)).real("value", wl_fixed_to_double(value));
        },
    .frame = [](void*, wl_pointer*) {},
    .axis_source = [](void*, wl_pointer*, std::uint32_t) {},
    .axis_stop = [](void*, wl_pointer*, std::uint32_t,
                    std::uint32_t axis) { JsonLine("axis_stop").text("axis", axis_name(axis)); },
    .axis_discrete =
        [](void*, wl_pointer*, std::uint32_t axis, std::int32_t steps) {
          JsonLine("axis_discrete").text("axis", axis_name(axis)).number("steps", steps);
        },
};

Seat::Seat(wl_registry* registry, std::uint32_t name, std::uint32_t version, std::function<void()> pressed_or_released)
    : pressed_or_released_(std::move(pressed_or_released)),
      context_(xkb_context_new(XKB_CONTEXT_NO_FLAGS)),
      seat_(static_cast<wl_seat*>(
          wl_registry_bind(registry, name, &wl_seat_interface, std::min(version, newest_seat_version)))) {
  wl_seat_add_listener(seat_, &seat_listener, this);
}

Seat::~Seat() {
  if (keyboard_) { wl_keyboard_destroy(keyboard_); }
  if (pointer_) { wl_pointer_destroy(pointer_); }
  wl_seat_destroy(seat_);
}

void Seat::capabilities(std::uint32_t bits) {
  // A headless seat has nothing until a virtual device comes, and loses it again when that goes.
  const bool has_keyboard = (bits & WL_SEAT_CAPABILITY_KEYBOARD) != 0,
             has_pointer = (bits & WL_SEAT_CAPABILITY_POINTER) != 0;
  if (has_keyboard && !keyboard_) {
    keyboard_ = wl_seat_get_keyboard(seat_);
    wl_keyboard_add_listener(keyboard_, &keyboard_listener, this);
  } else if (!has_keyboard && keyboard_) {
    wl_keyboard_destroy(keyboard_);
    keyboard_ = nullptr;
  }
  if (has_pointer && !pointer_) {
    pointer_ = wl_seat_get_pointer(seat_);
    wl_pointer_add_listener(pointer_, &pointer_listener, this);
  } else if (!has_pointer && pointer_) {
    wl_pointer_destroy(pointer_);
    pointer_ = nullptr;
  }
  JsonLine("seat").flag("keyboard", has_keyboard).flag("pointer", has_pointer);
}

void Seat::keymap(std::uint32_t format, int fd, std::uint32_t size) {
  if (format == WL_KEYBOARD_KEYMAP_FORMAT_XKB_V1 && size > 0 && size <= max_keymap_bytes) {
    void* text = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (text != MAP_FAILED) {
      // The size counts a closing zero that not every compositor sends.
      keymap_.reset(xkb_keymap_new_from_buffer(context_.get(), static_cast<const char*>(text),
                                               strnlen(static_cast<const char*>(text), size), XKB_KEYMAP_FORMAT_TEXT_V1,
                                               XKB_KEYMAP_COMPILE_NO_FLAGS));
      state_.reset(keymap_ ? xkb_state_new(keymap_.get()) : nullptr);
      munmap(text, size);
    }
  }
  close(fd);
  JsonLine("keymap").flag("understood", state_ != nullptr);
}

void Seat::key(std::uint32_t code, std::uint32_t state) {
  const bool pressed = state == WL_KEYBOARD_KEY_STATE_PRESSED;
  pressed_or_released_();
  JsonLine line("key");
  line.number("code", code).text("state", pressed ? "pressed" : "released");
  if (!state_) { return; }
  const xkb_keycode_t keycode = code + 8;  // evdev to xkb
  std::string names;
  for (const char* name :
       {XKB_MOD_NAME_SHIFT, XKB_MOD_NAME_CTRL, XKB_MOD_NAME_ALT, XKB_MOD_NAME_LOGO, XKB_MOD_NAME_CAPS}) {
    if (xkb_state_mod_name_is_active(state_.get(), name, XKB_STATE_MODS_EFFECTIVE) > 0) {
      names.append(names.empty() ? "" : "+").append(name);
    }
  }
  char symbol[64] = "";
  xkb_keysym_get_name(xkb_state_key_get_one_sym(state_.get(), keycode), symbol, sizeof symbol);
  line.text("symbol", symbol).text("modifiers", names);
  if (!pressed) { return; }
  char utf8[64] = "";
  xkb_state_key_get_utf8(state_.get(), keycode, utf8, sizeof utf8);
  line.text("text", utf8);
}

void Seat::modifiers(std::uint32_t depressed, std::uint32_t latched, std::uint32_t locked, std::uint32_t group) {
  if (state_) { xkb_state_update_mask(state_.get(), depressed, latched, locked, 0, 0, group); }
  JsonLine("modifiers")
      .number("depressed", depressed)
      .number("latched", latched)
      .number("locked", locked)
      .number("group", group);
}

}  // namespace punktfunk::beacon
