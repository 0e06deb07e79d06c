#include "core/fec/gf16_kernel.h"

#if defined(PUNKTFUNK_X86)
#include <tmmintrin.h>

#include <cstring>

#define PUNKTFUNK_TARGET __attribute__((target("ssse3")))

namespace punktfunk::gf16 {

namespace {

struct V {
  using Register = __m128i;
  struct Operand {
    __m128i low_nibbles, high_nibbles;
  };
  struct Multiplier {
    __m128i low_nibble, high_nibble;
  };
  static constexpr std::size_t bytes = 16;
  static constexpr double cauchy_cost = 1.5;
  static constexpr unsigned pass_layers = 2;
  static constexpr int cauchy_rows = 2;
  static constexpr int cauchy_pieces = 1;

  PUNKTFUNK_TARGET static Register zero() noexcept { return _mm_setzero_si128(); }
  PUNKTFUNK_TARGET static Register load(const std::uint8_t* p) noexcept {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  }
  PUNKTFUNK_TARGET static void store(std::uint8_t* p, Register v) noexcept {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(p), v);
  }
  PUNKTFUNK_TARGET static Register add(Register a, Register b) noexcept { return _mm_xor_si128(a, b); }
  PUNKTFUNK_TARGET static Register add3(Register a, Register b, Register c) noexcept { return add(add(a, b), c); }
  PUNKTFUNK_TARGET static Multiplier multiplier(const Tables& tables, unsigned entry) noexcept {
    const auto* const products = reinterpret_cast<const __m128i*>(tables.nibble[entry]);
    return {_mm_load_si128(products), _mm_load_si128(products + 1)};
  }
  PUNKTFUNK_TARGET static Operand operand(Register v) noexcept {
    const __m128i nibble = _mm_set1_epi8(0x0F);
    return {_mm_and_si128(v, nibble), _mm_and_si128(_mm_srli_epi64(v, 4), nibble)};
  }
  PUNKTFUNK_TARGET static Operand add_operands(Operand a, Operand b) noexcept {
    return {add(a.low_nibbles, b.low_nibbles), add(a.high_nibbles, b.high_nibbles)};
  }
  PUNKTFUNK_TARGET static Register times(Multiplier m, Operand v) noexcept {
    return add(_mm_shuffle_epi8(m.low_nibble, v.low_nibbles), _mm_shuffle_epi8(m.high_nibble, v.high_nibbles));
  }
};

#include "core/fec/gf16_kernel.inc"

}  // namespace

constinit const Kernels ssse3_kernels = all_kernels;

}  // namespace punktfunk::gf16
#endif
