#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "reference.h"
#include "ssim.h"
#include "stale_bands.h"

using namespace punktfunk;
using namespace punktfunk::judge;

namespace {

constexpr std::uint32_t width = 640, height = 368, band_rows = 16;

std::vector<std::uint8_t> copy_of(const Reference& reference, unsigned age = 0) {
  const std::uint8_t* const luma = reference.luma(age);
  REQUIRE(luma != nullptr);
  return {luma, luma + std::size_t{width} * height};
}

// The mean of the definition in the paper, window for window, without any of the sums that ssim() saves.
double ssim_by_definition(const Plane& a, const Plane& b, std::uint32_t wide, std::uint32_t high) {
  constexpr double c1 = 0.01 * 255 * 0.01 * 255, c2 = 0.03 * 255 * 0.03 * 255;
  double sum = 0;
  unsigned windows = 0;
  for (std::uint32_t top = 0; top + 8 <= high; top += 4) {
    for (std::uint32_t left = 0; left + 8 <= wide; left += 4, ++windows) {
      double mean_a = 0, mean_b = 0, variance_a = 0, variance_b = 0, covariance = 0;
      const auto each = [&](const auto& what) {
        for (std::uint32_t y = top; y < top + 8; ++y) {
          for (std::uint32_t x = left; x < left + 8; ++x) {
            what(a.samples[y * a.stride + x], b.samples[y * b.stride + x]);
          }
        }
      };
      each([&](double p, double q) { mean_a += p / 64, mean_b += q / 64; });
      each([&](double p, double q) {
        variance_a += (p - mean_a) * (p - mean_a) / 63;
        variance_b += (q - mean_b) * (q - mean_b) / 63;
        covariance += (p - mean_a) * (q - mean_b) / 63;
      });
      sum += (2 * mean_a * mean_b + c1) * (2 * covariance + c2) /
             ((mean_a * mean_a + mean_b * mean_b + c1) * (variance_a + variance_b + c2));
    }
  }
  return sum / windows;
}

}  // namespace

TEST_CASE("SSIM: 1 for equal planes, what the definition says for others, whatever the stride") {
  Reference reference(beacon::Motion::full, width, height, {});
  reference.paint({.frame_number = 1, .painted_ns = 7});
  reference.paint({.frame_number = 2, .painted_ns = 8});
  const Plane now = reference.plane(), before{reference.luma(1), width};
  CHECK(ssim(now, now, width, height) == doctest::Approx(1).epsilon(1e-12));
  CHECK(ssim(now, before, width, height) == doctest::Approx(ssim_by_definition(now, before, width, height)));
  CHECK(ssim(now, before, width, height) < 0.9);
  // Sides that are no multiple of a cell; a stride that is not the width.
  CHECK(ssim(now, before, 37, 26) == doctest::Approx(ssim_by_definition(now, before, 36, 24)));
  std::vector<std::uint8_t> brighter = copy_of(reference);
  for (auto& sample : brighter) { sample = static_cast<std::uint8_t>(sample + 1); }
  const double little = ssim(now, {brighter.data(), width}, width, height);
  CHECK(little < 1);
  CHECK(little > 0.999);
}

TEST_CASE("the reference: luma as the matrix and range say, and the code in it") {
  for (const auto& [form, white] :
       {std::pair{LumaForm{1, false}, 235}, {LumaForm{6, false}, 235}, {LumaForm{9, true}, 255}}) {
    Reference reference(beacon::Motion::full, width, height, form);
    CHECK(reference.luma(0) == nullptr);
    reference.paint({.frame_number = ~0ull, .painted_ns = 12});
    BeaconCode code;
    REQUIRE(read_beacon_code(reference.luma(0), width, width, height, code));
    CHECK(code.painted_ns == 12);
    CHECK(static_cast<int>(reference.luma(0)[0]) == white);
    CHECK(static_cast<int>(reference.luma(0)[beacon_block_px * width]) == (form.full_range ? 0 : 16));
    CHECK(reference.luma(1) == nullptr);
  }
  // A saturated blue weighs differently in each.
  const auto blue = [](unsigned matrix) {
    Reference reference(beacon::Motion::full, width, height, {matrix, true});
    reference.paint({.frame_number = 0, .painted_ns = 0});
    return copy_of(reference);
  };
  CHECK(blue(1) != blue(6));
  CHECK(blue(1) != blue(9));
}

TEST_CASE("stale bands: each band of each earlier picture is found and named; coding's noise is none") {
  Reference reference(beacon::Motion::full, width, height, {});
  for (std::uint64_t number = 10; number < 16; number += 1) { reference.paint({number, number * 1000}); }
  auto decoded = copy_of(reference);
  for (std::size_t i = 0; i < decoded.size(); ++i) {
    decoded[i] =
        static_cast<std::uint8_t>(std::clamp(decoded[i] + static_cast<int>(i * 2654435761u >> 24) % 31 - 15, 0, 255));
  }
  const Plane plane{decoded.data(), width};
  CHECK(stale_bands(reference, plane).empty());
  unsigned found = 0, looked = 0;
  for (std::uint32_t row = 2 * band_rows; row < height; row += band_rows) {
    for (unsigned age = 1; age < Reference::kept; ++age) {
      const std::size_t at = std::size_t{row} * width, bytes = std::size_t{band_rows} * width;
      std::vector<std::uint8_t> kept(decoded.begin() + static_cast<std::ptrdiff_t>(at),
                                     decoded.begin() + static_cast<std::ptrdiff_t>(at + bytes));
      std::memcpy(decoded.data() + at, reference.luma(age) + at, bytes);
      const auto bands = stale_bands(reference, plane);
      std::memcpy(decoded.data() + at, kept.data(), bytes);
      ++looked;
      if (bands.empty()) {
        CHECK_MESSAGE(row / band_rows % 8 == 0,
                      "a band of text that stands still from row " << row);  // a coloured bar tells nothing
        continue;
      }
      ++found;
      REQUIRE(bands.size() == 1);
      CHECK(bands[0].first_row == row);
      CHECK(bands[0].of_number == 15 - age);
    }
  }
  CHECK(found * 8 >= looked * 7);
}
