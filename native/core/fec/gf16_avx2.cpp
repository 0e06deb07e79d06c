#include "core/fec/gf16_kernel.h"

#if defined(PUNKTFUNK_X86)
#include <immintrin.h>

#include <cstring>

#define PUNKTFUNK_TARGET __attribute__((target("avx2")))

namespace punktfunk::gf16 {

namespace {

struct V {
  using Register = __m256i;
  struct Operand {
    __m256i low_nibbles, high_nibbles;
  };
  struct Multiplier {
    __m256i low_nibble, high_nibble;
  };
  static constexpr std::size_t bytes = 32;
  static constexpr double cauchy_cost = 1.2;
  static constexpr unsigned pass_layers = 2;
  static constexpr int cauchy_rows = 2;
  static constexpr int cauchy_pieces = 1;

  PUNKTFUNK_TARGET static Register zero() noexcept { return _mm256_setzero_si256(); }
  PUNKTFUNK_TARGET static Register load(const std::uint8_t* p) noexcept {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
  }
  PUNKTFUNK_TARGET static void store(std::uint8_t* p, Register v) noexcept {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), v);
  }
  PUNKTFUNK_TARGET static Register add(Register a, Register b) noexcept { return _mm256_xor_si256(a, b); }
  PUNKTFUNK_TARGET static Register add3(Register a, Register b, Register c) noexcept { return add(add(a, b), c); }
  PUNKTFUNK_TARGET static Multiplier multiplier(const Tables& tables, unsigned entry) noexcept {
    const auto* const products = reinterpret_cast<const __m128i*>(tables.nibble[entry]);
    return {_mm256_broadcastsi128_si256(_mm_load_si128(products)),
            _mm256_broadcastsi128_si256(_mm_load_si128(products + 1))};
  }
  PUNKTFUNK_TARGET static Operand operand(Register v) noexcept {
    const __m256i nibble = _mm256_set1_epi8(0x0F);
    return {_mm256_and_si256(v, nibble), _mm256_and_si256(_mm256_srli_epi64(v, 4), nibble)};
  }
  PUNKTFUNK_TARGET static Operand add_operands(Operand a, Operand b) noexcept {
    return {add(a.low_nibbles, b.low_nibbles), add(a.high_nibbles, b.high_nibbles)};
  }
  PUNKTFUNK_TARGET static Register times(Multiplier m, Operand v) noexcept {
    return add(_mm256_shuffle_epi8(m.low_nibble, v.low_nibbles), _mm256_shuffle_epi8(m.high_nibble, v.high_nibbles));
  }
};

#include "core/fec/gf16_kernel.inc"

}  // namespace

constinit const Kernels avx2_kernels = all_kernels;

}  // namespace punktfunk::gf16
#endif
