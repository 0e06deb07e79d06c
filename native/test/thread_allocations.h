// How often this thread has asked operator new for memory. C libraries' malloc is not counted, unless a test counts it:
// what they do with it is theirs.
#pragma once

#include <cstddef>

namespace punktfunk {

std::size_t thread_allocations();
// One more.
void count_allocation();

}  // namespace punktfunk
