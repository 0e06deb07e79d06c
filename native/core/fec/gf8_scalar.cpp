#include "core/fec/gf8_kernel.h"

namespace punktfunk::gf8 {

void run_scalar(const Job& job) noexcept {
  for (std::size_t r = 0; r < job.rows; ++r) {
    std::uint8_t* const out = job.out[r] + job.out_offset;
    for (std::size_t i = 0; i < job.bytes; ++i) { out[i] = job.start != nullptr ? job.start[r][job.in_offset + i] : 0; }
    for (std::size_t c = 0; c < job.columns; ++c) {
      const std::uint8_t* const in = job.in[c] + job.in_offset;
      const unsigned index = job.row_key[r] ^ job.column_key[r * job.column_key_stride + c];
      const std::uint8_t* const low = job.tables->nibble[index];
      const std::uint8_t* const high = low + 16;
      for (std::size_t i = 0; i < job.bytes; ++i) { out[i] ^= low[in[i] & 15] ^ high[in[i] >> 4]; }
    }
    if (job.post != nullptr) {
      for (std::size_t i = 0; i < job.bytes; ++i) { out[i] = multiply(out[i], job.post[r]); }
    }
  }
}

}  // namespace punktfunk::gf8
