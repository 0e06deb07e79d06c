// The polynomial L that vanishes at a set of points, at all points of a block. Internal to fec/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/fec/gf16_kernel.h"

namespace punktfunk::gf16 {

class Locator {
 public:
  // For at most most_points points, a power of two.
  explicit Locator(std::size_t most_points);
  [[nodiscard]] std::size_t workspace_bytes() const noexcept;

  // 2^layers flags, to be set: 1 for the points where L vanishes, 0 for the others.
  std::span<std::uint16_t> clear(unsigned layers) noexcept;
  // From the flags: log L(x) where L does not vanish, log L'(x) where it does.
  void locate(const Kernels& kernels) noexcept;
  [[nodiscard]] std::uint16_t log(std::size_t point) const noexcept { return logs_[point]; }

 private:
  std::vector<std::uint16_t> logs_;
  // Walsh-Hadamard transform of the logarithms of 0 .. 2^layers - 1, scaled so that two transforms undo each other.
  std::vector<std::uint16_t> spectrum_;
  unsigned layers_ = 0, spectrum_layers_ = ~0u;
};

}  // namespace punktfunk::gf16
