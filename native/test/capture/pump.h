// Drives a source as the pipeline does: wait on its descriptor, dispatch, take the newest frame, give it back.
#pragma once

#include <poll.h>

#include <algorithm>

#include "base/clock.h"
#include "engine/capture/source.h"

namespace punktfunk {

// Calls on_frame for each frame until it returns true, the source ends or duration_ms has passed. True when on_frame
// ended it.
template <class OnFrame>
bool pump(FrameSource& source, unsigned duration_ms, OnFrame on_frame) {
  const std::uint64_t deadline_ns = monotonic_ns() + std::uint64_t{duration_ms} * 1'000'000;
  for (;;) {
    if (!source.dispatch()) { return false; }
    Frame frame;
    while (source.next(frame)) {
      const bool done = on_frame(frame);
      source.release(frame);
      if (done) { return true; }
    }
    const std::uint64_t now_ns = monotonic_ns();
    if (now_ns >= deadline_ns) { return false; }
    pollfd ready{source.poll_fd(), POLLIN, 0};
    poll(&ready, 1, static_cast<int>((deadline_ns - now_ns) / 1'000'000 + 1));
  }
}

}  // namespace punktfunk
