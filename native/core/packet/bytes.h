// Integers at byte offsets, in the two byte orders of the wire.
#pragma once

#include <cstdint>

namespace punktfunk {

inline void store_u16_le(std::uint8_t* p, std::uint16_t v) {
  p[0] = static_cast<std::uint8_t>(v);
  p[1] = static_cast<std::uint8_t>(v >> 8);
}
inline void store_u16_be(std::uint8_t* p, std::uint16_t v) {
  p[0] = static_cast<std::uint8_t>(v >> 8);
  p[1] = static_cast<std::uint8_t>(v);
}
inline void store_u32_le(std::uint8_t* p, std::uint32_t v) {
  store_u16_le(p, static_cast<std::uint16_t>(v));
  store_u16_le(p + 2, static_cast<std::uint16_t>(v >> 16));
}
inline void store_u32_be(std::uint8_t* p, std::uint32_t v) {
  store_u16_be(p, static_cast<std::uint16_t>(v >> 16));
  store_u16_be(p + 2, static_cast<std::uint16_t>(v));
}
inline void store_u64_le(std::uint8_t* p, std::uint64_t v) {
  store_u32_le(p, static_cast<std::uint32_t>(v));
  store_u32_le(p + 4, static_cast<std::uint32_t>(v >> 32));
}

inline std::uint16_t load_u16_le(const std::uint8_t* p) {
  return static_cast<std::uint16_t>(p[0] | p[1] << 8);
}
inline std::uint16_t load_u16_be(const std::uint8_t* p) {
  return static_cast<std::uint16_t>(p[0] << 8 | p[1]);
}
inline std::uint32_t load_u32_le(const std::uint8_t* p) {
  return load_u16_le(p) | static_cast<std::uint32_t>(load_u16_le(p + 2)) << 16;
}
inline std::uint32_t load_u32_be(const std::uint8_t* p) {
  return static_cast<std::uint32_t>(load_u16_be(p)) << 16 | load_u16_be(p + 2);
}
inline std::uint64_t load_u64_le(const std::uint8_t* p) {
  return load_u32_le(p) | static_cast<std::uint64_t>(load_u32_le(p + 4)) << 32;
}

}  // namespace punktfunk
