// Each picture that was sent, while somebody looks at them: the send thread puts, the supervisor takes. What finds no
// room is left out; nothing waits.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "engine/picture_times.h"

namespace punktfunk {

struct SentPicture {
  PictureTimes times;
  std::uint32_t frame = 0;  // its number on the wire
  std::uint32_t bytes = 0;
  bool idr = false;
};

class SentPictures {
 public:
  static constexpr std::size_t max_pictures = 512;  // a second of the fastest stream

  // Any thread.
  void watch(bool on) noexcept { watched_.store(on, std::memory_order_relaxed); }
  [[nodiscard]] bool watched() const noexcept { return watched_.load(std::memory_order_relaxed); }

  void put(const SentPicture& picture) noexcept {
    if (!watched()) { return; }
    const std::size_t head = head_.load(std::memory_order_relaxed);
    if (head - tail_.load(std::memory_order_acquire) == max_pictures) { return; }
    pictures_[head % max_pictures] = picture;
    head_.store(head + 1, std::memory_order_release);
  }

  // Hands out what there is, the oldest first.
  template <typename Take>
  void drain(Take take) {
    const std::size_t head = head_.load(std::memory_order_acquire);
    std::size_t tail = tail_.load(std::memory_order_relaxed);
    for (; tail != head; ++tail) { take(pictures_[tail % max_pictures]); }
    tail_.store(tail, std::memory_order_release);
  }

 private:
  std::atomic<bool> watched_{false};
  std::atomic<std::size_t> head_{0}, tail_{0};
  // Not initialised, so that its pages are none as long as nobody looks.
  std::unique_ptr<SentPicture[]> pictures_ = std::make_unique_for_overwrite<SentPicture[]>(max_pictures);
};

}  // namespace punktfunk
