// Structural similarity of two luma planes (Wang, Bovik, Sheikh, Simoncelli 2004): the mean over windows of 8x8
// samples, four apart, without a Gaussian. 1: equal.
#pragma once

#include <cstddef>
#include <cstdint>

namespace punktfunk::judge {

struct Plane {
  const std::uint8_t* samples = nullptr;
  std::size_t stride = 0;
};

// Both sides at least 8; what is right of and below the last whole window does not count.
double ssim(const Plane& a, const Plane& b, std::uint32_t width, std::uint32_t height);

}  // namespace punktfunk::judge
