// Input events of a client: decoded from GameStream packets by one parser, injected by the backend that takes their
// kind (input_router.h). Control thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "base/result.h"
#include "contract/messages.h"
#include "contract/problems.h"
#include "core/status.h"
#include "engine/input/pad_feedback.h"

namespace punktfunk {

enum class InputKind : std::uint8_t {
  key,
  mouse_relative,
  mouse_absolute,
  mouse_button,
  scroll_vertical,
  scroll_horizontal,
  text,
  touch,
  pen,
  pad_arrival,
  pad_state,
  pad_touchpad,
  pad_motion,
  pad_battery,
  haptics_enable,
  unknown,  // a magic of a later protocol
};

// InputEvent::key_flags (docs/gamestream.md, 9.2).
inline constexpr std::uint8_t key_flag_not_normalised = 1;

struct InputEvent {
  InputKind kind = InputKind::key;
  std::uint32_t magic = 0;  // as sent
  bool down = false;        // key, mouse_button
  std::uint16_t code = 0;   // key: Windows virtual key (masked); mouse_button: 1..5
  std::uint8_t key_flags = 0, modifiers = 0;
  std::int32_t
      x = 0,
      y = 0;  // relative: dx, dy; absolute: position; scroll: amount in y (vertical) or x (horizontal), 120 a notch
  std::int32_t reference_width = 0, reference_height = 0;  // absolute: the size x and y are measured in (already +1)
  char32_t text = 0;
  // touch and pen
  std::uint8_t touch_event = 0, pen_tool = 0, pen_buttons = 0, pen_tilt = 0xFF;
  std::uint16_t rotation = 0xFFFF;
  std::uint32_t pointer_id = 0;
  float fx = 0, fy = 0, pressure = 0, contact_major = 0, contact_minor = 0, fz = 0;
  // pads
  std::uint8_t pad = 0, pad_type = 0, left_trigger = 0, right_trigger = 0, motion_type = 0, touchpad_index = 0,
               battery_state = 0, battery_percent = 0xFF;
  std::uint16_t pad_mask = 0, pad_capabilities = 0;
  std::uint32_t pad_buttons = 0;
  std::int16_t left_x = 0, left_y = 0, right_x = 0, right_y = 0;
};

// Parses one input packet (the payload of control message 0x0206). malformed: sizes that do not fit; unsupported: an
// unknown magic, or a value of a later protocol in a known one (kind says which): ignore it. Pure, never reads past the
// span.
Status parse_gamestream_input(std::span<const std::uint8_t> packet, InputEvent& event) noexcept;

enum class Injected : std::uint8_t {
  done,
  unknown,     // this backend has no such device, key or character
  busy,        // the compositor did not take it: it hangs, or is gone
  no_desktop,  // there is no backend at all
  forbidden,   // this client may only look
  no_device,   // the kernel gives none for it, which has been said
};

// Something to tell people. Called on the thread that opens or uses the backend.
using InputProblem = std::function<void(const Failure& failure)>;

class InputBackend {
 public:
  virtual ~InputBackend() = default;
  // Injects one event; everything but `done` was dropped.
  virtual Injected inject(const InputEvent& event) = 0;
  // Everything held goes up: keys, buttons, touches.
  virtual void release_all() = 0;
  // Lifts mouse buttons (bit n = button n) that a predecessor held when it died. Compositors lift the keys of a client
  // that is gone by themselves, but not its buttons (measured on wlroots 0.15).
  virtual void lift_buttons(std::uint32_t buttons) { (void)buttons; }
  // poll for reading, then dispatch(); -1 when there is nothing to poll.
  [[nodiscard]] virtual int poll_fd() const = 0;
  // false when the compositor is gone.
  virtual bool dispatch() = 0;
  // What programs want of the client's pads, one after the other.
  virtual std::optional<PadFeedback> take_feedback() { return std::nullopt; }
};

// Makes the virtual pointer and keyboard at once (seat capabilities must exist before the first event) and returns when
// the compositor has taken them.
Result<std::unique_ptr<InputBackend>, Failure> open_wlroots_input(const contract::WlrootsInputTarget&,
                                                                  unsigned timeout_ms, InputProblem problem = {});

}  // namespace punktfunk
