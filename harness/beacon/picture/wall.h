// A wall of lines of text, from one tile: the ground of most scenes.
#pragma once

#include <cstdint>
#include <vector>

#include "canvas.h"

namespace punktfunk::beacon {

class Wall {
 public:
  static constexpr int tile_size = 256;  // 256 KiB: stays in a core's second cache while a frame is painted

  Wall();
  // The box of the wall that is shifted so far to the left and up (0 and more).
  void paint(const Canvas& canvas, const Box& box, int shift_x, int shift_y) const;

 private:
  std::vector<std::uint32_t> tile_;
};

}  // namespace punktfunk::beacon
