// A test that needs what may fail.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <utility>

#include "base/result.h"
#include "contract/problems.h"

namespace punktfunk::test {

inline std::string told(const Failure& failure) {
  std::string words(text(failure.code));
  for (const std::string& parameter : failure.parameters) { words += " [" + parameter + "]"; }
  return words;
}

// The value; the test ends with the failure where there is none.
template <typename T>
T need(Result<T, Failure> result) {
  REQUIRE_MESSAGE(result, told(result.error()));
  return *std::move(result);
}

// The failure; the test ends where there is none.
template <typename T>
Failure refusal(const Result<T, Failure>& result) {
  REQUIRE(!result);
  return result.error();
}

}  // namespace punktfunk::test
