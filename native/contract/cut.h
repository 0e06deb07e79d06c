// Text that is cut to a length within UTF-8.
#pragma once

#include <string>
#include <string_view>

namespace punktfunk::contract {

inline constexpr std::size_t max_parameter_length = 1024;  // src/contract/problems.ts

inline std::string cut(std::string_view whole, std::size_t max_bytes = max_parameter_length) {
  if (whole.size() <= max_bytes) { return std::string(whole); }
  std::size_t end = max_bytes;
  while (end > 0 && (static_cast<unsigned char>(whole[end]) & 0xC0u) == 0x80u) { --end; }
  return std::string(whole.substr(0, end));
}

}  // namespace punktfunk::contract
