#include "core/fec/gf16_kernel.h"

namespace punktfunk::gf16 {

const Kernels& kernels() noexcept {
  switch (fec::current_isa()) {
#if defined(PUNKTFUNK_X86)
    case fec::Isa::gfni_avx512:
      return gfni_avx512_kernels;
    case fec::Isa::gfni_avx2:
      return gfni_avx2_kernels;
    case fec::Isa::avx2:
      return avx2_kernels;
    case fec::Isa::ssse3:
      return ssse3_kernels;
#elif defined(PUNKTFUNK_ARM)
    case fec::Isa::neon:
      return neon_kernels;
#endif
    default:
      return scalar_kernels;
  }
}

}  // namespace punktfunk::gf16
