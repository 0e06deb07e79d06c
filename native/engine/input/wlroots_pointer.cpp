#include "engine/input/wlroots_pointer.h"

#include <linux/input-event-codes.h>
#include <wayland-client-protocol.h>

#include <algorithm>

#include "engine/input/event_time.h"
#include "wlr-virtual-pointer-unstable-v1-client.h"

namespace punktfunk {
namespace {

constexpr std::int32_t notch = 120;  // docs/gamestream.md, 9.4
constexpr std::uint32_t button_codes[6] = {0, BTN_LEFT, BTN_MIDDLE, BTN_RIGHT, BTN_SIDE, BTN_EXTRA};
constexpr double axis_units_per_notch = 15;  // what libinput reports for one click of a usual wheel

}  // namespace

void WlrootsPointer::move(std::int32_t dx, std::int32_t dy) {
  zwlr_virtual_pointer_v1_motion(device_.get(), event_time_ms(), wl_fixed_from_int(dx), wl_fixed_from_int(dy));
  zwlr_virtual_pointer_v1_frame(device_.get());
}

void WlrootsPointer::move_to(std::int32_t x, std::int32_t y, std::int32_t width, std::int32_t height,
                             OutputTransform transform) {
  // The last column means the edge, whatever the output's own width is: panels that slide in wait there. The compositor
  // clamps to the output. For a device that is bound to an output wlroots counts as the output's picture lies in memory
  // (wlr_cursor.c, apply_output_transform).
  const auto place = [](std::int32_t position, std::int32_t size) {
    return position >= size - 1 ? size : std::max(position, 0);
  };
  const PlaceOnOutput at = in_buffer(transform, {place(x, width), place(y, height), width, height});
  zwlr_virtual_pointer_v1_motion_absolute(device_.get(), event_time_ms(), static_cast<std::uint32_t>(at.x),
                                          static_cast<std::uint32_t>(at.y), static_cast<std::uint32_t>(at.width),
                                          static_cast<std::uint32_t>(at.height));
  zwlr_virtual_pointer_v1_frame(device_.get());
}

void WlrootsPointer::button(std::uint16_t button, bool down) {
  if (button < 1 || button > 5 || held_.test(button) == down) { return; }
  held_.set(button, down);
  zwlr_virtual_pointer_v1_button(device_.get(), event_time_ms(), button_codes[button],
                                 down ? WL_POINTER_BUTTON_STATE_PRESSED : WL_POINTER_BUTTON_STATE_RELEASED);
  zwlr_virtual_pointer_v1_frame(device_.get());
}

void WlrootsPointer::scroll_vertical(std::int32_t amount) {
  scroll(WL_POINTER_AXIS_VERTICAL_SCROLL, pending_vertical_, -amount);  // Wayland counts down as positive
}

void WlrootsPointer::scroll_horizontal(std::int32_t amount) {
  scroll(WL_POINTER_AXIS_HORIZONTAL_SCROLL, pending_horizontal_, amount);
}

// Every part is passed on at once; the one that completes a notch says so, for programs that count notches. What is
// pending goes back and forth with the wheel, so that turning round loses nothing.
void WlrootsPointer::scroll(std::uint32_t axis, std::int32_t& pending, std::int32_t amount) {
  if (amount == 0) {
    return;  // a value of zero would mean that the wheel stopped
  }
  pending += amount;
  const std::int32_t notches = pending / notch;
  pending -= notches * notch;
  const wl_fixed_t value = wl_fixed_from_double(amount * axis_units_per_notch / notch);
  zwlr_virtual_pointer_v1_axis_source(device_.get(), WL_POINTER_AXIS_SOURCE_WHEEL);
  if (notches != 0) {
    zwlr_virtual_pointer_v1_axis_discrete(device_.get(), event_time_ms(), axis, value, notches);
  } else {
    zwlr_virtual_pointer_v1_axis(device_.get(), event_time_ms(), axis, value);
  }
  zwlr_virtual_pointer_v1_frame(device_.get());
}

void WlrootsPointer::lift(std::uint32_t buttons) {
  for (std::uint16_t number = 1; number <= 5; ++number) {
    if ((buttons & 1u << number) == 0) { continue; }
    held_.set(number);
    button(number, false);
  }
}

void WlrootsPointer::release_all() {
  for (std::uint16_t number = 1; number <= 5; ++number) { button(number, false); }
  pending_vertical_ = pending_horizontal_ = 0;
}

}  // namespace punktfunk
