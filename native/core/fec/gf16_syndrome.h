// Repair of few losses: what the present data would have given as parity is subtracted from the parity that came, and
// what is left is a Cauchy matrix times the lost shards, whose inverse has a closed form. Internal to fec/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/fec/gf16_block.h"

namespace punktfunk::gf16 {

class SyndromeRepair {
 public:
  // For high- and low-rate blocks within the limits.
  explicit SyndromeRepair(const Limits& limits);
  [[nodiscard]] std::size_t workspace_bytes() const noexcept;

  // data: null where lost. lost_out: a place for each lost shard, null elsewhere. parity: null where lost; as many as
  // there are lost data shards must be there.
  void repair(const Geometry& geometry, std::span<const std::uint8_t* const> data,
              std::span<const std::uint8_t* const> parity, std::span<std::uint8_t* const> lost_out,
              std::size_t shard_bytes) noexcept;

 private:
  void collect(const Geometry& geometry, std::span<const std::uint8_t* const> parity,
               std::span<std::uint8_t* const> lost_out) noexcept;
  void solve_factors(const Geometry& geometry) noexcept;
  void high_syndromes(const Geometry& geometry, std::span<const std::uint8_t* const> data, const Strip& strip) noexcept;
  void low_syndromes(const Geometry& geometry, std::span<const std::uint8_t* const> data, const Strip& strip) noexcept;

  // By lost shard.
  std::vector<std::uint16_t> lost_point_;
  std::vector<TowerFactor> lost_factor_;
  std::vector<std::uint8_t*> lost_;
  // By parity shard used, as many.
  std::vector<std::uint16_t> row_point_;
  std::vector<TowerFactor> row_factor_;
  std::vector<const std::uint8_t*> row_shard_;
  std::vector<const std::uint8_t*> row_syndrome_;  // work rows
  std::vector<std::uint32_t> rows_before_;         // by parity shard
  std::size_t lost_count_ = 0;
  std::size_t parity_used_ = 0;  // shards up to the last one used

  std::size_t group_rows_;
  Workspace sum_;
  Workspace work_;
  Workspace syndromes_;
};

}  // namespace punktfunk::gf16
