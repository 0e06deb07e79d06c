#include "core/fec/gf16_kernel.h"

#include <cstring>

#define PUNKTFUNK_TARGET
#define PUNKTFUNK_PLAIN_LOOPS

namespace punktfunk::gf16 {

namespace {

// Eight bytes in a word; the products go byte by byte.
struct V {
  using Register = std::uint64_t;
  using Operand = std::uint64_t;
  using Multiplier = const std::uint8_t*;
  static constexpr std::size_t bytes = 8;
  static constexpr double cauchy_cost = 1.3;
  static constexpr unsigned pass_layers = 3;
  static constexpr std::size_t strip_bytes = 256 * 1024;
  static constexpr std::size_t least_row_bytes = 128;
  static constexpr int cauchy_rows = 1;
  static constexpr int cauchy_pieces = 1;

  static Register zero() noexcept { return 0; }
  static Register load(const std::uint8_t* p) noexcept {
    Register v;
    std::memcpy(&v, p, sizeof v);
    return v;
  }
  static void store(std::uint8_t* p, Register v) noexcept { std::memcpy(p, &v, sizeof v); }
  static Register add(Register a, Register b) noexcept { return a ^ b; }
  static Register add3(Register a, Register b, Register c) noexcept { return a ^ b ^ c; }
  static Multiplier multiplier(const Tables& tables, unsigned entry) noexcept { return tables.nibble[entry]; }
  static Operand operand(Register v) noexcept { return v; }
  static Operand add_operands(Operand a, Operand b) noexcept { return a ^ b; }
  static Register times(Multiplier m, Operand v) noexcept {
    Register product = 0;
    for (unsigned shift = 0; shift < 64; shift += 8) {
      product |= Register{static_cast<std::uint8_t>(m[(v >> shift) & 15] ^ m[16 + ((v >> (shift + 4)) & 15)])} << shift;
    }
    return product;
  }
};

#include "core/fec/gf16_kernel.inc"

}  // namespace

constinit const Kernels scalar_kernels = all_kernels;

}  // namespace punktfunk::gf16
