#include "core/fec/cpu.h"

#include <atomic>

namespace punktfunk::fec {

namespace {

Isa best_isa() noexcept {
  Isa best = Isa::scalar;
  for (const Isa isa : every_isa) {  // in rising order
    if (isa_available(isa)) { best = isa; }
  }
  return best;
}

// Until the first use and after force_isa(nullopt): -1, the best one is looked up.
std::atomic<int> chosen_isa{-1};

}  // namespace

const char* isa_name(Isa isa) noexcept {
  switch (isa) {
    case Isa::scalar:
      return "scalar";
    case Isa::ssse3:
      return "ssse3";
    case Isa::neon:
      return "neon";
    case Isa::avx2:
      return "avx2";
    case Isa::gfni_avx2:
      return "gfni+avx2";
    case Isa::gfni_avx512:
      return "gfni+avx512";
  }
  return "unknown";
}

bool isa_available(Isa isa) noexcept {
#if defined(PUNKTFUNK_X86)
  // The builtin also asks the operating system whether it saves the wide registers.
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2");
#if defined(PUNKTFUNK_GFNI_EMULATED)  // a test (native/test/core/fec_alone)
  const bool gfni = true, avx512 = true;
#else
  const bool gfni = __builtin_cpu_supports("gfni");
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
#endif
  switch (isa) {
    case Isa::scalar:
      return true;
    case Isa::ssse3:
      return __builtin_cpu_supports("ssse3");
    case Isa::neon:
      return false;
    case Isa::avx2:
      return avx2;
    case Isa::gfni_avx2:
      return avx2 && gfni;
    case Isa::gfni_avx512:
      return avx2 && gfni && avx512;
  }
  return false;
#elif defined(PUNKTFUNK_ARM)
  return isa == Isa::scalar || isa == Isa::neon;  // every aarch64 has NEON
#else
  return isa == Isa::scalar;
#endif
}

Isa current_isa() noexcept {
  const int chosen = chosen_isa.load(std::memory_order_relaxed);
  if (chosen >= 0) { return static_cast<Isa>(chosen); }
  const Isa best = best_isa();
  chosen_isa.store(static_cast<int>(best), std::memory_order_relaxed);
  return best;
}

void force_isa(std::optional<Isa> isa) noexcept {
  chosen_isa.store(isa ? static_cast<int>(*isa) : -1, std::memory_order_relaxed);
}

}  // namespace punktfunk::fec
