// Where a picture is painted.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace punktfunk::beacon {

struct Box {
  int x = 0, y = 0, width = 0, height = 0;
  bool operator==(const Box&) const = default;
};

// Pixels of one buffer, XRGB8888, rows of width pixels without padding, and which picture the last painting left there.
struct Canvas {
  std::uint32_t* pixels = nullptr;
  int width = 0, height = 0;
  bool painted = false;
  std::uint64_t number = 0;

  [[nodiscard]] std::uint32_t* at(int x, int y) const {
    return pixels + static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + x;
  }
};

inline Box whole(const Canvas& canvas) {
  return {0, 0, canvas.width, canvas.height};
}

// What the two have in common; without width or height when that is nothing.
inline Box common(const Box& a, const Box& b) {
  const int x = std::max(a.x, b.x), y = std::max(a.y, b.y);
  return {x, y, std::max(0, std::min(a.x + a.width, b.x + b.width) - x),
          std::max(0, std::min(a.y + a.height, b.y + b.height) - y)};
}

// A few boxes, without memory of their own.
class Boxes {
 public:
  void add(const Box& box) {
    if (box.width > 0 && box.height > 0) { boxes_[count_++] = box; }
  }
  [[nodiscard]] std::span<const Box> all() const { return {boxes_.data(), count_}; }

 private:
  std::array<Box, 4> boxes_;
  std::size_t count_ = 0;
};

}  // namespace punktfunk::beacon
