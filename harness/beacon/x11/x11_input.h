// What reached the window by mouse and keyboard, told as NDJSON in the words of the beacon on Wayland.
#pragma once

#include <xcb/xcb.h>

#include "painting.h"

namespace punktfunk::beacon {

class X11Input {
 public:
  static constexpr std::uint32_t events = XCB_EVENT_MASK_KEY_PRESS | XCB_EVENT_MASK_KEY_RELEASE |
                                          XCB_EVENT_MASK_BUTTON_PRESS | XCB_EVENT_MASK_BUTTON_RELEASE |
                                          XCB_EVENT_MASK_POINTER_MOTION | XCB_EVENT_MASK_ENTER_WINDOW;

  explicit X11Input(Painting& painting) : painting_(painting) {}
  // A key that is held is told by the server as released and pressed again, both at one time: is `next` that?
  static bool is_key_release(const xcb_generic_event_t& event);
  static bool is_repeat(const xcb_generic_event_t& event, const xcb_generic_event_t& next);
  void handle(const xcb_generic_event_t& event);

 private:
  void key(const xcb_key_press_event_t& event, bool pressed);
  void button(const xcb_button_press_event_t& event, bool pressed);

  Painting& painting_;
};

}  // namespace punktfunk::beacon
