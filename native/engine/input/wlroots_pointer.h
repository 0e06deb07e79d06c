// A wlroots virtual pointer bound to one output.
#pragma once

#include <bitset>
#include <cstdint>
#include <utility>

#include "engine/input/input.h"
#include "engine/output_transform.h"
#include "engine/wayland/handle.h"

namespace punktfunk {

class WlrootsPointer {
 public:
  explicit WlrootsPointer(WaylandHandle<zwlr_virtual_pointer_v1> device) : device_(std::move(device)) {}
  WlrootsPointer(WlrootsPointer&&) = delete;

  void move(std::int32_t dx, std::int32_t dy);
  // Over the output's whole area as people see it: x of width, y of height; outside is clamped.
  void move_to(std::int32_t x, std::int32_t y, std::int32_t width, std::int32_t height, OutputTransform transform);
  void button(std::uint16_t button, bool down);  // 1..5 (docs/gamestream.md, 9.4)
  // 120 a notch, up and right positive; parts of a notch scroll by that part.
  void scroll_vertical(std::int32_t amount);
  void scroll_horizontal(std::int32_t amount);
  void release_all();
  // Lifts buttons (bit n = button n) that another device of ours held when its process died: the compositor keeps them
  // down.
  void lift(std::uint32_t buttons);

 private:
  void scroll(std::uint32_t axis, std::int32_t& pending, std::int32_t amount);

  WaylandHandle<zwlr_virtual_pointer_v1> device_;
  std::bitset<6> held_;
  std::int32_t pending_vertical_ = 0, pending_horizontal_ = 0;  // parts of a notch, less than one
};

}  // namespace punktfunk
