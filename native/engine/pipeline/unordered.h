// What may have been shown while no copy was ordered. Sans-I/O; nanoseconds of one clock.
//
// A compositor that copies when it is asked tells of nothing that it shows in between. A picture is asked for late when
// the one before it takes longer to be encoded than the stream has for it. What has changed on the screen by then is
// composed and copied at once: a copy that takes its time after its order was of something new, and nothing was missed.
// Else there were at most as many pictures as the stream could have had in that time; how many, nobody knows.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>

namespace punktfunk {

class UnorderedPictures {
 public:
  explicit UnorderedPictures(std::uint32_t fps) : interval_ns_(1'000'000'000u / std::max(fps, 1u)) {}

  // Between the picture before this one and its order, at most.
  std::uint64_t before(std::uint64_t ordered_ns, std::uint64_t presented_ns) {
    const std::uint64_t last_ns = std::exchange(last_ns_, presented_ns);
    if (last_ns == 0 || ordered_ns <= last_ns || presented_ns > ordered_ns + at_once_ns) { return 0; }
    return (ordered_ns - last_ns) / interval_ns_;
  }
  // Another source: what was shown between the two is nobody's.
  void forget() { last_ns_ = 0; }

 private:
  static constexpr std::uint64_t at_once_ns = 40'000'000;  // two compositions of a slow output

  std::uint64_t interval_ns_, last_ns_ = 0;
};

}  // namespace punktfunk
