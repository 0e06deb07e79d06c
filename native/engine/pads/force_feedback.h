// The effects that programs have put into a pad of uinput's, and what its motors do by them at a time. Pure.
#pragma once

#include <linux/input.h>

#include <array>
#include <cstdint>

#include "engine/input/pad_feedback.h"

namespace punktfunk {

class ForceFeedback {
 public:
  static constexpr std::uint16_t max_effects = 16;

  // False: this pad has no such effect.
  bool put(const ff_effect& effect);
  void remove(int id);
  // times 0: it stops.
  void play(int id, int times, std::uint64_t now_ns);
  void gain(int of_65535);
  // pad is 0.
  [[nodiscard]] Rumble at(std::uint64_t now_ns) const;
  // When at() changes by itself next; 0 = it does not.
  [[nodiscard]] std::uint64_t next_change_ns(std::uint64_t now_ns) const;

 private:
  struct Effect {
    bool there = false;
    std::uint16_t low = 0, high = 0;
    std::uint32_t delay_ms = 0, length_ms = 0;  // length 0 = for ever
    std::uint64_t begins_ns = 0, ends_ns = 0;   // while it plays; both 0 = it does not
  };
  std::array<Effect, max_effects> effects_;
  std::uint32_t gain_ = 0xFFFF;
};

}  // namespace punktfunk
