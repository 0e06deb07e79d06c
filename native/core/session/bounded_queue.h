// A queue of fixed room: when it is full the oldest falls out.
#pragma once

#include <array>
#include <cstddef>

#include "base/assert.h"

namespace punktfunk {

template <typename T, std::size_t Room>
class BoundedQueue {
 public:
  void push(const T& item) {
    PF_ASSERT(count_ <= Room && first_ < Room);
    if (count_ == Room) {
      first_ = (first_ + 1) % Room;
      --count_;
    }
    items_[(first_ + count_++) % Room] = item;
  }
  bool pop(T& item) {
    if (count_ == 0) { return false; }
    item = items_[first_];
    first_ = (first_ + 1) % Room;
    --count_;
    return true;
  }
  [[nodiscard]] bool empty() const { return count_ == 0; }

 private:
  std::array<T, Room> items_{};
  std::size_t first_ = 0, count_ = 0;
};

}  // namespace punktfunk
