// Which vector instructions the FEC kernels use. Internal to fec/ and its tests.
#pragma once

#include <array>
#include <optional>

#if defined(__x86_64__)
#define PUNKTFUNK_X86 1
#elif defined(__aarch64__)
#define PUNKTFUNK_ARM 1
#endif

namespace punktfunk::fec {

enum class Isa { scalar, ssse3, neon, avx2, gfni_avx2, gfni_avx512 };

inline constexpr std::array every_isa = {Isa::scalar, Isa::ssse3,     Isa::neon,
                                         Isa::avx2,   Isa::gfni_avx2, Isa::gfni_avx512};

const char* isa_name(Isa isa) noexcept;

// Whether this build and this machine can run it.
bool isa_available(Isa isa) noexcept;

// What the kernels run on: the best available one, or the forced one.
Isa current_isa() noexcept;

// For tests and benchmarks: pins one level, which must be available; nullopt goes back to the best. Thread-safe, but
// calls that are running finish on the level they began with.
void force_isa(std::optional<Isa> isa) noexcept;

}  // namespace punktfunk::fec
