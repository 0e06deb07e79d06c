#include "engine/input/ignored_input.h"

#include <array>
#include <cstdio>
#include <string>

namespace punktfunk {
namespace {

std::string hexadecimal(const char* format, unsigned value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

Failure unknown(const InputEvent& event) {
  switch (event.kind) {
    case InputKind::key:
      return problem::unknown_key_ignored(hexadecimal("0x%02X", event.code));
    case InputKind::text:
      return problem::text_ignored(hexadecimal("U+%04X", static_cast<unsigned>(event.text)));
    case InputKind::mouse_button:
      return problem::unknown_button_ignored(event.code);
    case InputKind::touch:
      return problem::touch_ignored();
    case InputKind::pen:
      return problem::pen_ignored();
    case InputKind::pad_arrival:
    case InputKind::pad_state:
    case InputKind::pad_touchpad:
    case InputKind::pad_motion:
    case InputKind::pad_battery:
    case InputKind::haptics_enable:
      return problem::gamepad_ignored();
    case InputKind::mouse_relative:
    case InputKind::mouse_absolute:
    case InputKind::scroll_vertical:
    case InputKind::scroll_horizontal:
      return problem::pointer_ignored();
    case InputKind::unknown:
      break;
  }
  return problem::unknown_input_ignored(hexadecimal("0x%08X", event.magic));
}

}  // namespace

Failure ignored_input(const InputEvent& event, Injected why) {
  switch (why) {
    case Injected::no_desktop:
      return problem::input_unavailable();
    case Injected::busy:
      return problem::input_blocked();
    case Injected::forbidden:
      return problem::input_forbidden();
    case Injected::done:
    case Injected::no_device:
    case Injected::unknown:
      break;
  }
  return unknown(event);
}

}  // namespace punktfunk
