// Refuses a control message whose sequence number was taken before, or is too old to tell. Client sequence numbers rise
// by one a message, but messages of different ENet channels overtake each other, and a retransmission may come seconds
// late.
#pragma once

#include <cstdint>

#include "engine/checkpoint.h"

namespace punktfunk {

class ControlReplayWindow {
 public:
  // Works in place, so that a successor engine finds what was taken. One thread.
  explicit ControlReplayWindow(ReplayState& state) : state_(state) {}

  [[nodiscard]] bool fresh(std::uint32_t sequence) const noexcept {
    const std::uint64_t next = state_.next.load(std::memory_order_relaxed);
    if (sequence >= next) { return true; }
    return next - sequence <= ReplayState::window &&
           (word(sequence).load(std::memory_order_relaxed) & bit(sequence)) == 0;
  }

  // Only for messages that proved authentic: a number from outside may not move the window.
  void take(std::uint32_t sequence) noexcept {
    const std::uint64_t next = state_.next.load(std::memory_order_relaxed);
    if (sequence >= next) {
      const std::uint64_t first = sequence - next >= ReplayState::window ? sequence - ReplayState::window + 1 : next;
      for (std::uint64_t skipped = first; skipped <= sequence; ++skipped) { change(skipped, false); }
    }
    change(sequence, true);
    if (sequence >= next) { state_.next.store(std::uint64_t{sequence} + 1, std::memory_order_release); }
  }

 private:
  [[nodiscard]] std::atomic<std::uint64_t>& word(std::uint64_t sequence) const noexcept {
    return state_.taken[sequence % ReplayState::window / 64];
  }
  static std::uint64_t bit(std::uint64_t sequence) noexcept { return std::uint64_t{1} << sequence % 64; }
  void change(std::uint64_t sequence, bool taken) noexcept {
    const std::uint64_t before = word(sequence).load(std::memory_order_relaxed);
    word(sequence).store(taken ? before | bit(sequence) : before & ~bit(sequence), std::memory_order_release);
  }

  ReplayState& state_;
};

}  // namespace punktfunk
