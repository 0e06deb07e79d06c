// What a beacon painted, read in captured pictures: that each is one of its pictures, whole, and in which order they
// came.
#pragma once

#include <cstdint>
#include <cstring>
#include <vector>

#include "beacon/beacon_code.h"
#include "test/capture/pump.h"

namespace punktfunk::test {

inline bool read_code(const Frame& frame, BeaconCode& code) {
  return read_beacon_code(frame.planes[0].data + 1, frame.planes[0].stride, frame.width, frame.height, code, 4);
}

inline std::vector<std::uint8_t> copy_of(const Frame& frame) {
  return {frame.planes[0].data, frame.planes[0].data + frame.planes[0].length};
}

// Bytes that differ between the frame and the picture before it, inside and outside of the damage box.
struct Difference {
  std::size_t inside = 0, outside = 0;
};
inline Difference difference(const Frame& frame, const std::vector<std::uint8_t>& before) {
  Difference found;
  for (std::uint32_t y = 0; y < frame.height; ++y) {
    for (std::uint32_t x = 0; x < frame.width; ++x) {
      const std::size_t at = std::size_t{y} * frame.planes[0].stride + std::size_t{x} * 4;
      if (std::memcmp(frame.planes[0].data + at, before.data() + at, 3) == 0) { continue; }
      const Rect& box = frame.damage;
      const auto px = static_cast<std::int32_t>(x), py = static_cast<std::int32_t>(y);
      const bool inside = px >= box.x && px < box.x + box.width && py >= box.y && py < box.y + box.height;
      ++(inside ? found.inside : found.outside);
    }
  }
  return found;
}

// Pictures in which the beacon's number was looked for.
struct Painted {
  unsigned frames = 0, unreadable = 0, backward = 0;
  BeaconCode first, last;
  std::uint64_t shortest_interval_ns = ~std::uint64_t{0};  // between two presentations

  [[nodiscard]] std::uint64_t painted() const { return last.frame_number - first.frame_number + 1; }
};

// The next `count` pictures. One may be shown twice: a busy beacon paints less often than the compositor composes.
inline Painted look_at(FrameSource& source, unsigned count, unsigned duration_ms) {
  Painted seen;
  std::uint64_t presented_ns = 0;
  pump(source, duration_ms, [&](const Frame& frame) {
    BeaconCode code;
    if (!read_code(frame, code)) {
      ++seen.unreadable;
    } else {
      if (seen.frames == 0) { seen.first = code; }
      if (seen.frames != 0 && code.frame_number < seen.last.frame_number) { ++seen.backward; }
      seen.last = code;
    }
    if (presented_ns != 0 && frame.presented_ns > presented_ns) {
      seen.shortest_interval_ns = std::min(seen.shortest_interval_ns, frame.presented_ns - presented_ns);
    }
    presented_ns = frame.presented_ns;
    return ++seen.frames == count;
  });
  return seen;
}

// Whether the beacon stands there: so many pictures of it in a row, of this size. Before that a window may appear by
// and by, scaled, or one of a beacon that has ended may still be shown.
inline bool await_beacon(FrameSource& source, std::uint32_t width, std::uint32_t height, unsigned duration_ms) {
  unsigned readable = 0;
  std::uint64_t last = 0;
  return pump(source, duration_ms, [&](const Frame& frame) {
    BeaconCode code;
    const bool there = frame.width == width && frame.height == height && read_code(frame, code);
    readable = there && code.frame_number >= last ? readable + 1 : 0;
    last = there ? code.frame_number : 0;
    return readable == 5;
  });
}

}  // namespace punktfunk::test
