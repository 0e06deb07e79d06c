// Additive Fourier transforms over rows of shards, built from the kernels' passes. Internal to fec/.
//
// The inverse one goes from the values at the points point .. point + 2^layers - 1 to coefficients, the forward one
// back. Both walk the tree of blocks depth first, two or three layers at a time, so that each part stays in the cache
// while it is worked on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/fec/gf16_kernel.h"

namespace punktfunk::gf16 {

// How the layers of a transform are split into passes, lowest first.
struct Split {
  unsigned passes = 0;
  unsigned layers[8] = {};
  unsigned first_layer[9] = {};  // one more: all layers
};

// pass_layers: Kernels::pass_layers.
Split split_layers(unsigned layers, unsigned pass_layers) noexcept;

// Values to coefficients. The first values.size() rows come from shards (null ones and the rest are zero), or, when
// `in_place`, from the rows of work. The result times `factor` (a number) is added to sum; or it stays in work, as it
// is, where sum is null. A single point (no layers) takes no factor but 1.
struct InverseTransform {
  const Kernels& kernels;
  unsigned layers;
  unsigned point;
  bool in_place;
  std::span<const std::uint8_t* const> values;
  std::uint8_t* work;
  std::uint8_t* sum;
  Strip strip;
  unsigned factor = 1;

  void run() const noexcept;
};

// Which rows of a forward transform somebody wants: those below `limit`, and of them, where before is not null, only
// those with before[row + 1] != before[row].
struct Wanted {
  std::size_t limit;
  const std::uint32_t* before;

  [[nodiscard]] bool any(std::size_t first, std::size_t count) const noexcept {
    if (first >= limit) { return false; }
    const std::size_t end = first + count < limit ? first + count : limit;
    return before == nullptr || before[end] != before[first];
  }
};

// Coefficients to values. The rows of `from` are read, those of work are written, and may be the same; values go to
// shards where `out` is not empty (one for each row below wanted.limit).
struct ForwardTransform {
  const Kernels& kernels;
  unsigned layers;
  unsigned point;
  const std::uint8_t* from;
  std::uint8_t* work;
  std::span<std::uint8_t* const> out;
  Wanted wanted;
  Strip strip;

  void run() const noexcept;
};

}  // namespace punktfunk::gf16
