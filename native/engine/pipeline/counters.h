// What the threads of the pipeline count. Each field has one writer; the supervisor reads.
#pragma once

#include <atomic>
#include <cstdint>

#include "engine/pipeline/histogram.h"

namespace punktfunk {

struct PipelineCounters {
  // video thread
  std::atomic<std::uint64_t> captured{0}, dropped{0}, encoded{0}, idr{0};
  std::atomic<std::uint64_t> cpu_capture_ns{0}, cpu_convert_ns{0};
  Histogram capture, convert, encode;
  // send thread
  std::atomic<std::uint64_t> sent{0}, cut_short{0};
  std::atomic<std::uint64_t> cpu_protect_ns{0}, cpu_send_ns{0};
  Histogram protect, send, total;
};

inline void add(std::atomic<std::uint64_t>& counter, std::uint64_t n) {
  counter.fetch_add(n, std::memory_order_relaxed);
}

}  // namespace punktfunk
