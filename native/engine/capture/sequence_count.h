// How many pictures a producer has shown, by the numbers that it gives them: one that is missing was shown and never
// came.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

namespace punktfunk {

class SequenceCount {
 public:
  void add(std::uint64_t number) {
    const std::uint64_t step = number - std::exchange(last_, number);  // around the largest number, too
    if (frames_ == 0) {
      frames_ = 1;
    } else if (step == 0 || step > largest_step) {
      counts_ = false;  // it does not count (Mutter of 2024 says 0), or has begun anew: nothing is known from here on
    } else {
      frames_ += step;
    }
  }
  // It was no picture.
  void pass_over(std::uint64_t number) { last_ = number; }

  // Nothing: the producer does not count, or there are too few of them to see it.
  [[nodiscard]] std::optional<std::uint64_t> frames() const {
    return counts_ && frames_ > 1 ? std::optional(frames_) : std::nullopt;
  }

 private:
  static constexpr std::uint64_t largest_step = 10'000;

  std::uint64_t last_ = 0, frames_ = 0;
  bool counts_ = true;
};

}  // namespace punktfunk
