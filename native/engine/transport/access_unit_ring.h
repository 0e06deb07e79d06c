// Access units on their way from the video thread to the send thread: a few slots, made once. When all are taken the
// video thread does not encode: the newest picture waits and replaces the one that waited before it. So no encoded
// frame, to which others refer, is ever dropped here, and none is older than the slots are many.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/assert.h"
#include "engine/transport/media_sender.h"

namespace punktfunk {

struct AccessUnit {
  std::unique_ptr<std::uint8_t[]> bytes;
  std::size_t size = 0;
  bool idr = false;
  PictureInfo picture;
};

class AccessUnitRing {
 public:
  static constexpr std::size_t slots = 3;

  explicit AccessUnitRing(std::size_t max_access_unit_bytes) : capacity_(max_access_unit_bytes) {
    for (AccessUnit& u : units_) { u.bytes = std::make_unique_for_overwrite<std::uint8_t[]>(capacity_); }
  }

  [[nodiscard]] std::size_t capacity() const { return capacity_; }

  // Video thread: the slot to fill, or null when all are taken; then push() what was filled.
  [[nodiscard]] bool full() const { return head_.load(std::memory_order_relaxed) - tail_.load() == slots; }
  AccessUnit* free_slot() { return full() ? nullptr : &units_[head_.load(std::memory_order_relaxed) % slots]; }
  void push() {
    PF_ASSERT(!full());
    head_.fetch_add(1);
  }

  // Send thread: the oldest, or null; it stays taken until pop(). pop() returns true when the video thread may be
  // waiting for the slot.
  AccessUnit* front() {
    const std::size_t tail = tail_.load(std::memory_order_relaxed);
    return head_.load() != tail ? &units_[tail % slots] : nullptr;
  }
  bool pop() {
    PF_ASSERT(front() != nullptr);
    const std::size_t tail = tail_.fetch_add(1);
    return head_.load() - tail == slots;  // after tail_ moved: whoever saw it full before is seen here
  }

 private:
  std::size_t capacity_;
  std::array<AccessUnit, slots> units_;
  std::atomic<std::size_t> head_{0}, tail_{0};
};

}  // namespace punktfunk
