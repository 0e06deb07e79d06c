// How many cases of a long random test run: all of them, or an eighth where each takes many times as long, under a
// sanitizer or in an emulator (PUNKTFUNK_SLOW_MACHINE). The plain build on a machine's own processor
// runs all of them.
#pragma once

#include <cstddef>

namespace test {

constexpr std::size_t case_count(std::size_t all) noexcept {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || defined(PUNKTFUNK_SLOW_MACHINE)
  return all / 8;
#else
  return all;
#endif
}

}  // namespace test
