// How late something happened, as a distribution: to the microsecond up to four milliseconds, to the millisecond up to
// four seconds, and what is beyond as its largest.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace punktfunk {

class Lateness {
 public:
  void add(std::uint64_t ns) {
    const std::uint64_t us = ns / 1000;
    ++counts_[us < fine ? us : std::min(fine + us / 1000, counts_.size() - 1)];
    ++count_;
    max_us_ = std::max(max_us_, us);
  }
  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] std::uint64_t max_us() const { return max_us_; }
  // Nearest rank; 0 when there is nothing.
  [[nodiscard]] std::uint64_t percentile_us(double share) const {
    const double rank = share * static_cast<double>(count_);
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i + 1 < counts_.size(); ++i) {
      seen += counts_[i];
      if (seen > 0 && static_cast<double>(seen) >= rank) { return i < fine ? i : (i - fine) * 1000; }
    }
    return max_us_;
  }

 private:
  static constexpr std::size_t fine = 4000;
  std::array<std::uint64_t, 2 * fine + 1> counts_{};
  std::uint64_t count_ = 0, max_us_ = 0;
};

}  // namespace punktfunk
