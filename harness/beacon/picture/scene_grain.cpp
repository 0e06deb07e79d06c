// The panning wall at half its contrast under noise that is new in every picture.
#include <vector>

#include "scene.h"

namespace punktfunk::beacon {

namespace {

class Grain final : public Scene {
 public:
  Grain() : noise_(noise_pixels + max_width) {
    for (std::size_t i = 0; i < noise_.size(); ++i) {
      noise_[i] = hash(static_cast<std::uint32_t>(i)) % 64 * 0x010101u;
    }
  }

  void changes(const Canvas& canvas, std::uint64_t from, std::uint64_t to, Boxes& boxes) const override {
    pan_->changes(canvas, from, to, boxes);
  }

  void paint(const Canvas& canvas, std::uint64_t number, const Box& box) const override {
    pan_->paint(canvas, number, box);
    for (int y = box.y; y < box.y + box.height; ++y) {
      const std::uint32_t* const noise =
          noise_.data() +
          hash(static_cast<std::uint32_t>(number) * 8191 + static_cast<std::uint32_t>(y)) % noise_pixels;
      std::uint32_t* const out = canvas.at(0, y);
      for (int x = box.x; x < box.x + box.width; ++x) { out[x] = (out[x] >> 1 & 0x7F7F7F) + noise[x]; }
    }
  }

 private:
  static constexpr std::size_t noise_pixels = 65'536, max_width = 8192;
  std::unique_ptr<Scene> pan_ = make_pan();
  std::vector<std::uint32_t> noise_;
};

}  // namespace

std::unique_ptr<Scene> make_grain() {
  return std::make_unique<Grain>();
}

}  // namespace punktfunk::beacon
