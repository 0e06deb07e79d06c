// Repair by syndromes: what the present data would have given as parity is subtracted from the parity that came, and
// what is left depends on the lost shards alone. Internal to fec/.
//
// Of a high-rate block no more parity is computed than that of the first 2^layers points, among which as many came as
// data was lost. On these points a polynomial is what its first 2^layers coefficients are: the vanishing polynomials of
// more points are zero there. So the data is transformed in stretches of 2^layers points, whatever the block's own
// groups are, and a stretch counts with the ratio of the two vanishing polynomials at its points: (p >> group_layers) /
// (p >> layers). The fewer shards were lost, the fewer layers there are.
//
// It is a Cauchy matrix times the lost shards, whose inverse has a closed form: the square of the number of losses in
// work. Or, with Z the polynomial that goes through the syndromes times the locator of the lost points: the lost shards
// are values of Z over those of the locator's derivative. That takes a small transform of the syndromes back, and one
// forward for each stretch of points where something is lost.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/fec/gf16_block.h"
#include "core/fec/gf16_locator.h"
#include "core/fec/gf16_transform.h"

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

  // The same by interpolation; high-rate blocks only.
  void interpolate(const Geometry& geometry, std::span<const std::uint8_t* const> data,
                   std::span<const std::uint8_t* const> parity, std::span<std::uint8_t* const> lost_out,
                   std::size_t shard_bytes) noexcept;
  // log2 of the parity points that a repair works with: of the first so many, `lost` came. High-rate blocks only.
  [[nodiscard]] static unsigned repair_layers(const Geometry& geometry, std::span<const std::uint8_t* const> parity,
                                              std::size_t lost) noexcept;
  // Estimated work, in layers of a transform for two rows.
  [[nodiscard]] static double interpolation_cost(const Geometry& geometry, unsigned layers, std::size_t lost) noexcept;

 private:
  void locate(const Geometry& geometry, unsigned layers, std::span<const std::uint8_t* const> parity,
              std::span<std::uint8_t* const> lost_out) noexcept;
  void high_sums(const Geometry& geometry, unsigned layers, std::span<const std::uint8_t* const> data,
                 const Wanted& wanted, const Strip& strip) noexcept;
  void evaluate(const Geometry& geometry, unsigned layers, std::span<std::uint8_t* const> lost_out,
                const Strip& strip) noexcept;
  void collect(const Geometry& geometry, std::span<const std::uint8_t* const> parity,
               std::span<std::uint8_t* const> lost_out) noexcept;
  void solve_factors(const Geometry& geometry) noexcept;
  void high_syndromes(const Geometry& geometry, unsigned layers, std::span<const std::uint8_t* const> data,
                      const Strip& strip) noexcept;
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

  Locator locator_;                         // of the lost points and the unused ones between those used
  std::vector<std::uint32_t> lost_before_;  // by data shard

  std::size_t group_rows_;
  Workspace sum_;
  Workspace work_;
  Workspace syndromes_;
};

}  // namespace punktfunk::gf16
