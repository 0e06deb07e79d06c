// A test that needs what may fail.
#pragma once

#include <doctest/doctest.h>

#include <utility>

#include "base/result.h"
#include "contract/problems.h"
#include "test/failure_text.h"

namespace punktfunk::test {

// The value; the test ends with the failure where there is none.
template <typename T>
T need(Result<T, Failure> result) {
  REQUIRE_MESSAGE(result, text_of(result.error()));
  return *std::move(result);
}

// The failure; the test ends where there is none.
template <typename T>
Failure refusal(const Result<T, Failure>& result) {
  REQUIRE(!result);
  return result.error();
}

}  // namespace punktfunk::test
