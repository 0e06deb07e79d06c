// Samples on their way from PipeWire's data loop to the thread that sends: one writer, one reader, no lock.
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <span>
#include <vector>

namespace punktfunk {

class SampleRing {
 public:
  // Holds at least so many samples.
  explicit SampleRing(std::size_t capacity) : samples_(std::bit_ceil(capacity)) {}

  // Writer. False, and nothing is taken, when there is no room.
  bool write(std::span<const float> in) noexcept {
    const std::size_t at = written_.load(std::memory_order_relaxed);
    if (in.size() > samples_.size() - (at - read_.load(std::memory_order_acquire))) { return false; }
    const std::size_t start = at & (samples_.size() - 1), first = std::min(in.size(), samples_.size() - start);
    std::copy_n(in.begin(), first, samples_.begin() + static_cast<std::ptrdiff_t>(start));
    std::copy(in.begin() + static_cast<std::ptrdiff_t>(first), in.end(), samples_.begin());
    written_.store(at + in.size(), std::memory_order_release);
    return true;
  }

  // Reader. The oldest samples that lie side by side, at most so many: valid until they are dropped.
  [[nodiscard]] std::span<const float> front(std::size_t most) const noexcept {
    const std::size_t at = read_.load(std::memory_order_relaxed), start = at & (samples_.size() - 1);
    return {samples_.data() + start, std::min({most, size(), samples_.size() - start})};
  }
  void drop(std::size_t count) noexcept {
    read_.store(read_.load(std::memory_order_relaxed) + count, std::memory_order_release);
  }
  [[nodiscard]] std::size_t size() const noexcept {
    return written_.load(std::memory_order_acquire) - read_.load(std::memory_order_relaxed);
  }

 private:
  std::vector<float> samples_;
  std::atomic<std::size_t> written_ = 0, read_ = 0;  // ever
};

}  // namespace punktfunk
