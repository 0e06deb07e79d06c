// Scenes on the wall of text: the pan, the square, the page that scrolls.
#include <algorithm>

#include "scene.h"
#include "wall.h"

namespace punktfunk::beacon {

namespace {

class Pan final : public Scene {
 public:
  void changes(const Canvas& canvas, std::uint64_t from, std::uint64_t to, Boxes& boxes) const override {
    if (from != to) { boxes.add(whole(canvas)); }
  }

  // Two bands that pan against each other, so that no single vector describes the whole frame.
  void paint(const Canvas& canvas, std::uint64_t number, const Box& box) const override {
    const int shift = static_cast<int>(number * px_per_picture % Wall::tile_size);
    const Box upper{0, 0, canvas.width, canvas.height / 2};
    wall_.paint(canvas, common(box, upper), shift, 0);
    wall_.paint(canvas, common(box, {0, upper.height, canvas.width, canvas.height - upper.height}),
                Wall::tile_size - shift, 0);
  }

 private:
  static constexpr unsigned px_per_picture = 6;
  Wall wall_;
};

class Square final : public Scene {
 public:
  void changes(const Canvas& canvas, std::uint64_t from, std::uint64_t to, Boxes& boxes) const override {
    boxes.add(place(canvas, from));
    boxes.add(place(canvas, to));
  }

  void paint(const Canvas& canvas, std::uint64_t number, const Box& box) const override {
    wall_.paint(canvas, box, 0, 0);
    const Box square = common(box, place(canvas, number));
    for (int y = square.y; y < square.y + square.height; ++y) {
      std::fill_n(canvas.at(square.x, y), square.width, colour);
    }
  }

 private:
  static constexpr int side_px = 96;
  static constexpr std::uint32_t colour = 0x00f2a33c;

  static Box place(const Canvas& canvas, std::uint64_t number) {
    return common(whole(canvas), {sweep(number * 5, canvas.width - side_px), sweep(number * 3, canvas.height - side_px),
                                  side_px, side_px});
  }

  Wall wall_;
};

class Scroll final : public Scene {
 public:
  void changes(const Canvas& canvas, std::uint64_t from, std::uint64_t to, Boxes& boxes) const override {
    if (from != to) { boxes.add(page(canvas)); }
  }

  void paint(const Canvas& canvas, std::uint64_t number, const Box& box) const override {
    wall_.paint(canvas, box, 0, 0);
    wall_.paint(canvas, common(box, page(canvas)), 8, static_cast<int>(number * px_per_picture % Wall::tile_size));
  }

 private:
  static constexpr unsigned px_per_picture = 5;

  static Box page(const Canvas& canvas) {
    const int margin = canvas.width / 8, head = canvas.height / 10;
    return {margin, head, canvas.width - 2 * margin, canvas.height - head};
  }

  Wall wall_;
};

}  // namespace

std::unique_ptr<Scene> make_pan() {
  return std::make_unique<Pan>();
}
std::unique_ptr<Scene> make_square() {
  return std::make_unique<Square>();
}
std::unique_ptr<Scene> make_scroll() {
  return std::make_unique<Scroll>();
}

}  // namespace punktfunk::beacon
