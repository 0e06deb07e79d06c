// A bounded run of measurements and its percentiles: the newest `capacity` values are kept.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace punktfunk::client {

struct Percentiles {
  std::uint64_t count = 0;
  double p50 = 0, p95 = 0, p99 = 0, max = 0;
};

class Samples {
 public:
  static constexpr std::size_t capacity = 1u << 16;

  void add(double value) {
    if (values_.size() < capacity) {
      values_.push_back(value);
    } else {
      values_[static_cast<std::size_t>(count_ % capacity)] = value;
    }
    ++count_;
  }

  // Nearest rank; zeros when nothing was measured.
  [[nodiscard]] Percentiles percentiles() const {
    Percentiles result{.count = count_};
    if (values_.empty()) { return result; }
    std::vector<double> sorted = values_;
    std::sort(sorted.begin(), sorted.end());
    const auto rank = [&](double share) {
      const auto place = static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size())));
      return sorted[std::max<std::size_t>(place, 1) - 1];
    };
    result.p50 = rank(0.50);
    result.p95 = rank(0.95);
    result.p99 = rank(0.99);
    result.max = sorted.back();
    return result;
  }

 private:
  std::vector<double> values_;
  std::uint64_t count_ = 0;
};

}  // namespace punktfunk::client
