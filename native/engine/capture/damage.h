// Arithmetic on damage boxes.
#pragma once

#include <algorithm>
#include <cstdint>

#include "engine/capture/frame.h"

namespace punktfunk {

// The smallest box that holds both. An empty box adds nothing.
inline Rect united(const Rect& a, const Rect& b) {
  if (a.empty()) { return b; }
  if (b.empty()) { return a; }
  const std::int32_t left = std::min(a.x, b.x), top = std::min(a.y, b.y);
  const std::int32_t right = std::max(a.x + a.width, b.x + b.width), bottom = std::max(a.y + a.height, b.y + b.height);
  return {left, top, right - left, bottom - top};
}

// A box as somebody else announced it (any 64-bit values), cut to the picture; empty when nothing of it lies inside.
inline Rect clipped(std::int64_t x, std::int64_t y, std::int64_t box_width, std::int64_t box_height,
                    std::uint32_t width, std::uint32_t height) {
  constexpr std::int64_t limit = std::int64_t{1} << 40;  // keeps the sums below from overflowing
  x = std::clamp(x, -limit, limit);
  y = std::clamp(y, -limit, limit);
  const std::int64_t left = std::max<std::int64_t>(x, 0), top = std::max<std::int64_t>(y, 0);
  const std::int64_t right = std::min<std::int64_t>(x + std::clamp<std::int64_t>(box_width, 0, limit), width);
  const std::int64_t bottom = std::min<std::int64_t>(y + std::clamp<std::int64_t>(box_height, 0, limit), height);
  if (right <= left || bottom <= top) { return {}; }
  return {static_cast<std::int32_t>(left), static_cast<std::int32_t>(top), static_cast<std::int32_t>(right - left),
          static_cast<std::int32_t>(bottom - top)};
}

}  // namespace punktfunk
