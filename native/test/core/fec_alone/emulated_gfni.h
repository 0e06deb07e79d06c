// The vector instructions of the GFNI kernels in plain C++, for machines that lack them. The build puts this before the
// kernels' own files, which then find these names instead of the compiler's (Intel's Intrinsics Guide; GF2P8AFFINEQB:
// Software Developer's Manual, volume 2).
#pragma once

#include <immintrin.h>

#include <cstdint>
#include <cstring>

namespace emulated {

// Multiplies bytes by a matrix of eight rows: bit i of a product is the parity of the byte and row 7 - i.
class Affine {
 public:
  explicit Affine(std::uint64_t matrix) noexcept : matrix_(matrix) {
    std::uint8_t column[8] = {};
    for (unsigned bit = 0; bit < 8; ++bit) {
      for (unsigned i = 0; i < 8; ++i) {
        column[bit] = static_cast<std::uint8_t>(column[bit] | (matrix >> (8 * (7 - i) + bit) & 1) << i);
      }
    }
    for (unsigned n = 1; n < 16; ++n) {
      const auto bit = static_cast<unsigned>(__builtin_ctz(n));
      low_[n] = low_[n & (n - 1)] ^ column[bit];
      high_[n] = high_[n & (n - 1)] ^ column[bit + 4];
    }
  }
  [[nodiscard]] std::uint64_t matrix() const noexcept { return matrix_; }
  [[nodiscard]] std::uint8_t times(std::uint8_t byte) const noexcept { return low_[byte & 15] ^ high_[byte >> 4]; }

 private:
  std::uint64_t matrix_;
  std::uint8_t low_[16] = {}, high_[16] = {};
};

template <class Vector>
PUNKTFUNK_EMULATION_TARGET inline Vector affine_each(Vector v, Vector matrices) noexcept {
  std::uint64_t matrix[sizeof(Vector) / 8];
  std::uint8_t bytes[sizeof(Vector)];
  std::memcpy(matrix, &matrices, sizeof matrix);
  std::memcpy(bytes, &v, sizeof bytes);
  Affine affine(matrix[0]);
  for (std::size_t i = 0; i < sizeof bytes; ++i) {
    if (affine.matrix() != matrix[i / 8]) { affine = Affine(matrix[i / 8]); }
    bytes[i] = affine.times(bytes[i]);
  }
  std::memcpy(&v, bytes, sizeof v);
  return v;
}

struct Register512 {
  std::uint64_t lane[8];
};
using Mask64 = std::uint64_t;

inline Register512 setzero() noexcept {
  return {};
}
inline Register512 set1(long long value) noexcept {
  Register512 v;
  for (auto& lane : v.lane) { lane = static_cast<std::uint64_t>(value); }
  return v;
}
inline Register512 load(const void* p) noexcept {
  Register512 v;
  std::memcpy(&v, p, sizeof v);
  return v;
}
inline void store(void* p, Register512 v) noexcept {
  std::memcpy(p, &v, sizeof v);
}
inline Register512 load_masked(Mask64 mask, const void* p) noexcept {
  std::uint8_t bytes[64] = {};
  for (int i = 0; i < 64; ++i) {
    if ((mask >> i & 1) != 0) { bytes[i] = static_cast<const std::uint8_t*>(p)[i]; }
  }
  return load(bytes);
}
inline void store_masked(void* p, Mask64 mask, Register512 v) noexcept {
  for (int i = 0; i < 64; ++i) {
    if ((mask >> i & 1) != 0) {
      std::memcpy(static_cast<std::uint8_t*>(p) + i, reinterpret_cast<const char*>(&v) + i, 1);
    }
  }
}
inline Register512 exclusive_or(Register512 a, Register512 b) noexcept {
  for (int i = 0; i < 8; ++i) { a.lane[i] ^= b.lane[i]; }
  return a;
}
// Each bit of the result is bit (4a + 2b + c) of the function.
inline Register512 ternary(Register512 a, Register512 b, Register512 c, unsigned function) noexcept {
  Register512 v{};
  for (int i = 0; i < 8; ++i) {
    for (unsigned n = 0; n < 8; ++n) {
      if ((function >> n & 1) != 0) {
        v.lane[i] |= ((n & 4) != 0 ? a.lane[i] : ~a.lane[i]) & ((n & 2) != 0 ? b.lane[i] : ~b.lane[i]) &
                     ((n & 1) != 0 ? c.lane[i] : ~c.lane[i]);
      }
    }
  }
  return v;
}
// Two of the four 128-bit lanes of a, then two of b.
inline Register512 shuffle_128(Register512 a, Register512 b, unsigned control) noexcept {
  Register512 v;
  for (unsigned to = 0; to < 4; ++to) {
    const unsigned from = control >> (2 * to) & 3;
    std::memcpy(&v.lane[2 * to], &(to < 2 ? a : b).lane[2 * from], 16);
  }
  return v;
}

}  // namespace emulated

#define _mm256_gf2p8affine_epi64_epi8(v, m, zero) emulated::affine_each<__m256i>(v, m)
#define _mm512_gf2p8affine_epi64_epi8(v, m, zero) emulated::affine_each<emulated::Register512>(v, m)
#define __m512i emulated::Register512
#define __mmask64 emulated::Mask64
#define _mm512_setzero_si512() emulated::setzero()
#define _mm512_set1_epi64(value) emulated::set1(value)
#define _mm512_loadu_si512(p) emulated::load(p)
#define _mm512_storeu_si512(p, v) emulated::store(p, v)
#define _mm512_maskz_loadu_epi8(mask, p) emulated::load_masked(mask, p)
#define _mm512_mask_storeu_epi8(p, mask, v) emulated::store_masked(p, mask, v)
#define _mm512_xor_si512(a, b) emulated::exclusive_or(a, b)
#define _mm512_ternarylogic_epi64(a, b, c, function) emulated::ternary(a, b, c, function)
#define _mm512_maskz_shuffle_i64x2(all, a, b, control) emulated::shuffle_128(a, b, control)
