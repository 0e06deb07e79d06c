#include "core/fec/gf8_kernel.h"

#if defined(PUNKTFUNK_ARM)
#include <arm_neon.h>

#include <cstring>

#define PUNKTFUNK_TARGET

namespace punktfunk::gf8 {

namespace {

struct V {
  using Register = uint8x16_t;
  struct Input {
    uint8x16_t low, high;
  };
  struct Multiplier {
    uint8x16_t low, high;
  };
  static constexpr std::size_t bytes = 16;
  static constexpr int rows = 4;
  static constexpr int vectors = 4;

  static Register zero() noexcept { return vdupq_n_u8(0); }
  static Register load(const std::uint8_t* p) noexcept { return vld1q_u8(p); }
  static void store(std::uint8_t* p, Register v) noexcept { vst1q_u8(p, v); }
  static Register load_part(const std::uint8_t* p, std::size_t n) noexcept {
    Register v = zero();
    std::memcpy(&v, p, n);
    return v;
  }
  static void store_part(std::uint8_t* p, Register v, std::size_t n) noexcept { std::memcpy(p, &v, n); }
  static Multiplier multiplier(const MultiplierTables& tables, unsigned index) noexcept {
    return {vld1q_u8(tables.nibble[index]), vld1q_u8(tables.nibble[index] + 16)};
  }
  static Input input(Register v) noexcept { return {vandq_u8(v, vdupq_n_u8(0x0F)), vshrq_n_u8(v, 4)}; }
  static Register add_product(Register sum, Multiplier m, Input x) noexcept {
    return veorq_u8(sum, veorq_u8(vqtbl1q_u8(m.low, x.low), vqtbl1q_u8(m.high, x.high)));
  }
};

#include "core/fec/gf8_kernel.inc"

}  // namespace

void run_neon(const Job& job) noexcept {
  run_job(job);
}

}  // namespace punktfunk::gf8
#endif
