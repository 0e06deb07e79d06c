// One code point of UTF-8, strictly (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace punktfunk {

struct Utf8CodePoint {
  char32_t value = 0;
  std::size_t bytes = 0;  // 0: not valid
};

inline Utf8CodePoint decode_utf8(std::span<const std::uint8_t> text) noexcept {
  if (text.empty()) { return {}; }
  const std::uint8_t first = text[0];
  if (first < 0x80) { return {first, 1}; }
  const std::size_t bytes = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < bytes) { return {}; }
  char32_t value = first & (0x7Fu >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((text[i] & 0xC0) != 0x80) { return {}; }
    value = value << 6 | (text[i] & 0x3Fu);
  }
  constexpr char32_t smallest[5] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < smallest[bytes] || value > 0x10FFFF || surrogate) { return {}; }
  return {value, bytes};
}

// C0, DEL and C1: what may not be typed as text.
constexpr bool is_control(char32_t value) noexcept {
  return value < 0x20 || (value >= 0x7F && value <= 0x9F);
}

}  // namespace punktfunk
