// Blocks of a fixed length from chunks of any length: the sound server's cycle is its own (PipeWire's quantum, 64 to
// 8192 samples), an Opus packet takes 240 or 480.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

namespace punktfunk {

class Reblock {
 public:
  explicit Reblock(std::size_t block_samples) : partial_(block_samples) {}

  // Calls on_block(std::span<const float>) for every block that is complete; keeps the rest. Allocation-free.
  template <typename OnBlock>
  void push(std::span<const float> samples, OnBlock&& on_block) {
    while (!samples.empty()) {
      if (filled_ == 0 && samples.size() >= partial_.size()) {
        on_block(samples.first(partial_.size()));
        samples = samples.subspan(partial_.size());
        continue;
      }
      const std::size_t taken = std::min(samples.size(), partial_.size() - filled_);
      std::copy_n(samples.begin(), taken, partial_.begin() + static_cast<std::ptrdiff_t>(filled_));
      samples = samples.subspan(taken);
      filled_ += taken;
      if (filled_ < partial_.size()) { return; }
      filled_ = 0;
      on_block(std::span<const float>(partial_));
    }
  }
  // The block that has begun.
  [[nodiscard]] std::span<const float> partial() const { return std::span(partial_).first(filled_); }
  void clear() { filled_ = 0; }

 private:
  std::vector<float> partial_;
  std::size_t filled_ = 0;
};

}  // namespace punktfunk
