// GF(2^8) erasure codes that stock Moonlight clients decode: the video Cauchy matrix and the fixed 4+2 audio matrix.
// Field: polynomial 0x11D, generator 2 (docs/gamestream.md, 6.5 and 7.4).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/status.h"

namespace punktfunk::gf8 {

inline constexpr std::size_t max_block_shards = 255;

enum class Matrix {
  video,  // M[j][i] = inverse((parity + i) xor j)
  audio,  // always 4 + 2, rows 77 40 38 0e and c7 a7 0d 6c
};

// Writes every parity shard from the data shards. Shards are `shard_bytes` long, any length >= 1, any alignment,
// and must not overlap. Thread-safe, allocation-free.
// Errors: invalid_argument for an empty block, more than max_block_shards, or an audio shape other than 4 + 2.
Status encode(Matrix matrix, std::span<const std::uint8_t* const> data, std::span<std::uint8_t* const> parity,
              std::size_t shard_bytes) noexcept;

// Rebuilds the missing data shards in place. `shards` holds data then parity pointers (data_count + parity_count);
// present[i] says which were received. Missing data shards must point at writable memory of shard_bytes; missing parity
// may be null and is not rebuilt. The values of present are not changed.
// Errors: invalid_argument as above; unrecoverable when fewer than data_count shards are present.
Status decode(Matrix matrix, std::span<std::uint8_t* const> shards, std::span<const bool> present,
              std::size_t data_count, std::size_t shard_bytes) noexcept;

}  // namespace punktfunk::gf8
