// What the video thread counts; the supervisor reads.
#pragma once

#include <atomic>
#include <cstdint>

namespace punktfunk {

struct VideoCounters {
  std::atomic<std::uint64_t> captured{0}, dropped{0}, encoded{0}, idr{0};
  std::atomic<std::uint64_t> shown{0};         // by the compositor, at most
  std::atomic<bool> shown_known{false};        // it tells
  std::atomic<std::uint32_t> bitrate_kbps{0};  // that the encoder has
  std::atomic<std::uint64_t> cpu_capture_ns{0}, cpu_convert_ns{0};
};

inline void add(std::atomic<std::uint64_t>& counter, std::uint64_t n) {
  counter.fetch_add(n, std::memory_order_relaxed);
}

}  // namespace punktfunk
