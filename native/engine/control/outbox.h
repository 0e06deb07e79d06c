// Messages for a client on their way from any thread to the link's.
#pragma once

#include <array>
#include <cstddef>
#include <mutex>
#include <optional>

#include "engine/control/control_link.h"

namespace punktfunk {

class Outbox {
 public:
  // A pad's motors are told a few times a second; a client that does not take so many is slow or gone.
  static constexpr std::size_t max_messages = 64;

  // Any thread. False when it is full, or nobody is there to be told.
  bool put(const ToClient& message) {
    const std::lock_guard lock(mutex_);
    if (!open_ || count_ == max_messages) { return false; }
    messages_[(first_ + count_++) % max_messages] = message;
    return true;
  }

  // The link's thread.
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
  }
  // What is left is for nobody.
  void close() {
    const std::lock_guard lock(mutex_);
    open_ = false;
    count_ = 0;
  }
  std::optional<ToClient> take() {
    const std::lock_guard lock(mutex_);
    if (count_ == 0) { return std::nullopt; }
    const ToClient message = messages_[first_];
    first_ = (first_ + 1) % max_messages;
    --count_;
    return message;
  }

 private:
  std::mutex mutex_;
  std::array<ToClient, max_messages> messages_;
  std::size_t first_ = 0, count_ = 0;
  bool open_ = false;
};

}  // namespace punktfunk
