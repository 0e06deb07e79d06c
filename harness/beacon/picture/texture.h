// A soft, coloured texture that repeats, as cameras and painters make them: no edges, all sizes of spots.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "scene.h"

namespace punktfunk::beacon {

class Texture {
 public:
  static constexpr int size = 512;

  explicit Texture(std::uint32_t seed) : pixels_(std::size_t{size} * size) {
    for (int channel = 0; channel < 3; ++channel) {
      add_channel(seed * 3 + static_cast<std::uint32_t>(channel), channel * 8);
    }
  }
  [[nodiscard]] const std::uint32_t* row(unsigned y) const { return pixels_.data() + std::size_t{y % size} * size; }

 private:
  // Spots of 128, 32, 8 and 2 pixels, the smaller the fainter, between whose corners is gone straight.
  void add_channel(std::uint32_t seed, int shift) {
    for (int y = 0; y < size; ++y) {
      for (int x = 0; x < size; ++x) {
        int value = 0;
        for (int cell = 128, strength = 96; cell >= 2; cell /= 4, strength /= 2) {
          const int left = x / cell, top = y / cell, across = x % cell, down = y % cell;
          const auto corner = [&](int dx, int dy) {
            const auto at = static_cast<std::uint32_t>((top + dy) * cell % size * size + (left + dx) * cell % size);
            return static_cast<int>(hash(at * 31 + seed * 8191 + static_cast<std::uint32_t>(cell)) & 255);
          };
          const int upper = corner(0, 0) * (cell - across) + corner(1, 0) * across;
          const int lower = corner(0, 1) * (cell - across) + corner(1, 1) * across;
          value += (upper * (cell - down) + lower * down) / (cell * cell) * strength / 192;
        }
        pixels_[static_cast<std::size_t>(y) * size + static_cast<std::size_t>(x)] |=
            static_cast<std::uint32_t>(std::min(value, 255)) << shift;
      }
    }
  }

  std::vector<std::uint32_t> pixels_;
};

}  // namespace punktfunk::beacon
