// Failures as tests write them: "output_missing(DP-7, HEADLESS-1)".
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/result.h"
#include "contract/problems.h"

namespace punktfunk::test {

inline std::string text_of(const Failure& failure) {
  std::string all(text(failure.code));
  for (std::size_t i = 0; i < failure.parameters.size(); ++i) { all += (i == 0 ? "(" : ", ") + failure.parameters[i]; }
  return failure.parameters.empty() ? all : all + ")";
}
inline std::string text_of(const std::optional<Failure>& failure) {
  return failure ? text_of(*failure) : "";
}

// What was opened; null and the failure's text otherwise.
template <class T>
std::unique_ptr<T> opened(Result<std::unique_ptr<T>, Failure> result, std::string& failure) {
  failure = result ? "" : text_of(result.error());
  return result ? std::move(*result) : nullptr;
}

}  // namespace punktfunk::test
