#include "core/fec/gf16_kernel.h"

#if defined(PUNKTFUNK_X86)
#include <immintrin.h>

#include <cstring>

#if defined(PUNKTFUNK_EMULATION_TARGET)  // a test without these instructions (native/test/core/fec_alone)
#define PUNKTFUNK_TARGET PUNKTFUNK_EMULATION_TARGET
#else
#define PUNKTFUNK_TARGET __attribute__((target("avx2,gfni")))
#endif

namespace punktfunk::gf16 {

namespace {

#include "core/fec/vector_avx2.inc"

struct V : Avx2 {
  using Operand = __m256i;
  using Multiplier = __m256i;
  static constexpr double cauchy_cost = 0.95;
  static constexpr unsigned pass_layers = 2;
  static constexpr std::size_t strip_bytes = 256 * 1024;
  static constexpr std::size_t least_row_bytes = 128;
  static constexpr int cauchy_rows = 4;
  static constexpr int cauchy_pieces = 1;

  PUNKTFUNK_TARGET static Multiplier multiplier(const Tables& tables, unsigned entry) noexcept {
    return _mm256_set1_epi64x(static_cast<long long>(tables.affine[entry]));
  }
  PUNKTFUNK_TARGET static Operand operand(Register v) noexcept { return v; }
  PUNKTFUNK_TARGET static Operand add_operands(Operand a, Operand b) noexcept { return add(a, b); }
  PUNKTFUNK_TARGET static Register times(Multiplier m, Operand v) noexcept {
    return _mm256_gf2p8affine_epi64_epi8(v, m, 0);
  }
};

#include "core/fec/gf16_kernel.inc"

}  // namespace

constinit const Kernels gfni_avx2_kernels = all_kernels;

}  // namespace punktfunk::gf16
#endif
