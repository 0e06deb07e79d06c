// Structs, reader and writer in C++ from the schemas of the messages.

import { isNumbers, isUnion, isWords, named, need, optionalOf, type Shape } from './shape.ts';

const hex16 = '^[0-9a-f]{32}$';

/** The array of an enumeration's words: words_of_capture_kind. */
const wordsOf = (title: string): string => `words_of${title.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`;

function typeOf(shape: Shape): string {
  const optional = optionalOf(shape);
  if (optional) return `std::optional<${typeOf(optional)}>`;
  if (isNumbers(shape)) return 'std::uint32_t';
  if (shape.title !== undefined) return shape.title === 'Failure' ? 'Failure' : shape.title;
  switch (shape.type) {
    case 'string':
      return 'std::string';
    case 'boolean':
      return 'bool';
    case 'number':
      return 'double';
    case 'array':
      return `std::vector<${typeOf(need(shape.items, 'items', shape))}>`;
    case 'integer': {
      const most = need(shape.maximum, 'a maximum', shape);
      return most <= 0xffff ? 'std::uint16_t' : most <= 0xffff_ffff ? 'std::uint32_t' : 'std::uint64_t';
    }
    default:
      throw new Error(`No C++ type is known for ${JSON.stringify(shape)}`);
  }
}

/** Bounds, as arguments behind the value that is read. */
function bounds(shape: Shape): string {
  if (isNumbers(shape)) return `, Numbers<${need(shape.enum, 'values', shape).join(', ')}>{}`;
  if (shape.title !== undefined) return '';
  const optional = optionalOf(shape);
  if (optional) return bounds(optional);
  switch (shape.type) {
    case 'array':
      return `, ${need(shape.maxItems, 'maxItems', shape)}${bounds(need(shape.items, 'items', shape))}`;
    case 'string':
      if (shape.pattern === undefined) return `, ${need(shape.maxLength, 'a maxLength', shape)}`;
      if (shape.pattern === hex16) return ', Hex{32}';
      throw new Error(`The C++ reader does not know the pattern ${shape.pattern}`);
    case 'integer':
      return `, ${need(shape.minimum, 'a minimum', shape)}u, ${need(shape.maximum, 'a maximum', shape)}u, ${shape.multipleOf ?? 1}`;
    default:
      return '';
  }
}

const fieldsOf = (shape: Shape) =>
  Object.entries(need(shape.properties, 'properties', shape)).filter(([, field]) => field.const === undefined);

function declaration(shape: Shape): string {
  const title = need(shape.title, 'a title', shape);
  if (isWords(shape)) {
    const values = need(shape.enum, 'values', shape).join(', ');
    return `enum class ${title} : std::uint8_t { ${values} };\n[[nodiscard]] std::string_view text(${title} value);\n`;
  }
  if (isUnion(shape)) return `using ${title} = std::variant<${(shape.anyOf ?? []).map(typeOf).join(', ')}>;\n`;
  const members = fieldsOf(shape).map(([name, field]) => `  ${typeOf(field)} ${name}{};\n`);
  return `struct ${title} {\n${members.join('')}\n  bool operator==(const ${title}&) const = default;\n};\n`;
}

export function headerOf(roots: readonly Shape[], max_bytes: number, latency_edges_us: readonly number[]): string {
  return `// What host and engine say to each other; what fields mean is said in src/contract.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "contract/problems.h"

namespace punktfunk::contract {

inline constexpr std::size_t max_message_bytes = ${max_bytes};
inline constexpr std::uint32_t latency_edges_us[] = {${latency_edges_us.join(', ')}};

${named(roots).map(declaration).join('\n')}
// A message as JSON, or the place of what is missing, unknown or out of range in it: "video.fps: must be at most 1000".
${roots.map((root) => `[[nodiscard]] Result<${root.title}, std::string> read_${snake(root)}(std::string_view json);`).join('\n')}
${roots.map((root) => `[[nodiscard]] std::string write(const ${root.title}& message);`).join('\n')}

}  // namespace punktfunk::contract
`;
}

const snake = (shape: Shape) =>
  need(shape.title, 'a title', shape)
    .replace(/(?<=[a-z])[A-Z]/g, '_$&')
    .toLowerCase();

const tagOf = (union: Shape, variant: Shape) =>
  need(variant.properties?.[union.tag ?? '']?.const, `the tag ${union.tag}`, variant);

function reader(shape: Shape): string {
  const title = need(shape.title, 'a title', shape);
  if (isWords(shape)) {
    return `static bool read(const Value& v, ${title}& out) {\n  return v.word(${wordsOf(title)}, out);\n}\n`;
  }
  if (isUnion(shape)) {
    const cases = (shape.anyOf ?? []).map(
      (variant) =>
        `  if (tag == "${tagOf(shape, variant)}") { return read(v, out.emplace<${need(variant.title, 'a title', variant)}>()); }\n`,
    );
    return `static bool read(const Value& v, ${title}& out) {\n  const std::string_view tag = v.tag("${shape.tag}");\n${cases.join('')}  return v.unknown_tag("${shape.tag}");\n}\n`;
  }
  const names = Object.keys(shape.properties ?? {}).map((name) => `"${name}"`);
  const fields = fieldsOf(shape);
  const reads = fields.map(([name, field]) => ` &&\n      read(v["${name}"], out.${name}${bounds(field)})`);
  return `static bool read(const Value& v, ${title}& ${fields.length > 0 ? 'out' : '/*out*/'}) {\n  return v.object({${names.join(', ')}})${reads.join('')};\n}\n`;
}

function writer(shape: Shape): string {
  const title = need(shape.title, 'a title', shape);
  if (isWords(shape))
    return `std::string_view text(${title} value) {\n  return ${wordsOf(title)}[static_cast<std::size_t>(value)];\n}\n`;
  if (isUnion(shape))
    return `static Json json(const ${title}& value) {\n  return std::visit([](const auto& one) { return json(one); }, value);\n}\n`;
  const entries = Object.entries(shape.properties ?? {}).map(([name, field]) =>
    field.const !== undefined ? `      {"${name}", "${field.const}"},\n` : `      {"${name}", json(value.${name})},\n`,
  );
  const used = fieldsOf(shape).length > 0 ? 'value' : '/*value*/';
  return `static Json json(const ${title}& ${used}) {\n  return Json::object({\n${entries.join('')}  });\n}\n`;
}

export function sourceOf(roots: readonly Shape[]): string {
  const all = named(roots);
  const tables = all.filter(isWords).map(
    (shape) =>
      `constexpr std::string_view ${wordsOf(need(shape.title, 'a title', shape))}[] = {${need(
        shape.enum,
        'values',
        shape,
      )
        .map((word) => `"${word}"`)
        .join(', ')}};\n`,
  );
  const enums = all.filter(isWords);
  const rest = all.filter((shape) => !isWords(shape));
  return `#include "contract/json.h"
#include "contract/messages.h"

namespace punktfunk::contract {
namespace {

${tables.join('')}
}  // namespace

${enums.map(writer).join('\n')}
${enums.map((shape) => `static Json json(${shape.title} value) {\n  return text(value);\n}\n`).join('\n')}
${rest.map(writer).join('\n')}
${all.map(reader).join('\n')}
${roots
  .map(
    (
      root,
    ) => `Result<${root.title}, std::string> read_${snake(root)}(std::string_view json) {\n  return read_message<${root.title}>(json, max_message_bytes);\n}
std::string write(const ${root.title}& message) {\n  return as_text(json(message));\n}
`,
  )
  .join('\n')}
}  // namespace punktfunk::contract
`;
}
