// When a picture may be encoded: never faster than the stream in the long run, and a still one again now and then.
// Sans-I/O; nanoseconds of one clock.
//
// A picture that comes after its slot is encoded as it comes, and the slots after it stay where they were: two
// intervals of lateness are made up for, so that a source at the stream's own rate is never early, whatever held it up.
// One that comes before its slot would grow old waiting; of a source that is faster than the stream the next one is
// younger, so that one is taken, and this one only if none follows.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/poll_until.h"

namespace punktfunk {

class FrameSchedule {
 public:
  // After this silence the picture is sent again, sharper. Letters that are typed come faster: none of them finds the
  // encoder at work on the picture before it.
  static constexpr std::uint64_t rest_ns = 100'000'000;
  // And then so often: as sharp as it gets, in half a second. Each time has the bits of one picture, so that it takes
  // many where much has changed; else it is done when the encoder has gone its steps (encode/still_quality.h).
  static constexpr std::uint64_t refine_ns = 25'000'000;
  static constexpr unsigned refinements = 16, least_refinements = 4;
  static constexpr std::uint64_t keep_alive_ns = 1'000'000'000;  // and then so often, so that the client sees life

  explicit FrameSchedule(std::uint32_t fps) : interval_ns_(1'000'000'000u / std::max(fps, 1u)) {}

  // Before this no encode begins: a little before the slot, since a compositor's clock jitters.
  [[nodiscard]] std::uint64_t slot_ns() const { return slot_ns_ - std::min(slot_ns_, interval_ns_ / 8); }

  // When the newest picture is encoded if none follows it.
  [[nodiscard]] std::uint64_t due_ns() const { return due_ns_; }

  // When the last picture is encoded once more if nothing new comes.
  [[nodiscard]] std::uint64_t repeat_ns() const { return repeat_ns_; }

  // A new picture is there. One more is expected after as much time as lay between this one and the one before, and a
  // quarter, but not for longer than a slot.
  void arrived(std::uint64_t now_ns) {
    const std::uint64_t gap_ns = now_ns - std::min(now_ns, arrived_ns_);
    const std::uint64_t following_ns = now_ns + std::min(gap_ns + gap_ns / 4, interval_ns_ + interval_ns_ / 4);
    due_ns_ = now_ns >= slot_ns() ? now_ns : std::max(slot_ns(), following_ns);
    arrived_ns_ = now_ns;
  }

  // An encode begins. fresh: of a new picture, or an IDR, whose quality has to grow again. At a low rate a repetition
  // would take the slot of the picture that follows: that one is waited for.
  void encoded(std::uint64_t now_ns, bool fresh) {
    slot_ns_ = std::max(slot_ns_, now_ns - std::min(now_ns, 2 * interval_ns_)) + interval_ns_;
    repeats_ = fresh ? 0 : repeats_ + 1;
    const std::uint64_t silence_ns = repeats_ == 0 ? rest_ns : repeats_ < refinements ? refine_ns : keep_alive_ns;
    repeat_ns_ = now_ns + std::max(silence_ns, interval_ns_ + interval_ns_ / 4);
    encoded_ns_ = now_ns;
  }

  // The repetition that was encoded last added next to nothing.
  void hardly_finer() {
    if (repeats_ < least_refinements || repeats_ >= refinements) { return; }
    repeats_ = refinements;
    repeat_ns_ = encoded_ns_ + keep_alive_ns;
  }

 private:
  std::uint64_t interval_ns_, slot_ns_ = 0, due_ns_ = 0, arrived_ns_ = 0, encoded_ns_ = 0, repeat_ns_ = never_ns;
  unsigned repeats_ = 0;
};

}  // namespace punktfunk
