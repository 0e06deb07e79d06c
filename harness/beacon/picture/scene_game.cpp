// A game: a plain in perspective that a camera flies over and turns on, hills and a sky behind it that turn with it,
// and in front gauges and a map that stand.
#include <array>
#include <vector>

#include "scene.h"
#include "texture.h"

namespace punktfunk::beacon {

namespace {

constexpr std::uint32_t haze = 0x00a8b4c0, frame = 0x00101418, gauge = 0x00d04030, marker = 0x0040e060;

std::uint32_t mixed(std::uint32_t a, std::uint32_t b) {
  return (a >> 1 & 0x7F7F7F) + (b >> 1 & 0x7F7F7F);
}

// Flagstones, and their smaller selves for the distance, each pixel the mean of four: without them far ground is noise.
class Ground {
 public:
  static constexpr unsigned levels = 7;

  explicit Ground(const Texture& stone) {
    constexpr auto size = static_cast<unsigned>(Texture::size);
    for (unsigned y = 0; y < size; ++y) {
      for (unsigned x = 0; x < size; ++x) {
        sizes_[0].push_back(x % 64 < 3 || y % 64 < 3 ? 0x00282420 : stone.row(y)[x]);
      }
    }
    for (unsigned level = 1; level < levels; ++level) {
      for (unsigned y = 0; y < size >> level; ++y) {
        const std::uint32_t* const upper = row(y * 2, level - 1);
        const std::uint32_t* const lower = row(y * 2 + 1, level - 1);
        for (unsigned x = 0; x < size >> level; ++x) {
          sizes_[level].push_back(mixed(mixed(upper[x * 2], upper[x * 2 + 1]), mixed(lower[x * 2], lower[x * 2 + 1])));
        }
      }
    }
  }
  [[nodiscard]] const std::uint32_t* row(unsigned y, unsigned level) const {
    const unsigned side = static_cast<unsigned>(Texture::size) >> level;
    return sizes_[level].data() + std::size_t{y % side} * side;
  }

 private:
  std::array<std::vector<std::uint32_t>, levels> sizes_;
};

class Game final : public Scene {
 public:
  void changes(const Canvas& canvas, std::uint64_t from, std::uint64_t to, Boxes& boxes) const override {
    if (from != to) { boxes.add(whole(canvas)); }
  }

  void paint(const Canvas& canvas, std::uint64_t number, const Box& box) const override {
    const int horizon = canvas.height * 2 / 5;
    for (int y = box.y; y < box.y + box.height; ++y) {
      if (y < horizon) {
        background(canvas, number, box, y, horizon);
      } else {
        plain(canvas, number, box, y, y - horizon);
      }
    }
    gauges(canvas, number, box);
  }

 private:
  // Turns by two pixels a picture, the sky with it.
  void background(const Canvas& canvas, std::uint64_t number, const Box& box, int y, int horizon) const {
    const auto turned = static_cast<unsigned>(number * 2);
    const auto shade = static_cast<std::uint32_t>(96 + y * 96 / horizon);
    const std::uint32_t sky = (shade - 64) << 16 | (shade - 16) << 8 | (shade + 32);
    const std::uint32_t* const clouds = near_.row(static_cast<unsigned>(y));
    const std::uint32_t* const rock = far_.row(static_cast<unsigned>(y) * 2);
    const std::uint32_t* const ridge = far_.row(0);
    std::uint32_t* const out = canvas.at(0, y);
    for (int x = box.x; x < box.x + box.width; ++x) {
      const unsigned at = (static_cast<unsigned>(x) + turned) % Texture::size;
      const int peak = horizon / 4 + static_cast<int>(ridge[at] & 255) * horizon / 512;
      out[x] = y >= horizon - peak ? mixed(rock[at], 0x00304030) : mixed(sky, clouds[at]);
    }
  }

  // Row by row at its distance; texels in 1/256.
  void plain(const Canvas& canvas, std::uint64_t number, const Box& box, int y, int below) const {
    std::uint32_t* const out = canvas.at(0, y);
    if (below <= canvas.height / 24) {  // too far to be more than haze
      std::fill_n(out + box.x, box.width, haze);
      return;
    }
    const int step = canvas.height * 128 / below;
    const int step_down = canvas.height * 64 / (below * below);  // whole texels from this row to the next
    unsigned level = 0;
    while (level + 1 < Ground::levels && std::max(step >> 8, step_down) >> level > 1) { ++level; }
    const unsigned mask = (static_cast<unsigned>(Texture::size) >> level) - 1;
    const auto forward =
        static_cast<unsigned>(canvas.height * 64 / below) + static_cast<unsigned>(number * 5 % Texture::size);
    const std::uint32_t* const texels = ground_.row(forward >> level, level);
    unsigned u = static_cast<unsigned>((box.x - canvas.width / 2) * step) + (1u << 24) +
                 static_cast<unsigned>(number % 1024) * 512;
    for (int x = box.x; x < box.x + box.width; ++x, u += static_cast<unsigned>(step)) {
      out[x] = texels[u >> (8 + level) & mask];
    }
  }

  static void fill(const Canvas& canvas, const Box& box, const Box& part, std::uint32_t colour) {
    const Box both = common(box, part);
    for (int y = both.y; y < both.y + both.height; ++y) { std::fill_n(canvas.at(both.x, y), both.width, colour); }
  }

  void gauges(const Canvas& canvas, std::uint64_t number, const Box& box) const {
    const int unit = canvas.height / 36, bottom = canvas.height - 3 * unit;
    for (int i = 0; i < 3; ++i) {
      const Box at{unit + i * 9 * unit, bottom, 8 * unit, 2 * unit};
      fill(canvas, box, at, frame);
      fill(canvas, box,
           {at.x + 4, at.y + 4, sweep(number / 4 * static_cast<unsigned>(i + 1), at.width - 8), at.height - 8}, gauge);
    }
    const Box map{canvas.width - 9 * unit, unit, 8 * unit, 8 * unit};
    fill(canvas, box, map, frame);
    for (int i = 0; i < 6; ++i) {
      const auto pace = static_cast<unsigned>(i + 2);
      fill(canvas, box,
           {map.x + 4 + sweep(number * pace / 8, map.width - 12),
            map.y + 4 + sweep(number * (9 - pace) / 8, map.height - 12), 4, 4},
           marker);
    }
    fill(canvas, box, {canvas.width / 2 - unit, canvas.height / 2 - 1, 2 * unit, 2}, marker);
    fill(canvas, box, {canvas.width / 2 - 1, canvas.height / 2 - unit, 2, 2 * unit}, marker);
  }

  Texture near_{3}, far_{4};
  Ground ground_{near_};
};

}  // namespace

std::unique_ptr<Scene> make_game() {
  return std::make_unique<Game>();
}

}  // namespace punktfunk::beacon
