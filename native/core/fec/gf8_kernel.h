// The one inner loop of GF(2^8): sums of multiplied shards. Internal to fec/.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/fec/cpu.h"
#include "core/fec/gf8_tables.h"

namespace punktfunk::gf8 {

// out[r] = post[r] * (start[r] + sum over c of tables(row_key[r] xor column_key[r * column_key_stride + c]) * in[c])
//
// With the tables of inverses and the points of a Cauchy matrix as keys no coefficient is ever stored; with row keys of
// zero and a stride of `columns` the column keys are a plain matrix.
struct Job {
  const MultiplierTables* tables;
  const std::uint8_t* row_key;
  const std::uint8_t* column_key;
  std::size_t column_key_stride;

  const std::uint8_t* const* in;     // columns pointers
  const std::uint8_t* const* start;  // rows pointers, or null: start from zero
  std::uint8_t* const* out;          // rows pointers; must not overlap what is read
  const std::uint8_t* post;          // rows factors, or null: 1
  std::size_t columns;
  std::size_t rows;
  std::size_t in_offset;  // first byte read of in and start
  std::size_t out_offset;
  std::size_t bytes;
};

using Kernel = void(const Job&) noexcept;

Kernel run_scalar;
#if defined(PUNKTFUNK_X86)
Kernel run_ssse3;
Kernel run_avx2;
Kernel run_gfni_avx2;
Kernel run_gfni_avx512;
#elif defined(PUNKTFUNK_ARM)
Kernel run_neon;
#endif

}  // namespace punktfunk::gf8
