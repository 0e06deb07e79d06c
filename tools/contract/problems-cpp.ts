// The codes of problems in C++, and a maker of a failure for each.

type Table = Readonly<Record<string, Readonly<Record<string, 'text' | 'whole'>>>>;

const argument = { text: 'std::string_view', whole: 'std::uint64_t' } as const;

export function problemsHeader(table: Table): string {
  const makers = Object.entries(table).map(([code, parameters]) => {
    const list = Object.entries(parameters).map(([name, kind]) => `${argument[kind]} ${name}`);
    return `Failure ${code}(${list.join(', ')});`;
  });
  return `// What can go wrong in an engine: a code and parameters. Sentences and cures are in src/errors.ts.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace punktfunk {

enum class ProblemCode : std::uint8_t {
${Object.keys(table)
  .map((code) => `  ${code},`)
  .join('\n')}
};
inline constexpr std::size_t problem_codes = ${Object.keys(table).length};

[[nodiscard]] std::string_view text(ProblemCode code);
[[nodiscard]] std::span<const std::string_view> parameter_names(ProblemCode code);

struct Failure {
  ProblemCode code{};
  std::vector<std::string> parameters{};  // as parameter_names() has them

  bool operator==(const Failure&) const = default;
};

// One maker a code. Parameters are cut to what a message carries.
namespace problem {
${makers.join('\n')}
}  // namespace problem

}  // namespace punktfunk
`;
}

export function problemsSource(table: Table): string {
  const codes = Object.entries(table);
  const makers = codes.map(([code, parameters]) => {
    const list = Object.entries(parameters);
    const signature = list.map(([name, kind]) => `${argument[kind]} ${name}`).join(', ');
    const values = list.map(([name, kind]) => (kind === 'whole' ? `std::to_string(${name})` : `cut(${name})`));
    return `Failure ${code}(${signature}) { return {ProblemCode::${code}, {${values.join(', ')}}}; }`;
  });
  const arrays = codes
    .filter(([, parameters]) => Object.keys(parameters).length > 0)
    .map(([code, parameters]) => {
      const names = Object.keys(parameters).map((name) => `"${name}"`);
      return `constexpr std::string_view names_of_${code}[] = {${names.join(', ')}};`;
    });
  const cases = codes
    .filter(([, parameters]) => Object.keys(parameters).length > 0)
    .map(([code]) => `    case ProblemCode::${code}: return names_of_${code};`);
  return `#include "contract/problems.h"

#include "contract/cut.h"

namespace punktfunk {
namespace {

constexpr std::string_view texts[] = {
${codes.map(([code]) => `    "${code}",`).join('\n')}
};
${arrays.join('\n')}

}  // namespace

std::string_view text(ProblemCode code) {
  return texts[static_cast<std::size_t>(code)];
}

std::span<const std::string_view> parameter_names(ProblemCode code) {
  switch (code) {
${cases.join('\n')}
    default: return {};
  }
}

namespace problem {

using contract::cut;

${makers.join('\n')}

}  // namespace problem
}  // namespace punktfunk
`;
}
