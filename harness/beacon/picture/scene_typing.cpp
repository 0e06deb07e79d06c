// A terminal in which a letter is typed a picture; when a line is full, all lines move up by one.
#include "scene.h"

namespace punktfunk::beacon {

namespace {

constexpr int cell_width = 10, cell_height = 20;
constexpr int line_letters = 48;
constexpr std::uint32_t paper = 0x00181c20, ink = 0x00d8dee4, cursor = 0x00e0e060;

class Typing final : public Scene {
 public:
  void changes(const Canvas& canvas, std::uint64_t from, std::uint64_t to, Boxes& boxes) const override {
    if (line_of(from) != line_of(to)) {
      boxes.add(whole(canvas));
      return;
    }
    const int first = std::min(column_of(from), column_of(to)), last = std::max(column_of(from), column_of(to));
    boxes.add(common(whole(canvas), {first * cell_width, last_row(canvas) * cell_height,
                                     (last - first + 1) * cell_width, cell_height}));
  }

  void paint(const Canvas& canvas, std::uint64_t number, const Box& box) const override {
    for (int y = box.y; y < box.y + box.height; ++y) {
      const int row = y / cell_height;
      std::uint32_t* const out = canvas.at(0, y);
      for (int x = box.x; x < box.x + box.width; ++x) {
        out[x] = colour(canvas, number, row, x / cell_width, x % cell_width, y % cell_height);
      }
    }
  }

 private:
  static std::uint32_t line_of(std::uint64_t number) { return static_cast<std::uint32_t>(number / line_letters); }
  static int column_of(std::uint64_t number) { return static_cast<int>(number % line_letters); }
  static int last_row(const Canvas& canvas) { return std::max(0, canvas.height / cell_height - 2); }

  static std::uint32_t colour(const Canvas& canvas, std::uint64_t number, int row, int column, int x, int y) {
    const int above = last_row(canvas) - row;  // lines since
    if (above < 0) { return paper; }
    if (above == 0 && column >= column_of(number)) { return column == column_of(number) ? cursor : paper; }
    const std::uint32_t letter =
        hash((line_of(number) - static_cast<std::uint32_t>(above)) * 997 + static_cast<std::uint32_t>(column));
    if (column >= line_letters || letter % 6 == 0) { return paper; }  // every sixth is a space
    if (x < 1 || x >= 9 || y < 3 || y >= 17) { return paper; }
    return letter >> (8 + (y - 3) / 3 * 4 + (x - 1) / 2) % 32 & 1 ? ink : paper;
  }
};

}  // namespace

std::unique_ptr<Scene> make_typing() {
  return std::make_unique<Typing>();
}

}  // namespace punktfunk::beacon
