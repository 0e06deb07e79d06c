// poll() with a point in time instead of a duration.
#pragma once

#include <poll.h>

#include <cstdint>
#include <span>

#include "base/clock.h"

namespace punktfunk {

inline constexpr std::uint64_t never_ns = ~std::uint64_t{0};  // in 584 years

// Waits until one of the descriptors is ready, a signal comes, or the clock (monotonic_ns) stands at until_ns. Returns
// what poll() does.
inline int poll_until(std::span<pollfd> fds, std::uint64_t until_ns) noexcept {
  const std::uint64_t now = monotonic_ns();
  const timespec left = timespec_of(until_ns > now ? until_ns - now : 0);
  return ppoll(fds.data(), fds.size(), &left, nullptr);
}

}  // namespace punktfunk
