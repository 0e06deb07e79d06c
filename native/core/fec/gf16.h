// GF(2^16) erasure code in the Leopard construction: up to 65536 shards in one block, parity byte-identical to
// catid/leopard's FF16 and reed-solomon-simd (docs/transport.md, 2; vectors in native/test/testdata/fec).
//
// A block has k data and m parity shards of one even size. With K and M the next powers of two of k and m:
//   high rate, M <= K: parity shard j is at point j, data shard i at point M + i; M + k <= 65536
//   low rate,  M > K:  data shard i is at point i, parity shard j at point K + j; K + m <= 65536
//   any other with k + m <= 65536: parity j at point j, data i at point m + i. Nobody else defines these; both ends do
//   the work of a full transform of 65536 points.
// m = 1 gives the xor of the data shards, and k = 1 copies.
//
// Layout of a shard: chunks of 64 bytes, 32 low bytes then the 32 high bytes of 32 elements. Of t left-over bytes the
// first t / 2 are low, the others high. Sizes are even.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "core/status.h"

namespace punktfunk::gf16 {

inline constexpr std::size_t max_block_shards = 65536;

// What an encoder or decoder is made for. Both allocate all they ever need when they are made.
struct Limits {
  std::size_t data_shards = 0;
  std::size_t parity_shards = 0;
  std::size_t shard_bytes = 0;
};

// One thread at a time. Every call but the constructor is free of allocation and needs little stack.
class Encoder {
 public:
  // May throw std::bad_alloc. Memory: about parity_shards rounded up to a power of two, times shard_bytes, for
  // incremental use.
  explicit Encoder(const Limits& limits);
  ~Encoder();
  Encoder(Encoder&&) noexcept;
  Encoder& operator=(Encoder&&) noexcept;

  // invalid_argument when the limits are of no block that can be; then every call returns it.
  [[nodiscard]] Status status() const noexcept;

  // Bytes held.
  [[nodiscard]] std::size_t workspace_bytes() const noexcept;

  // All at once. Errors: invalid_argument for a shape beyond the limits, an odd or zero size, no data.
  Status encode(std::span<const std::uint8_t* const> data, std::span<std::uint8_t* const> parity,
                std::size_t shard_bytes) noexcept;

  // Step by step, while the data still comes: begin, add as often as shards come, finish. A group of M shards is
  // transformed as soon as it is full, so that at finish only the last group and the parity itself are left to do.
  // parity_shards need not be the final number, only have the same next power of two.
  Status begin(std::size_t parity_shards, std::size_t shard_bytes) noexcept;
  // In order of their index. A shard must stay valid and unchanged until finish. Errors: wrong_state before begin,
  // invalid_argument when there are more than the limits allow.
  Status add(std::span<const std::uint8_t* const> data) noexcept;
  // Errors: wrong_state before begin; invalid_argument when parity has another next power of two than begin was told,
  // or no data was added. Afterwards begin starts the next block.
  Status finish(std::span<std::uint8_t* const> parity) noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// One thread at a time, as the encoder.
class Decoder {
 public:
  explicit Decoder(const Limits& limits);
  ~Decoder();
  Decoder(Decoder&&) noexcept;
  Decoder& operator=(Decoder&&) noexcept;

  [[nodiscard]] Status status() const noexcept;
  [[nodiscard]] std::size_t workspace_bytes() const noexcept;

  // Rebuilds the missing data shards in place. shards holds data_count data pointers, then the parity pointers;
  // present[i] says which were received. Missing data shards must point at writable memory of shard_bytes; missing
  // parity may be null and is not rebuilt. Errors: invalid_argument as for encode; unrecoverable when fewer than
  // data_count shards are present.
  Status decode(std::span<std::uint8_t* const> shards, std::span<const bool> present, std::size_t data_count,
                std::size_t shard_bytes) noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace punktfunk::gf16
