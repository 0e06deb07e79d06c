#include "core/fec/gf8_kernel.h"

#if defined(PUNKTFUNK_X86)
#include <tmmintrin.h>

#include <cstring>

#define PUNKTFUNK_TARGET __attribute__((target("ssse3")))

namespace punktfunk::gf8 {

namespace {

#include "core/fec/vector_ssse3.inc"

struct V : Ssse3Nibbles {
  static constexpr int rows = 4;
  static constexpr int vectors = 2;

  using Input = Operand;
  PUNKTFUNK_TARGET static Multiplier multiplier(const MultiplierTables& tables, unsigned index) noexcept {
    return Ssse3Nibbles::multiplier(tables.nibble[index]);
  }
  PUNKTFUNK_TARGET static Input input(Register v) noexcept { return operand(v); }
  PUNKTFUNK_TARGET static Register add_product(Register sum, Multiplier m, Input x) noexcept {
    return add(sum, times(m, x));
  }
};

#include "core/fec/gf8_kernel.inc"

}  // namespace

PUNKTFUNK_TARGET void run_ssse3(const Job& job) noexcept {
  run_job(job);
}

}  // namespace punktfunk::gf8
#endif
