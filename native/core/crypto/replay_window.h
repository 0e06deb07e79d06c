// Which of the last packet numbers were seen (the sliding window of RFC 6479, as a ring of words).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/assert.h"

namespace punktfunk {

class ReplayWindow {
 public:
  // Numbers at least this far behind the newest are refused unseen.
  static constexpr std::uint64_t bits = 8192;

  // False for a number that was marked before or is too old.
  [[nodiscard]] bool fresh(std::uint64_t number) const {
    if (!any_ || number > newest_) { return true; }
    return newest_ - number < bits && (word(number) >> number % 64 & 1) == 0;
  }

  // Only for numbers of packets that proved authentic.
  void mark(std::uint64_t number) {
    PF_ASSERT(fresh(number));
    if (!any_) {
      any_ = true;
      newest_ = number;
    } else if (number > newest_) {
      const std::uint64_t from = newest_ / 64, to = number / 64;
      for (std::uint64_t w = from + 1; w <= to && w - from <= words_.size(); ++w) { words_[w % words_.size()] = 0; }
      newest_ = number;
    }
    words_[number / 64 % words_.size()] |= std::uint64_t{1} << number % 64;
  }

 private:
  [[nodiscard]] std::uint64_t word(std::uint64_t number) const { return words_[number / 64 % words_.size()]; }

  // One word more than the window: the newest word is only partly behind the newest number.
  std::array<std::uint64_t, bits / 64 + 1> words_{};
  std::uint64_t newest_ = 0;
  bool any_ = false;
};

}  // namespace punktfunk
