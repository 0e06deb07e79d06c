#include "picture.h"

#include <algorithm>
#include <cstring>

#include "beacon/beacon_code.h"

namespace punktfunk::beacon {

namespace {

constexpr int tile_size = 256;  // 256 KiB: stays in a core's second cache while a frame is painted
constexpr int pan_px_per_frame = 6;
constexpr int square_px = 96;
constexpr std::uint32_t square_colour = 0x00f2a33c;

std::uint32_t hash(std::uint32_t value) {
  value ^= value >> 16;
  value *= 0x7feb352dU;
  value ^= value >> 15;
  value *= 0x846ca68bU;
  return value ^ (value >> 16);
}

// Lines of little dark blocks on pale paper between coloured bars: the edges and flats of a desktop full of text, so
// that the cost of encoding it is that of a desktop and not of noise.
std::vector<std::uint32_t> make_tile() {
  std::vector<std::uint32_t> tile(static_cast<std::size_t>(tile_size) * tile_size);
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
      tile[static_cast<std::size_t>(y) * tile_size + x] = colour;
    }
  }
  return tile;
}

Box clipped(const Box& box, const Canvas& canvas) {
  const int x = std::clamp(box.x, 0, canvas.width), y = std::clamp(box.y, 0, canvas.height);
  return {x, y, std::clamp(box.x + box.width, 0, canvas.width) - x,
          std::clamp(box.y + box.height, 0, canvas.height) - y};
}

// Goes to and fro between 0 and span with the frame number.
int sweep(std::uint64_t step, int span) {
  if (span <= 0) { return 0; }
  const auto period = static_cast<std::uint64_t>(span) * 2;
  const auto at = static_cast<int>(step % period);
  return at < span ? at : 2 * span - at;
}

}  // namespace

Picture::Picture(Motion motion) : motion_(motion), tile_(make_tile()) {}

void Picture::wall(Canvas& canvas, const Box& box, int shift) const {
  for (int y = box.y; y < box.y + box.height; ++y) {
    const std::uint32_t* row = tile_.data() + static_cast<std::size_t>(y % tile_size) * tile_size;
    std::uint32_t* out = canvas.pixels + static_cast<std::size_t>(y) * static_cast<std::size_t>(canvas.width) + box.x;
    int from = (box.x + shift) % tile_size;
    for (int left = box.width; left > 0;) {
      const int run = std::min(left, tile_size - from);
      std::memcpy(out, row + from, static_cast<std::size_t>(run) * sizeof *out);
      out += run;
      left -= run;
      from = 0;
    }
  }
}

void Picture::paint(Canvas& canvas, std::uint64_t number, std::uint64_t now_ns) {
  changed_count_ = 0;
  const Box whole{0, 0, canvas.width, canvas.height};
  const bool resized = shown_width_ != canvas.width || shown_height_ != canvas.height;
  if (motion_ == Motion::full) {
    // Two bands that pan against each other, so that no single vector describes the whole frame.
    const int shift = static_cast<int>(number * pan_px_per_frame % tile_size);
    const Box upper{0, 0, canvas.width, canvas.height / 2};
    wall(canvas, upper, shift);
    wall(canvas, {0, upper.height, canvas.width, canvas.height - upper.height}, (tile_size - shift) % tile_size);
    add_change(whole);
  } else {
    if (!canvas.painted) {
      wall(canvas, whole, 0);
    } else {
      wall(canvas, canvas.square, 0);
    }
    const Box square = clipped({sweep(number * 5, canvas.width - square_px),
                                sweep(number * 3, canvas.height - square_px), square_px, square_px},
                               canvas);
    for (int y = square.y; y < square.y + square.height; ++y) {
      std::uint32_t* row =
          canvas.pixels + static_cast<std::size_t>(y) * static_cast<std::size_t>(canvas.width) + square.x;
      std::fill_n(row, square.width, square_colour);
    }
    canvas.square = square;
    if (resized) {
      add_change(whole);
    } else {
      add_change(shown_square_);
      add_change(square);
      add_change(clipped({0, 0, int{beacon_width_px}, int{beacon_height_px}}, canvas));
    }
    shown_square_ = square;
  }
  canvas.painted = true;
  shown_width_ = canvas.width;
  shown_height_ = canvas.height;
  paint_beacon_code(reinterpret_cast<std::uint8_t*>(canvas.pixels), static_cast<std::size_t>(canvas.width) * 4,
                    static_cast<std::uint32_t>(canvas.width), static_cast<std::uint32_t>(canvas.height),
                    {number, now_ns});
}

}  // namespace punktfunk::beacon
