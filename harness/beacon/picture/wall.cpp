#include "wall.h"

#include <cstring>

#include "scene.h"

namespace punktfunk::beacon {

// Lines of little dark blocks on pale paper between coloured bars: the edges and flats of a desktop full of text, so
// that the cost of encoding it is that of a desktop and not of noise.
Wall::Wall() : tile_(static_cast<std::size_t>(tile_size) * tile_size) {
  for (int y = 0; y < tile_size; ++y) {
    for (int x = 0; x < tile_size; ++x) {
      const int line = y / 16, column = x / 8;
      std::uint32_t colour = 0x00f4f1ea;
      if (line % 8 == 0) {
        const std::uint32_t shade = 64 + static_cast<std::uint32_t>(x) / 2;
        colour = (shade << 16) | (110U << 8) | (200U - shade / 2);
      } else if (y % 16 >= 3 && y % 16 < 12 && column % 7 != 6) {
        const std::uint32_t glyph = hash(static_cast<std::uint32_t>(line * 64 + column));
        const int stroke = (y % 16 - 3) / 3 * 3 + (x % 8) / 3;
        if ((glyph >> stroke) & 1U) { colour = 0x00303438; }
      }
      tile_[static_cast<std::size_t>(y) * tile_size + static_cast<std::size_t>(x)] = colour;
    }
  }
}

void Wall::paint(const Canvas& canvas, const Box& box, int shift_x, int shift_y) const {
  for (int y = box.y; y < box.y + box.height; ++y) {
    const std::uint32_t* row = tile_.data() + static_cast<std::size_t>((y + shift_y) % tile_size) * tile_size;
    std::uint32_t* out = canvas.at(box.x, y);
    int from = (box.x + shift_x) % tile_size;
    for (int left = box.width; left > 0;) {
      const int run = std::min(left, tile_size - from);
      std::memcpy(out, row + from, static_cast<std::size_t>(run) * sizeof *out);
      out += run;
      left -= run;
      from = 0;
    }
  }
}

}  // namespace punktfunk::beacon
