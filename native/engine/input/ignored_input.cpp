#include "engine/input/ignored_input.h"

#include <array>
#include <cstdio>

namespace punktfunk {
namespace {

std::string hexadecimal(const char* format, unsigned value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

InputNotice unknown_notice(const InputEvent& event) {
  switch (event.kind) {
    case InputKind::key:
      return {"unknown_key_ignored", "The client sent a key that has no counterpart here (virtual key " +
                                         hexadecimal("0x%02X", event.code) + "): such keys are ignored."};
    case InputKind::text:
      return {"text_ignored", "The client sent a character that cannot be typed on this desktop (" +
                                  hexadecimal("U+%04X", static_cast<unsigned>(event.text)) + "): it is left out."};
    case InputKind::mouse_button:
      return {"unknown_button_ignored", "The client sent mouse button " + std::to_string(event.code) +
                                            ", which this host does not know: it is ignored."};
    case InputKind::touch:
      return {"touch_ignored",
              "The client sends touches, although this host has told it that it takes none: they are ignored. Let the "
              "client act as a touchpad or mouse."};
    case InputKind::pen:
      return {"pen_ignored",
              "The client sends a pen's input, although this host has told it that it takes none: it is ignored."};
    case InputKind::pad_arrival:
    case InputKind::pad_state:
    case InputKind::pad_touchpad:
    case InputKind::pad_motion:
    case InputKind::pad_battery:
    case InputKind::haptics_enable:
      return {"gamepad_ignored",
              "A gamepad is connected at the client; this host has none yet: what it sends is ignored."};
    case InputKind::mouse_relative:
    case InputKind::mouse_absolute:
    case InputKind::scroll_vertical:
    case InputKind::scroll_horizontal:
      return {"pointer_ignored", "The client sent a pointer's movement that this desktop does not take."};
    case InputKind::unknown:
      break;
  }
  return {"unknown_input_ignored", "The client sends input of a kind that this host does not know (" +
                                       hexadecimal("0x%08X", event.magic) + "): it is ignored."};
}

}  // namespace

InputNotice notice_of_ignored(const InputEvent& event, Injected why) {
  switch (why) {
    case Injected::no_desktop:
      return {"input_unavailable",
              "The client sends keys and pointer movements, but the streamed desktop takes none from this host: they "
              "are ignored."};
    case Injected::busy:
      return {"input_blocked",
              "The streamed desktop does not take its input: it hangs or is overloaded, and some keys or movements "
              "were lost."};
    case Injected::done:
    case Injected::unknown:
      break;
  }
  return unknown_notice(event);
}

}  // namespace punktfunk
