// The inner loops of GF(2^16), one set for each instruction set. Internal to fec/.
//
// Shards outside are in Leopard's layout: chunks of 64 bytes, 32 low bytes then 32 high bytes of 32 elements; t
// left-over bytes are t / 2 low bytes, then t / 2 high ones. Work rows are in tower form (gf16_field.h), in units of
// 128 bytes: 64 low bytes, then 64 high ones. Shards are converted as they are read and written.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/fec/cpu.h"
#include "core/fec/gf16_field.h"

namespace punktfunk::gf16 {

inline constexpr std::size_t unit_bytes = 128;

// The largest that any kernels want (Kernels::strip_bytes, least_row_bytes).
inline constexpr std::size_t largest_strip_bytes = 512 * 1024, largest_least_row_bytes = 512;

constexpr std::size_t round_up_to_unit(std::size_t bytes) noexcept {
  return (bytes + unit_bytes - 1) / unit_bytes * unit_bytes;
}

// A range of bytes of every shard, and the size of its work rows.
struct Strip {
  std::size_t offset = 0;     // in the shard; a multiple of unit_bytes
  std::size_t bytes = 0;      // even
  std::size_t row_bytes = 0;  // bytes rounded up to units
};

enum class Source : std::uint8_t { work, shards };
// add_scaled_to_sum: sum += factor * rows.
enum class Target : std::uint8_t { work, add_to_sum, add_scaled_to_sum, shards };

// One to three layers of butterflies over 2^layers lanes. The lowest layer is `layer`; a lane is 2^layer consecutive
// rows. Inverse transforms read shards and add to sums; forward ones write shards. Shards as source or target: layer 0
// only.
struct Pass {
  bool inverse;
  Source source;
  Target target;
  unsigned layers;
  unsigned layer;
  unsigned point;                 // of the first row, a multiple of 2^(layer + layers)
  std::uint8_t* work;             // first row
  const std::uint8_t* from;       // first row that is read where the source is work; may be work itself
  std::uint8_t* sum;              // first row
  TowerFactor factor;             // of add_scaled_to_sum
  const std::uint8_t* const* in;  // 2^layers shards, null ones are zero
  std::uint8_t* const* out;       // 2^layers shards, null ones are not written
  Strip strip;
};

// rows x columns sums of multiplied work rows into shards:
// out[r] = post[r] * sum over c of in[c] / (row_point[r] xor column_point[c])
struct CauchyJob {
  const std::uint8_t* const* in;
  const std::uint16_t* column_point;
  std::uint8_t* const* out;
  const std::uint16_t* row_point;
  const TowerFactor* post;
  std::size_t columns;
  std::size_t rows;
  Strip strip;
};

struct Kernels {
  void (*pass)(const Pass&) noexcept;
  // work = factor * shard
  void (*load_scaled)(std::uint8_t* work, const std::uint8_t* shard, TowerFactor factor, const Strip&) noexcept;
  // work = factor * (work + shard)
  void (*add_scaled)(std::uint8_t* work, const std::uint8_t* shard, TowerFactor factor, const Strip&) noexcept;
  // shard = factor * work
  void (*store_scaled)(std::uint8_t* shard, const std::uint8_t* work, TowerFactor factor, const Strip&) noexcept;
  void (*cauchy)(const CauchyJob&) noexcept;
  // 2^layers rows, the coefficients of a polynomial, become those of its sum with its formal derivative.
  void (*add_derivative)(std::uint8_t* work, unsigned layers, std::size_t row_bytes) noexcept;
  // In place, modulo 65535: values stay below 65536, where 65535 stands for 0.
  void (*walsh_hadamard)(std::uint16_t* values, std::size_t count) noexcept;
  // Measured time of one term of `cauchy` for a row, in units of one layer of a transform for a row
  // (docs/benchmarks.md).
  double cauchy_cost;
  // Layers of a pass that pay: 3 where eight lanes fit in registers, else 2.
  unsigned pass_layers;
  // Measured sizes of strips: bytes of all their work rows, and of one row where there are many. What a pass costs to
  // set up is spread over a row, so that slower kernels, which have more to set up, want longer ones.
  std::size_t strip_bytes;
  std::size_t least_row_bytes;
};

extern const Kernels scalar_kernels;
#if defined(PUNKTFUNK_X86)
extern const Kernels ssse3_kernels;
extern const Kernels avx2_kernels;
extern const Kernels gfni_avx2_kernels;
extern const Kernels gfni_avx512_kernels;
#elif defined(PUNKTFUNK_ARM)
extern const Kernels neon_kernels;
#endif

// Those of current_isa().
const Kernels& kernels() noexcept;

}  // namespace punktfunk::gf16
