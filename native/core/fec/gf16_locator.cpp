#include "core/fec/gf16_locator.h"

#include <algorithm>

namespace punktfunk::gf16 {

namespace {

// Modulo 65535, where 2^16 is 1.
std::uint16_t fold(std::uint32_t value) noexcept {
  value = (value & 0xFFFFu) + (value >> 16);
  return static_cast<std::uint16_t>((value & 0xFFFFu) + (value >> 16));
}

}  // namespace

Locator::Locator(std::size_t most_points) : logs_(most_points), spectrum_(most_points) {}

std::size_t Locator::workspace_bytes() const noexcept {
  return (logs_.size() + spectrum_.size()) * sizeof(logs_[0]);
}

std::span<std::uint16_t> Locator::clear(unsigned layers) noexcept {
  layers_ = layers;
  std::fill_n(logs_.begin(), std::size_t{1} << layers, std::uint16_t{0});
  return std::span(logs_).first(std::size_t{1} << layers);
}

// log L(x) is the sum of log(x - u) over the points u, and x - u is the xor of their numbers: a convolution, so a
// product of Walsh-Hadamard transforms. Points and differences are below 2^layers, so transforms of that size do.
// log(0) counts as 0, which leaves the factor out that vanishes and so gives L' there.
void Locator::locate(const Kernels& kernels) noexcept {
  const std::size_t points = std::size_t{1} << layers_;
  if (spectrum_layers_ != layers_) {
    std::copy_n(tables().log, points, spectrum_.begin());
    kernels.walsh_hadamard(spectrum_.data(), points);
    for (std::size_t i = 0; i < points; ++i) {
      spectrum_[i] = fold(std::uint32_t{spectrum_[i]} << (16 - layers_));  // times 1 / points
    }
    spectrum_layers_ = layers_;
  }
  kernels.walsh_hadamard(logs_.data(), points);
  for (std::size_t i = 0; i < points; ++i) { logs_[i] = fold(std::uint32_t{logs_[i]} * spectrum_[i]); }
  kernels.walsh_hadamard(logs_.data(), points);
}

}  // namespace punktfunk::gf16
