#include "core/fec/gf8_kernel.h"

#if defined(PUNKTFUNK_X86)
#include <immintrin.h>

#include <cstring>

#if defined(PUNKTFUNK_EMULATION_TARGET)  // a test without these instructions (native/test/core/fec_alone)
#define PUNKTFUNK_TARGET PUNKTFUNK_EMULATION_TARGET
#else
#define PUNKTFUNK_TARGET __attribute__((target("avx2,gfni")))
#endif

namespace punktfunk::gf8 {

namespace {

#include "core/fec/vector_avx2.inc"

struct V : Avx2 {
  using Input = __m256i;
  using Multiplier = __m256i;
  static constexpr int rows = 5;
  static constexpr int vectors = 2;

  PUNKTFUNK_TARGET static Multiplier multiplier(const MultiplierTables& tables, unsigned index) noexcept {
    return _mm256_set1_epi64x(static_cast<long long>(tables.affine[index]));
  }
  PUNKTFUNK_TARGET static Input input(Register v) noexcept { return v; }
  PUNKTFUNK_TARGET static Register add_product(Register sum, Multiplier m, Input x) noexcept {
    return _mm256_xor_si256(sum, _mm256_gf2p8affine_epi64_epi8(x, m, 0));
  }
};

#include "core/fec/gf8_kernel.inc"

}  // namespace

PUNKTFUNK_TARGET void run_gfni_avx2(const Job& job) noexcept {
  run_job(job);
}

}  // namespace punktfunk::gf8
#endif
