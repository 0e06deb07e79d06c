// How a frame's pixels lie in memory.
#pragma once

#include <cstdint>

namespace punktfunk {

// Both are DRM's. modifier 0: rows one after the other.
struct FrameFormat {
  std::uint32_t fourcc = 0;
  std::uint64_t modifier = 0;
  bool operator==(const FrameFormat&) const = default;
};

}  // namespace punktfunk
