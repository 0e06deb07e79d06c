#include "picture_feed.h"

#include <algorithm>

namespace punktfunk::encode_meter {

PictureFeed::PictureFeed(beacon::Motion motion, std::uint32_t width, std::uint32_t height)
    : painter_(motion),
      pixels_(std::size_t{width} * height),
      canvas_{.pixels = pixels_.data(), .width = static_cast<int>(width), .height = static_cast<int>(height)},
      converter_(width, height, Colorspace::rec709, false) {}

const Picture* PictureFeed::next(std::uint64_t number, std::uint64_t painted_ns) {
  painter_.paint(canvas_, number, painted_ns);
  Frame frame;
  frame.plane_count = 1;
  frame.planes[0].data = reinterpret_cast<const std::uint8_t*>(pixels_.data());
  frame.planes[0].length = pixels_.size() * sizeof(std::uint32_t);
  frame.planes[0].stride = static_cast<std::uint32_t>(canvas_.width) * 4;
  frame.width = static_cast<std::uint32_t>(canvas_.width);
  frame.height = static_cast<std::uint32_t>(canvas_.height);
  frame.fourcc = Converter::formats()[0].fourcc;
  frame.damage = damage();
  return converter_.convert(frame) == Status::ok ? &converter_.picture() : nullptr;
}

// One box, as a source tells it.
Rect PictureFeed::damage() const {
  int left = canvas_.width, top = canvas_.height, right = 0, bottom = 0;
  for (const beacon::Box& box : painter_.changed()) {
    left = std::min(left, box.x), top = std::min(top, box.y);
    right = std::max(right, box.x + box.width), bottom = std::max(bottom, box.y + box.height);
  }
  return {left, top, right - left, bottom - top};
}

}  // namespace punktfunk::encode_meter
