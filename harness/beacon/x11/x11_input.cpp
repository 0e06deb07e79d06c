#include "x11/x11_input.h"

#include <linux/input-event-codes.h>

#include "base/json_line.h"

namespace punktfunk::beacon {

namespace {

constexpr std::uint8_t first_keycode = 8;  // X's keycodes are evdev's and 8

// 4 to 7 are the wheels'.
std::uint16_t evdev_button(std::uint8_t button) {
  switch (button) {
    case 1:
      return BTN_LEFT;
    case 2:
      return BTN_MIDDLE;
    case 3:
      return BTN_RIGHT;
    case 8:
      return BTN_SIDE;
    case 9:
      return BTN_EXTRA;
    default:
      return 0;
  }
}

}  // namespace

bool X11Input::is_key_release(const xcb_generic_event_t& event) {
  return (event.response_type & 0x7F) == XCB_KEY_RELEASE;
}

bool X11Input::is_repeat(const xcb_generic_event_t& event, const xcb_generic_event_t& next) {
  if ((next.response_type & 0x7F) != XCB_KEY_PRESS) { return false; }
  const auto& released = reinterpret_cast<const xcb_key_release_event_t&>(event);
  const auto& pressed = reinterpret_cast<const xcb_key_press_event_t&>(next);
  return released.detail == pressed.detail && released.time == pressed.time;
}

void X11Input::handle(const xcb_generic_event_t& event) {
  switch (event.response_type & 0x7F) {
    case XCB_KEY_PRESS:
    case XCB_KEY_RELEASE:
      key(reinterpret_cast<const xcb_key_press_event_t&>(event), (event.response_type & 0x7F) == XCB_KEY_PRESS);
      break;
    case XCB_BUTTON_PRESS:
    case XCB_BUTTON_RELEASE:
      button(reinterpret_cast<const xcb_button_press_event_t&>(event),
             (event.response_type & 0x7F) == XCB_BUTTON_PRESS);
      break;
    case XCB_MOTION_NOTIFY: {
      const auto& motion = reinterpret_cast<const xcb_motion_notify_event_t&>(event);
      JsonLine("pointer_motion").real("x", motion.event_x).real("y", motion.event_y);
      break;
    }
    case XCB_ENTER_NOTIFY: {
      const auto& enter = reinterpret_cast<const xcb_enter_notify_event_t&>(event);
      JsonLine("pointer_enter").real("x", enter.event_x).real("y", enter.event_y);
      break;
    }
    default:
      break;
  }
}

void X11Input::key(const xcb_key_press_event_t& event, bool pressed) {
  painting_.pressed_or_released();
  JsonLine("key").number("code", event.detail - first_keycode).text("state", pressed ? "pressed" : "released");
}

void X11Input::button(const xcb_button_press_event_t& event, bool pressed) {
  if (event.detail >= 4 && event.detail <= 7) {
    if (!pressed) { return; }
    const bool vertical = event.detail <= 5;
    JsonLine("axis_discrete")
        .text("axis", vertical ? "vertical" : "horizontal")
        .number("steps", event.detail % 2 == 0 ? -1 : 1);
    return;
  }
  painting_.pressed_or_released();
  JsonLine("button").number("code", evdev_button(event.detail)).text("state", pressed ? "pressed" : "released");
}

}  // namespace punktfunk::beacon
