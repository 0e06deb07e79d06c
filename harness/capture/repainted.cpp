#include "repainted.h"

#include <drm_fourcc.h>

#include <cstring>

namespace punktfunk::capture_meter {

namespace {

constexpr std::uint32_t color = 0xFFFFFF;  // the fourth byte is alpha, or nothing

bool same_row(const std::uint8_t* captured, const std::uint32_t* painted, std::uint32_t width) {
  std::uint32_t differ = 0;
  for (std::uint32_t x = 0; x < width; ++x) {
    std::uint32_t pixel = 0;
    std::memcpy(&pixel, captured + std::size_t{x} * sizeof pixel, sizeof pixel);
    differ |= (pixel ^ painted[x]) & color;
  }
  return differ == 0;
}

}  // namespace

std::optional<std::uint32_t> Repainted::wrong_rows(const Frame& frame, const BeaconCode& code) {
  const bool comparable = (frame.fourcc == DRM_FORMAT_XRGB8888 || frame.fourcc == DRM_FORMAT_ARGB8888) &&
                          !frame.y_inverted && frame.transform == OutputTransform::normal;
  if (!comparable) { return std::nullopt; }
  if (canvas_.width != static_cast<int>(frame.width) || canvas_.height != static_cast<int>(frame.height)) {
    pixels_.assign(std::size_t{frame.width} * frame.height, 0);
    canvas_ = {
        .pixels = pixels_.data(), .width = static_cast<int>(frame.width), .height = static_cast<int>(frame.height)};
  }
  picture_.paint(canvas_, code.frame_number, code.painted_ns);
  std::uint32_t wrong = 0;
  for (std::uint32_t y = 0; y < frame.height; ++y) {
    const std::uint8_t* const row = frame.planes[0].data + std::size_t{y} * frame.planes[0].stride;
    wrong += same_row(row, canvas_.at(0, static_cast<int>(y)), frame.width) ? 0 : 1;
  }
  return wrong;
}

}  // namespace punktfunk::capture_meter
