// When a picture went from each stage to the next, and how long pictures were in each. Every latency that anybody is
// told starts where the compositor presented the picture.
#pragma once

#include <cstdint>

#include "engine/histogram.h"

namespace punktfunk {

// Of monotonic_ns(), in this order: where one stage ends the next begins, so that the stages add up to the whole.
struct PictureTimes {
  std::uint64_t presented_ns = 0;  // by the compositor (capture/presentation.h)
  std::uint64_t taken_ns = 0;      // by the video thread
  std::uint64_t converted_ns = 0;  // waits from here for its slot and for room in the sender
  std::uint64_t begun_ns = 0;      // to be encoded
  std::uint64_t encoded_ns = 0;    // its last slice; waits from here for the picture before it to be sent
  std::uint64_t protected_ns = 0;  // all its packets are made
  std::uint64_t sent_ns = 0;       // the last of them is with the kernel
};

// One thread adds, another takes what was gathered since it asked last.
class StageHistograms {
 public:
  struct Summaries {
    Histogram::Summary capture, convert, wait, encode, protect, send, total;
  };

  void add(const PictureTimes& t) noexcept {
    capture_.add(t.taken_ns - t.presented_ns);
    convert_.add(t.converted_ns - t.taken_ns);
    wait_.add(t.begun_ns - t.converted_ns);
    encode_.add(t.encoded_ns - t.begun_ns);
    protect_.add(t.protected_ns - t.encoded_ns);
    send_.add(t.sent_ns - t.protected_ns);
    total_.add(t.sent_ns - t.presented_ns);
  }
  Summaries take() noexcept {
    return {capture_.take(), convert_.take(), wait_.take(), encode_.take(),
            protect_.take(), send_.take(),    total_.take()};
  }

 private:
  Histogram capture_, convert_, wait_, encode_, protect_, send_, total_;
};

}  // namespace punktfunk
