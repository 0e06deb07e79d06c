#include "reference.h"

namespace punktfunk::judge {

namespace {

constexpr unsigned shift = 15;

// Fixed-point weights of red, green and blue, and the black level.
struct Weights {
  std::uint32_t red, green, blue, black;
};

Weights weights_of(const LumaForm& form) {
  double red = 0.2126, blue = 0.0722;
  if (form.matrix == 5 || form.matrix == 6) { red = 0.299, blue = 0.114; }
  if (form.matrix == 9) { red = 0.2627, blue = 0.0593; }
  const double scale = (form.full_range ? 1.0 : 219.0 / 255.0) * (1u << shift);
  const auto fixed = [&](double weight) { return static_cast<std::uint32_t>(weight * scale + 0.5); };
  return {fixed(red), fixed(1 - red - blue), fixed(blue), form.full_range ? 0u : 16u};
}

}  // namespace

Reference::Reference(beacon::Motion motion, std::uint32_t width, std::uint32_t height, const LumaForm& form)
    : width_(width),
      height_(height),
      form_(form),
      picture_(motion),
      pixels_(std::size_t{width} * height),
      canvas_{.pixels = pixels_.data(), .width = static_cast<int>(width), .height = static_cast<int>(height)} {
  for (Painted& painted : painted_) { painted.luma.resize(pixels_.size()); }
}

void Reference::paint(const BeaconCode& code) {
  picture_.paint(canvas_, code.frame_number, code.painted_ns);
  Painted& painted = painted_[count_ % kept];
  ++count_;
  painted.number = code.frame_number;
  const Weights w = weights_of(form_);
  const std::uint32_t offset = (w.black << shift) + (1u << (shift - 1));
  for (std::size_t i = 0; i < pixels_.size(); ++i) {
    const std::uint32_t pixel = pixels_[i];
    painted.luma[i] = static_cast<std::uint8_t>(
        ((pixel >> 16 & 255) * w.red + (pixel >> 8 & 255) * w.green + (pixel & 255) * w.blue + offset) >> shift);
  }
}

const std::uint8_t* Reference::luma(unsigned age) const {
  return age < kept && age < count_ ? at(age).luma.data() : nullptr;
}

}  // namespace punktfunk::judge
