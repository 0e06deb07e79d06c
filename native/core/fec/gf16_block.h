// Geometry of a block and the memory its work needs. Internal to fec/.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

#include "core/fec/gf16.h"
#include "core/fec/gf16_kernel.h"

namespace punktfunk::gf16 {

enum class Rate : std::uint8_t { high, low, other };

struct Geometry {
  Rate rate = Rate::high;
  std::size_t data = 0;
  std::size_t parity = 0;
  unsigned group_layers = 0;  // high: log2 of M; low: log2 of K
  std::size_t data_point = 0;
  std::size_t parity_point = 0;
  unsigned layers = 0;  // log2 of the points of a transform over the whole block

  [[nodiscard]] std::size_t group() const noexcept { return std::size_t{1} << group_layers; }
  [[nodiscard]] std::size_t points() const noexcept { return std::size_t{1} << layers; }
};

inline unsigned log2_ceiling(std::size_t n) noexcept {
  return static_cast<unsigned>(std::bit_width(n - 1));
}

// False for blocks that cannot be. parity may not be 0.
inline bool geometry_of(std::size_t data, std::size_t parity, Geometry& geometry) noexcept {
  if (data == 0 || parity == 0 || data > max_block_shards || parity > max_block_shards - data) { return false; }
  const unsigned k = log2_ceiling(data);
  const unsigned m = log2_ceiling(parity);
  geometry.data = data;
  geometry.parity = parity;
  if (m <= k && (std::size_t{1} << m) + data <= max_points) {
    geometry.rate = Rate::high;
    geometry.group_layers = m;
    geometry.data_point = geometry.group();
    geometry.parity_point = 0;
  } else if (m > k && (std::size_t{1} << k) + parity <= max_points) {
    geometry.rate = Rate::low;
    geometry.group_layers = k;
    geometry.data_point = 0;
    geometry.parity_point = geometry.group();
  } else {
    geometry.rate = Rate::other;
    geometry.group_layers = 16;
    geometry.data_point = parity;
    geometry.parity_point = 0;
  }
  geometry.layers = log2_ceiling(std::max(geometry.data_point + data, geometry.parity_point + parity));
  return true;
}

// Points of the largest transform that a block within the limits needs.
inline std::size_t most_points(std::size_t data, std::size_t parity) noexcept {
  return std::min(max_points, std::bit_ceil(std::bit_ceil(data) + std::bit_ceil(parity)));
}

inline bool valid_shard_bytes(std::size_t bytes) noexcept {
  return bytes > 0 && bytes % 2 == 0;
}

// Memory on a cache line's boundary; not cleared.
class Workspace {
 public:
  Workspace() = default;
  explicit Workspace(std::size_t bytes)
      : bytes_(bytes), memory_(static_cast<std::uint8_t*>(::operator new(bytes, alignment))) {}
  [[nodiscard]] std::uint8_t* get() const noexcept { return memory_.get(); }
  [[nodiscard]] std::size_t size() const noexcept { return bytes_; }

 private:
  static constexpr std::align_val_t alignment{64};
  struct Free {
    void operator()(std::uint8_t* memory) const noexcept { ::operator delete(memory, alignment); }
  };
  std::size_t bytes_ = 0;
  std::unique_ptr<std::uint8_t, Free> memory_;
};

// Bytes of each work row of a strip, in units: what makes strip_bytes of all rows, but no less than least_row_bytes,
// unless that were more than most_strip_bytes in all.
inline constexpr std::size_t most_strip_bytes = 2 * 1024 * 1024;
inline std::size_t strip_row_bytes(std::size_t rows, std::size_t strip_bytes, std::size_t least_row_bytes) noexcept {
  return std::max({strip_bytes / rows, std::min(least_row_bytes, most_strip_bytes / rows), unit_bytes}) / unit_bytes *
         unit_bytes;
}

// Room for a strip of so many rows, whichever kernels run.
inline std::size_t strip_room(std::size_t rows, std::size_t shard_bytes) noexcept {
  return rows *
         std::min(round_up_to_unit(shard_bytes), strip_row_bytes(rows, largest_strip_bytes, largest_least_row_bytes));
}

// Cuts shards into strips of units as the kernels want them for so many work rows, all of about the same size.
class Strips {
 public:
  Strips(std::size_t shard_bytes, std::size_t rows, const Kernels& kernels) noexcept
      : Strips(shard_bytes, strip_row_bytes(rows, kernels.strip_bytes, kernels.least_row_bytes)) {}
  Strips(std::size_t shard_bytes, std::size_t most_row_bytes) noexcept : shard_bytes_(shard_bytes) {
    const std::size_t units = round_up_to_unit(shard_bytes) / unit_bytes;
    const std::size_t most = std::min(most_row_bytes / unit_bytes, units);
    count_ = (units + most - 1) / most;
    strip_bytes_ = (units + count_ - 1) / count_ * unit_bytes;
    count_ = (units * unit_bytes + strip_bytes_ - 1) / strip_bytes_;
  }
  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  [[nodiscard]] Strip operator[](std::size_t i) const noexcept {
    const std::size_t offset = i * strip_bytes_;
    const std::size_t bytes = std::min(strip_bytes_, shard_bytes_ - offset);
    return {offset, bytes, round_up_to_unit(bytes)};
  }

 private:
  std::size_t shard_bytes_;
  std::size_t strip_bytes_ = 0;
  std::size_t count_ = 0;
};

}  // namespace punktfunk::gf16
