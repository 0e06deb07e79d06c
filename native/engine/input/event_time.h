// The time stamp of injected events.
#pragma once

#include <cstdint>

#include "base/clock.h"

namespace punktfunk {

// CLOCK_MONOTONIC in milliseconds, as compositors stamp their own devices.
inline std::uint32_t event_time_ms() {
  return static_cast<std::uint32_t>(monotonic_ns() / 1'000'000);
}

}  // namespace punktfunk
