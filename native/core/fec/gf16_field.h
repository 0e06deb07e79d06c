// Arithmetic of GF(2^16) as Leopard has it: polynomial 0x1002D, elements are numbers in a Cantor basis b[0..15] with
// b[0] = 1 and b[i]^2 + b[i] = b[i-1]. What the code relies on follows from that alone:
//
// - The vanishing polynomial of the numbers below 2^j maps the number x to x >> j. So the twiddle factor of a butterfly
// of
//   layer j in the block that begins at point p is simply p >> j, and all derivatives of these polynomials are 1.
// - The numbers below 256 are the subfield GF(2^8), and b[8+i] = b[i] * b[8] + (a number below 256). With w = b[8],
//   w^2 = w + b[7], every element is low + high * w with low, high in GF(2^8); only the low byte differs from the
//   number's. In this tower form a factor below 256 costs two byte-wise multiplications, any other three (Karatsuba),
//   and all the tables are those of GF(2^8).
#pragma once

#include <cstddef>
#include <cstdint>

namespace punktfunk::gf16 {

inline constexpr std::size_t max_points = 65536;
inline constexpr unsigned log_modulus = 65535;

// A factor, ready for (low, high) * factor:
//   low  = times(by_low, low) + times(by_high, high)
//   high = times(by_low, low) + times(by_sum, low + high)
struct TowerFactor {
  std::uint8_t by_low;   // the low part of the factor
  std::uint8_t by_high;  // its high part times b[7]
  std::uint8_t by_sum;   // low part + high part
  std::uint8_t zero;
};

struct Tables {
  // Byte-linear maps in the two forms that vector instructions want: multiplication by each number below 256, and, as
  // entry number to_tower, from the high byte to the correction of the low one.
  static constexpr unsigned to_tower = 256;
  alignas(64) std::uint64_t affine[257];
  alignas(64) std::uint8_t nibble[257][32];

  std::uint8_t correction[256];  // of the low byte, by the high byte
  std::uint8_t times_b7[256];
  std::uint16_t log[max_points];  // log[0] counts as 0: a factor that is left out
  std::uint16_t exp[max_points];
  TowerFactor inverse[max_points];  // entry x is the factor 1 / x

  [[nodiscard]] TowerFactor tower(unsigned number) const noexcept {
    const unsigned high = number >> 8;
    const auto low = static_cast<std::uint8_t>((number & 255u) ^ correction[high]);
    return {low, times_b7[high], static_cast<std::uint8_t>(low ^ high), 0};
  }
  [[nodiscard]] TowerFactor tower_of_log(std::uint64_t log_sum) const noexcept {
    return tower(exp[log_sum % log_modulus]);
  }
};

// Leopard's tables are 16 MiB, more than any cache holds; ours must fit beside the shards.
static_assert(sizeof(Tables) <= 2u << 20);

// Made at the first call, under a millisecond or two, half a megabyte; thread-safe.
const Tables& tables() noexcept;

}  // namespace punktfunk::gf16
