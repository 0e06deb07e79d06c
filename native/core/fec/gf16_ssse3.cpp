#include "core/fec/gf16_kernel.h"

#if defined(PUNKTFUNK_X86)
#include <tmmintrin.h>

#include <cstring>

#define PUNKTFUNK_TARGET __attribute__((target("ssse3")))

namespace punktfunk::gf16 {

namespace {

#include "core/fec/vector_ssse3.inc"

struct V : Ssse3Nibbles {
  static constexpr double cauchy_cost = 1.5;
  static constexpr unsigned pass_layers = 2;
  static constexpr std::size_t strip_bytes = 512 * 1024;
  static constexpr std::size_t least_row_bytes = 512;
  static constexpr int cauchy_rows = 2;
  static constexpr int cauchy_pieces = 1;

  PUNKTFUNK_TARGET static Multiplier multiplier(const Tables& tables, unsigned entry) noexcept {
    return Ssse3Nibbles::multiplier(tables.nibble[entry]);
  }
  PUNKTFUNK_TARGET static Operand add_operands(Operand a, Operand b) noexcept {
    return {add(a.low, b.low), add(a.high, b.high)};
  }
};

#include "core/fec/gf16_kernel.inc"

}  // namespace

constinit const Kernels ssse3_kernels = all_kernels;

}  // namespace punktfunk::gf16
#endif
