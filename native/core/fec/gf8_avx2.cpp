#include "core/fec/gf8_kernel.h"

#if defined(PUNKTFUNK_X86)
#include <immintrin.h>

#include <cstring>

#define PUNKTFUNK_TARGET __attribute__((target("avx2")))

namespace punktfunk::gf8 {

namespace {

struct V {
  using Register = __m256i;
  struct Input {
    __m256i low, high;
  };
  struct Multiplier {
    __m256i low, high;
  };
  static constexpr std::size_t bytes = 32;
  static constexpr int rows = 4;
  static constexpr int vectors = 2;

  PUNKTFUNK_TARGET static Register zero() noexcept { return _mm256_setzero_si256(); }
  PUNKTFUNK_TARGET static Register load(const std::uint8_t* p) noexcept {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
  }
  PUNKTFUNK_TARGET static void store(std::uint8_t* p, Register v) noexcept {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), v);
  }
  PUNKTFUNK_TARGET static Register load_part(const std::uint8_t* p, std::size_t n) noexcept {
    Register v = zero();
    std::memcpy(&v, p, n);
    return v;
  }
  PUNKTFUNK_TARGET static void store_part(std::uint8_t* p, Register v, std::size_t n) noexcept {
    std::memcpy(p, &v, n);
  }
  PUNKTFUNK_TARGET static Multiplier multiplier(const MultiplierTables& tables, unsigned index) noexcept {
    const auto* const products = reinterpret_cast<const __m128i*>(tables.nibble[index]);
    return {_mm256_broadcastsi128_si256(_mm_load_si128(products)),
            _mm256_broadcastsi128_si256(_mm_load_si128(products + 1))};
  }
  PUNKTFUNK_TARGET static Input input(Register v) noexcept {
    const __m256i nibble = _mm256_set1_epi8(0x0F);
    return {_mm256_and_si256(v, nibble), _mm256_and_si256(_mm256_srli_epi64(v, 4), nibble)};
  }
  PUNKTFUNK_TARGET static Register add_product(Register sum, Multiplier m, Input x) noexcept {
    return _mm256_xor_si256(sum,
                            _mm256_xor_si256(_mm256_shuffle_epi8(m.low, x.low), _mm256_shuffle_epi8(m.high, x.high)));
  }
};

#include "core/fec/gf8_kernel.inc"

}  // namespace

PUNKTFUNK_TARGET void run_avx2(const Job& job) noexcept {
  run_job(job);
}

}  // namespace punktfunk::gf8
#endif
