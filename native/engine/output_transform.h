// How an output's picture lies in memory: wl_output.transform (the Wayland protocol, wl_output), and the same numbers
// in PipeWire's SPA_META_VideoTransform. The buffer is the desktop as people see it, first mirrored left to right where
// the name says flipped, then turned counter-clockwise.
#pragma once

#include <cstdint>

namespace punktfunk {

enum class OutputTransform : std::uint8_t {
  normal,
  turned_90,
  turned_180,
  turned_270,
  flipped,
  flipped_90,
  flipped_180,
  flipped_270,
};

// What a producer sent as a number. Another one than these eight is nothing that could be done.
constexpr OutputTransform output_transform(std::uint32_t value) {
  return value < 8 ? static_cast<OutputTransform>(value) : OutputTransform::normal;
}

// The buffer's width is the desktop's height.
constexpr bool swaps_sides(OutputTransform transform) {
  return (static_cast<unsigned>(transform) & 1) != 0;
}

// How a buffer is made upright: mirrored top to bottom or not, then turned clockwise.
struct Uprighting {
  bool mirror = false;
  unsigned clockwise_degrees = 0;
  bool operator==(const Uprighting&) const = default;
};

constexpr Uprighting uprighting(OutputTransform transform) {
  constexpr Uprighting table[] = {{false, 0},  {false, 90}, {false, 180}, {false, 270},
                                  {true, 180}, {true, 90},  {true, 0},    {true, 270}};
  return table[static_cast<unsigned>(transform)];
}

// A place of the desktop (x of width, y of height, from the top left corner) as a place of the buffer.
struct PlaceOnOutput {
  std::int64_t x, y, width, height;
};

constexpr PlaceOnOutput in_buffer(OutputTransform transform, const PlaceOnOutput& p) {
  const std::int64_t right = p.width - p.x, below = p.height - p.y;
  switch (transform) {
    case OutputTransform::normal:
      break;
    case OutputTransform::turned_90:
      return {p.y, right, p.height, p.width};
    case OutputTransform::turned_180:
      return {right, below, p.width, p.height};
    case OutputTransform::turned_270:
      return {below, p.x, p.height, p.width};
    case OutputTransform::flipped:
      return {right, p.y, p.width, p.height};
    case OutputTransform::flipped_90:
      return {p.y, p.x, p.height, p.width};
    case OutputTransform::flipped_180:
      return {p.x, below, p.width, p.height};
    case OutputTransform::flipped_270:
      return {below, right, p.height, p.width};
  }
  return p;
}

}  // namespace punktfunk
