// The general repair of a block: any unknown shards from enough known ones, by transforms over all its points. Internal
// to fec/.
//
// With L the polynomial that vanishes at the unknown points and w the one whose values the block is, w * L has a degree
// below the number of points and is known everywhere: it is zero where w is unknown. Its derivative is w * L' there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/fec/gf16_block.h"
#include "core/fec/gf16_locator.h"

namespace punktfunk::gf16 {

class WholeBlock {
 public:
  // For blocks of at most most_points points (a power of two).
  explicit WholeBlock(std::size_t most_points);
  [[nodiscard]] std::size_t workspace_bytes() const noexcept;

  // What is known of each shard (null: unknown) and where to write what is wanted (null: not wanted; parity_out may be
  // empty).
  struct Shards {
    std::span<const std::uint8_t* const> data;
    std::span<const std::uint8_t* const> parity;
    std::span<std::uint8_t* const> data_out;
    std::span<std::uint8_t* const> parity_out;
    std::size_t bytes;
  };
  // At least as many shards must be known as the block has data.
  void repair(const Geometry& geometry, const Shards& shards) noexcept;

 private:
  void mark_unknown(const Geometry& geometry, const Shards& shards) noexcept;
  void count_wanted(const Geometry& geometry, const Shards& shards) noexcept;

  Locator locator_;  // of the unknown points
  std::vector<std::uint32_t> wanted_before_;
  Workspace work_;
};

}  // namespace punktfunk::gf16
