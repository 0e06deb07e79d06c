// Links that people stream over, by name.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "impair/link.h"

namespace punktfunk {

// In words (impair/link_words.h), as they stand in the table.
struct ScenarioStep {
  std::uint64_t from_ms;
  const char* down;  // host to client
  const char* up;
};

struct Scenario {
  const char* name;
  const char* what;
  const char* source;  // of its figures
  std::vector<ScenarioStep> steps;
  std::uint64_t repeat_ms;  // 0: the last state stays

  [[nodiscard]] Timeline down() const;
  [[nodiscard]] Timeline up() const;
};

std::span<const Scenario> scenarios();
// Null: there is none of this name.
const Scenario* find_scenario(std::string_view name);

}  // namespace punktfunk
