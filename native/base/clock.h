// The one clock: CLOCK_MONOTONIC. Programs of one machine share it, so that stamps of one are read by another.
#pragma once

#include <cstdint>
#include <ctime>

namespace punktfunk {

inline std::uint64_t clock_ns(clockid_t clock) noexcept {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(now.tv_nsec);
}

inline std::uint64_t monotonic_ns() noexcept {
  return clock_ns(CLOCK_MONOTONIC);
}

// Signed: for differences that may be negative, and timeouts of poll().
inline std::int64_t monotonic_ms() noexcept {
  return static_cast<std::int64_t>(monotonic_ns() / 1'000'000);
}

// CPU time of the calling thread.
inline std::uint64_t thread_cpu_ns() noexcept {
  return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

inline timespec timespec_of(std::uint64_t ns) noexcept {
  return {static_cast<time_t>(ns / 1'000'000'000u), static_cast<long>(ns % 1'000'000'000u)};
}

}  // namespace punktfunk
