#include "core/fec/gf8_kernel.h"

#if defined(PUNKTFUNK_X86)
#include <immintrin.h>

#if defined(PUNKTFUNK_EMULATION_TARGET)  // a test without these instructions (native/test/core/fec_alone)
#define PUNKTFUNK_TARGET PUNKTFUNK_EMULATION_TARGET
#else
#define PUNKTFUNK_TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,gfni")))
#endif

namespace punktfunk::gf8 {

namespace {

struct V {
  using Register = __m512i;
  using Input = __m512i;
  using Multiplier = __m512i;
  static constexpr std::size_t bytes = 64;
  static constexpr int rows = 6;
  static constexpr int vectors = 4;

  PUNKTFUNK_TARGET static __mmask64 mask(std::size_t n) noexcept { return (__mmask64{1} << n) - 1; }
  PUNKTFUNK_TARGET static Register zero() noexcept { return _mm512_setzero_si512(); }
  PUNKTFUNK_TARGET static Register load(const std::uint8_t* p) noexcept { return _mm512_loadu_si512(p); }
  PUNKTFUNK_TARGET static void store(std::uint8_t* p, Register v) noexcept { _mm512_storeu_si512(p, v); }
  PUNKTFUNK_TARGET static Register load_part(const std::uint8_t* p, std::size_t n) noexcept {
    return _mm512_maskz_loadu_epi8(mask(n), p);
  }
  PUNKTFUNK_TARGET static void store_part(std::uint8_t* p, Register v, std::size_t n) noexcept {
    _mm512_mask_storeu_epi8(p, mask(n), v);
  }
  PUNKTFUNK_TARGET static Multiplier multiplier(const MultiplierTables& tables, unsigned index) noexcept {
    return _mm512_set1_epi64(static_cast<long long>(tables.affine[index]));
  }
  PUNKTFUNK_TARGET static Input input(Register v) noexcept { return v; }
  PUNKTFUNK_TARGET static Register add_product(Register sum, Multiplier m, Input x) noexcept {
    return _mm512_xor_si512(sum, _mm512_gf2p8affine_epi64_epi8(x, m, 0));
  }
};

#include "core/fec/gf8_kernel.inc"

}  // namespace

PUNKTFUNK_TARGET void run_gfni_avx512(const Job& job) noexcept {
  run_job(job);
}

}  // namespace punktfunk::gf8
#endif
