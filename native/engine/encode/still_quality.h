// Quality for what stands still. The quantizer of a moving picture need not be fine; what is looked at for longer is
// encoded once more, finer, a part with each picture, out of what the picture beside it leaves of its bits.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace punktfunk {

class StillQuality {
 public:
  // Pictures that a macroblock has to stand beside others that do not: more than pass between those of a film of 24 in
  // a stream of 60.
  static constexpr int settled_pictures = 3;
  static constexpr float step = 4;  // of the quantizer, each time around

  // finest: the offset that is not gone below.
  StillQuality(std::size_t macroblocks, float finest)
      : finest_(finest), age_(macroblocks), offsets_(macroblocks), portion_(macroblocks / 2 + 1) {}

  // Before each picture. still: as Picture::still, empty when nothing of the picture before is used. The quantizer
  // offset of each macroblock comes of it.
  float* next(std::span<const std::uint8_t> still) {
    bool all = !still.empty();
    for (std::size_t i = 0; i < age_.size(); ++i) {
      const bool stands = !still.empty() && still[i] != 0;
      all = all && stands;
      age_[i] = stands ? static_cast<std::uint8_t>(std::min(age_[i] + 1, settled_pictures)) : std::uint8_t{0};
      if (!stands) { offsets_[i] = 0; }
    }
    // Beside what moves one step is enough, a part at a time; else the rate limit alone says how much.
    const int settled = all ? 1 : settled_pictures;
    const float limit = all ? finest_ : std::max(-step, finest_);
    std::size_t left = all ? age_.size() : portion_;
    for (std::size_t n = 0; n < age_.size() && left > 0; ++n, at_ = (at_ + 1) % age_.size()) {
      if (age_[at_] < settled || offsets_[at_] <= limit) { continue; }
      offsets_[at_] = std::max(offsets_[at_] - step, limit);
      --left;
    }
    return offsets_.data();
  }

  // After it: what it took of what one may take.
  void took(std::size_t bytes, std::size_t budget_bytes) {
    if (bytes > budget_bytes / 4 * 3) { portion_ = std::max<std::size_t>(portion_ / 2, 1); }
    if (bytes < budget_bytes / 2) { portion_ = std::min(portion_ * 2, age_.size()); }
  }

 private:
  float finest_;
  std::vector<std::uint8_t> age_;
  std::vector<float> offsets_;
  std::size_t portion_, at_ = 0;
};

}  // namespace punktfunk
