// BGRx / RGBx to NV12 in SIMD, whole frames or only the damaged rows: upright whatever way the frame lies, with scaling
// and letterbox when sizes differ. A desktop that is one point larger than the picture (which has even sides) loses its
// last column or row instead.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "core/status.h"
#include "engine/capture/frame.h"
#include "engine/encode/encoder.h"
#include "engine/encode/frame_format.h"

namespace punktfunk {

class Converter {
 public:
  Converter(std::uint32_t width, std::uint32_t height, Colorspace colorspace, bool full_range);
  ~Converter();
  // What it can convert.
  static std::span<const FrameFormat> formats() noexcept;
  // Brings the picture up to date with the frame: only frame.damage is converted when the geometry is that of the last
  // frame. unsupported for a fourcc or modifier it does not know, invalid_argument for a frame whose bytes are not all
  // there. Allocation-free but for the first frame of a new source size (scaling and turning have small rows of
  // libyuv's own).
  Status convert(const Frame& frame) noexcept;
  [[nodiscard]] const Picture& picture() const noexcept;
  // The picture has been encoded as it stands: picture().still counts from here.
  void encoded() noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace punktfunk
