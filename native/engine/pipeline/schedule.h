// When a picture may be encoded: never faster than the stream, and a still one again now and then. Sans-I/O;
// nanoseconds of one clock.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/poll_until.h"

namespace punktfunk {

class FrameSchedule {
 public:
  static constexpr std::uint64_t refine_ns = 100'000'000;  // after this silence the picture is sent again, sharper
  static constexpr unsigned refinements = 2;
  static constexpr std::uint64_t keep_alive_ns = 1'000'000'000;  // and then so often, so that the client sees life

  explicit FrameSchedule(std::uint32_t fps) : interval_ns_(1'000'000'000u / std::max(fps, 1u)) {}

  // Before this no encode begins. A frame that comes up to half an interval early is taken at once (a compositor's
  // clock jitters), but in the long run there are never more than fps a second.
  [[nodiscard]] std::uint64_t slot_ns() const { return due_ns_ - std::min(due_ns_, interval_ns_ / 2); }

  // When the last picture is encoded once more if nothing new comes.
  [[nodiscard]] std::uint64_t repeat_ns() const { return repeat_ns_; }

  // An encode begins. fresh: of a new picture, or an IDR, whose quality has to grow again.
  void encoded(std::uint64_t now_ns, bool fresh) {
    due_ns_ = std::max(due_ns_, now_ns) + interval_ns_;
    repeats_ = fresh ? 0 : repeats_ + 1;
    repeat_ns_ = now_ns + (repeats_ < refinements ? refine_ns : keep_alive_ns);
  }

 private:
  std::uint64_t interval_ns_, due_ns_ = 0, repeat_ns_ = never_ns;
  unsigned repeats_ = 0;
};

}  // namespace punktfunk
