#include "core/fec/gf16_kernel.h"

#if defined(PUNKTFUNK_ARM)
#include <arm_neon.h>

#include <cstring>

#define PUNKTFUNK_TARGET

namespace punktfunk::gf16 {

namespace {

struct V {
  using Register = uint8x16_t;
  struct Operand {
    uint8x16_t low_nibbles, high_nibbles;
  };
  struct Multiplier {
    uint8x16_t low_nibble, high_nibble;
  };
  static constexpr std::size_t bytes = 16;
  static constexpr double cauchy_cost = 1.2;
  static constexpr unsigned pass_layers = 3;
  static constexpr std::size_t strip_bytes = 256 * 1024;
  static constexpr std::size_t least_row_bytes = 128;
  static constexpr int cauchy_rows = 4;
  static constexpr int cauchy_pieces = 1;

  static Register zero() noexcept { return vdupq_n_u8(0); }
  static Register load(const std::uint8_t* p) noexcept { return vld1q_u8(p); }
  static void store(std::uint8_t* p, Register v) noexcept { vst1q_u8(p, v); }
  static Register add(Register a, Register b) noexcept { return veorq_u8(a, b); }
  static Register add3(Register a, Register b, Register c) noexcept { return add(add(a, b), c); }
  static Multiplier multiplier(const Tables& tables, unsigned entry) noexcept {
    return {vld1q_u8(tables.nibble[entry]), vld1q_u8(tables.nibble[entry] + 16)};
  }
  static Operand operand(Register v) noexcept { return {vandq_u8(v, vdupq_n_u8(0x0F)), vshrq_n_u8(v, 4)}; }
  static Operand add_operands(Operand a, Operand b) noexcept {
    return {add(a.low_nibbles, b.low_nibbles), add(a.high_nibbles, b.high_nibbles)};
  }
  static Register times(Multiplier m, Operand v) noexcept {
    return add(vqtbl1q_u8(m.low_nibble, v.low_nibbles), vqtbl1q_u8(m.high_nibble, v.high_nibbles));
  }
};

#include "core/fec/gf16_kernel.inc"

}  // namespace

constinit const Kernels neon_kernels = all_kernels;

}  // namespace punktfunk::gf16
#endif
