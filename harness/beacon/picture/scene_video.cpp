// A window of moving pictures that wanders over a desktop that stands: two soft textures drift through each other, so
// that no vector describes what moves.
#include "scene.h"
#include "texture.h"
#include "wall.h"

namespace punktfunk::beacon {

namespace {

class Video final : public Scene {
 public:
  void changes(const Canvas& canvas, std::uint64_t from, std::uint64_t to, Boxes& boxes) const override {
    if (from == to) { return; }
    boxes.add(place(canvas, from));
    boxes.add(place(canvas, to));
  }

  void paint(const Canvas& canvas, std::uint64_t number, const Box& box) const override {
    wall_.paint(canvas, box, 0, 0);
    const Box window = place(canvas, number), part = common(box, window);
    const auto step = static_cast<unsigned>(number);
    for (int y = part.y; y < part.y + part.height; ++y) {
      const auto line = static_cast<unsigned>(y - window.y);
      const std::uint32_t* const one = near_.row(line + step * 2);
      const std::uint32_t* const two = far_.row(line + Texture::size - step % Texture::size);
      std::uint32_t* const out = canvas.at(0, y);
      for (int x = part.x; x < part.x + part.width; ++x) {
        const auto column = static_cast<unsigned>(x - window.x);
        out[x] = (one[(column + step * 3) % Texture::size] >> 1 & 0x7F7F7F) +
                 (two[(column + step) % Texture::size] >> 1 & 0x7F7F7F);
      }
    }
  }

 private:
  static constexpr int width_px = 400, height_px = 300;

  static Box place(const Canvas& canvas, std::uint64_t number) {
    return common(whole(canvas), {sweep(number * 2, canvas.width - width_px), sweep(number, canvas.height - height_px),
                                  width_px, height_px});
  }

  Wall wall_;
  Texture near_{1}, far_{2};
};

}  // namespace

std::unique_ptr<Scene> make_video() {
  return std::make_unique<Video>();
}

}  // namespace punktfunk::beacon
