// What a capture backend hands to the pipeline: one picture of the desktop, described by planes, never copied on the
// way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/output_transform.h"

namespace punktfunk {

struct Rect {
  std::int32_t x = 0, y = 0, width = 0, height = 0;
  [[nodiscard]] bool empty() const { return width <= 0 || height <= 0; }
  bool operator==(const Rect&) const = default;
};

struct Plane {
  int fd = -1;  // -1 when the backend owns plain memory
  const std::uint8_t* data =
      nullptr;             // mapped start of the plane's pixels (offset already applied); null for a dmabuf not mapped
  std::size_t length = 0;  // bytes readable at data: checked against the file's real size, never a producer's word
  std::size_t offset = 0;
  std::uint32_t stride = 0;  // bytes
};

// A borrowed view: valid until FrameSource::release(frame) (same thread).
struct Frame {
  Plane planes[4];
  unsigned plane_count = 0;
  std::uint32_t fourcc = 0;    // DRM fourcc; XR24 / AR24 (BGRx / BGRA in memory) and XB24 / AB24 (RGBx / RGBA) are what
                               // software encode takes
  std::uint64_t modifier = 0;  // DRM_FORMAT_MOD_LINEAR
  std::uint32_t width = 0, height = 0;
  bool y_inverted = false;                              // rows from the bottom up
  OutputTransform transform = OutputTransform::normal;  // width, height and damage are the buffer's, as it lies
  std::uint64_t presented_ns = 0;                       // monotonic_ns(), in the past (presentation.h)
  std::uint64_t ordered_ns = 0;  // when this copy was; 0: the producer sends pictures of its own accord
  Rect damage;              // since the frame handed out before, in picture coordinates; the whole frame when unknown
  void* backend = nullptr;  // the source's own handle
};

}  // namespace punktfunk
