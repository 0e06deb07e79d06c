// Arithmetic of GF(2^8) with polynomial 0x11D, generator 2 (docs/gamestream.md, 6.5), as tables made by the compiler.
#pragma once

#include <cstddef>
#include <cstdint>

namespace punktfunk::gf8 {

// The same 256 multipliers in the two forms that vector instructions want.
struct MultiplierTables {
  // Bit matrix for GF2P8AFFINEQB: byte 7 - i holds, for bit i of the product, which bits of the input are summed.
  alignas(64) std::uint64_t affine[256];
  // 16 products of the low nibble, then 16 of the high one, for PSHUFB and TBL.
  alignas(64) std::uint8_t nibble[256][32];
};

struct Field {
  MultiplierTables times;             // entry c multiplies by c
  MultiplierTables times_inverse_of;  // entry c multiplies by inverse(c): a Cauchy coefficient without a matrix
  std::uint8_t exp[512];
  std::uint8_t log[256];
};

extern const Field field;

inline std::uint8_t multiply(std::uint8_t a, std::uint8_t b) noexcept {
  return a == 0 || b == 0 ? 0 : field.exp[std::size_t{field.log[a]} + field.log[b]];
}

// inverse(0) has no value; 0 is returned.
inline std::uint8_t inverse(std::uint8_t a) noexcept {
  return a == 0 ? 0 : field.exp[255 - field.log[a]];
}

}  // namespace punktfunk::gf8
