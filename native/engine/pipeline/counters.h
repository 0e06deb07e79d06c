// What the video thread counts; the supervisor reads.
#pragma once

#include <atomic>
#include <cstdint>

#include "engine/histogram.h"

namespace punktfunk {

struct VideoCounters {
  std::atomic<std::uint64_t> captured{0}, dropped{0}, encoded{0}, idr{0};
  std::atomic<std::uint64_t> cpu_capture_ns{0}, cpu_convert_ns{0};
  Histogram capture, convert, encode;
};

inline void add(std::atomic<std::uint64_t>& counter, std::uint64_t n) {
  counter.fetch_add(n, std::memory_order_relaxed);
}

}  // namespace punktfunk
