#include "core/fec/gf16_kernel.h"

#if defined(PUNKTFUNK_X86)
#include <immintrin.h>

#include <cstring>

#if defined(PUNKTFUNK_EMULATION_TARGET)  // a test without these instructions (native/test/core/fec_alone)
#define PUNKTFUNK_TARGET PUNKTFUNK_EMULATION_TARGET
#else
#define PUNKTFUNK_TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,gfni")))
#endif

namespace punktfunk::gf16 {

namespace {

struct V {
  using Register = __m512i;
  using Operand = __m512i;
  using Multiplier = __m512i;
  static constexpr std::size_t bytes = 64;
  static constexpr double cauchy_cost = 0.55;
  static constexpr unsigned pass_layers = 3;
  static constexpr std::size_t strip_bytes = 256 * 1024;
  static constexpr std::size_t least_row_bytes = 128;
  static constexpr int cauchy_rows = 4;
  static constexpr int cauchy_pieces = 2;

  PUNKTFUNK_TARGET static Register zero() noexcept { return _mm512_setzero_si512(); }
  PUNKTFUNK_TARGET static Register load(const std::uint8_t* p) noexcept { return _mm512_loadu_si512(p); }
  PUNKTFUNK_TARGET static void store(std::uint8_t* p, Register v) noexcept { _mm512_storeu_si512(p, v); }
  // Two chunks [low | high]: the halves change places. (The form with a full mask: the plain one warns in GCC 12.)
  PUNKTFUNK_TARGET static void load_shard(const std::uint8_t* p, Register& low, Register& high) noexcept {
    const Register first = load(p);
    const Register second = load(p + 64);
    low = _mm512_maskz_shuffle_i64x2(0xFF, first, second, 0x44);
    high = _mm512_maskz_shuffle_i64x2(0xFF, first, second, 0xEE);
  }
  PUNKTFUNK_TARGET static void store_shard(std::uint8_t* p, Register low, Register high) noexcept {
    store(p, _mm512_maskz_shuffle_i64x2(0xFF, low, high, 0x44));
    store(p + 64, _mm512_maskz_shuffle_i64x2(0xFF, low, high, 0xEE));
  }
  PUNKTFUNK_TARGET static Register add(Register a, Register b) noexcept { return _mm512_xor_si512(a, b); }
  PUNKTFUNK_TARGET static Register add3(Register a, Register b, Register c) noexcept {
    return _mm512_ternarylogic_epi64(a, b, c, 0x96);
  }
  PUNKTFUNK_TARGET static Multiplier multiplier(const Tables& tables, unsigned entry) noexcept {
    return _mm512_set1_epi64(static_cast<long long>(tables.affine[entry]));
  }
  PUNKTFUNK_TARGET static Operand operand(Register v) noexcept { return v; }
  PUNKTFUNK_TARGET static Operand add_operands(Operand a, Operand b) noexcept { return add(a, b); }
  PUNKTFUNK_TARGET static Register times(Multiplier m, Operand v) noexcept {
    return _mm512_gf2p8affine_epi64_epi8(v, m, 0);
  }
};

#include "core/fec/gf16_kernel.inc"

}  // namespace

constinit const Kernels gfni_avx512_kernels = all_kernels;

}  // namespace punktfunk::gf16
#endif
