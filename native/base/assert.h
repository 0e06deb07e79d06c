// What must be true where it stands, whatever came from outside: PF_ASSERT(condition). Tests, fuzzers and sanitizers
// end with the place; what people run does not look. A room is compiled once, for tests and for people, so this is
// decided at run time: an unlikely branch, never in the inner loops of a kernel.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace punktfunk {

// Tests turn it on before they begin (native/test/main.cpp); builds that nobody streams with have it on.
#if defined(NDEBUG) && !defined(PUNKTFUNK_ASSERTIONS)
inline constinit bool assertions_checked = false;
#else
inline constinit bool assertions_checked = true;
#endif

[[noreturn, gnu::cold]] inline void assertion_failed(const char* condition, const char* file, int line) noexcept {
  std::fprintf(stderr, "%s:%d: not true: %s\n", file, line, condition);
  std::abort();
}

}  // namespace punktfunk

#define PF_ASSERT(condition)                                          \
  do {                                                                \
    if (punktfunk::assertions_checked && !(condition)) [[unlikely]] { \
      punktfunk::assertion_failed(#condition, __FILE__, __LINE__);    \
    }                                                                 \
  } while (false)
