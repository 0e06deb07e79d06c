// How often this thread has asked operator new for memory. C libraries' malloc is not counted: what they do with it is
// theirs.
#pragma once

#include <cstddef>

namespace punktfunk::test {

std::size_t thread_allocations();

}  // namespace punktfunk::test
