// When a picture was presented, where all its latencies start.
#pragma once

#include <cstdint>

namespace punktfunk {

constexpr std::uint64_t believable_presentation_age_ns = 1'000'000'000;

// The presentations of one source's pictures.
class Presentations {
 public:
  // said_ns: the producer's word for it. It may be missing (0; gamescope's -1), of another clock, ahead of the arrival
  // here, or of long ago (Mutter's first pictures): it is believed when it lies within the second before the arrival,
  // and not before the picture before. Else the picture counts as presented when it arrived, the latest moment that is
  // true.
  constexpr std::uint64_t next(std::int64_t said_ns, std::uint64_t arrived_ns) {
    const auto said = static_cast<std::uint64_t>(said_ns);  // a negative one lies far ahead
    const bool believable =
        said >= last_ns_ && said <= arrived_ns && arrived_ns - said <= believable_presentation_age_ns;
    return last_ns_ = believable ? said : arrived_ns;
  }

 private:
  std::uint64_t last_ns_ = 0;
};

}  // namespace punktfunk
