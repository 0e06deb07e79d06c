// CLOCK_MONOTONIC, the clock of every stamp in this project.
#pragma once

#include <time.h>

#include <cstdint>

namespace punktfunk::client {

inline std::uint64_t monotonic_ns() noexcept {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000ull + static_cast<std::uint64_t>(now.tv_nsec);
}

}  // namespace punktfunk::client
