// The time stamp of injected events.
#pragma once

#include <time.h>

#include <cstdint>

namespace punktfunk {

// CLOCK_MONOTONIC in milliseconds, as compositors stamp their own devices.
inline std::uint32_t event_time_ms() noexcept {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint32_t>(now.tv_sec * 1000 + now.tv_nsec / 1'000'000);
}

}  // namespace punktfunk
