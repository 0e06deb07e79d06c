#include "ssim.h"

#include <utility>
#include <vector>

namespace punktfunk::judge {

namespace {

constexpr std::uint32_t cell_px = 4;  // a window is two by two cells
constexpr std::int64_t window_samples = std::int64_t{4} * cell_px * cell_px;

struct Sums {
  std::int32_t a = 0, b = 0, squares = 0, products = 0;
};

void sum_cells(const Plane& a, const Plane& b, std::uint32_t row, std::vector<Sums>& cells) {
  for (std::uint32_t cell = 0; cell < cells.size(); ++cell) {
    Sums sums;
    for (std::uint32_t y = row * cell_px; y < (row + 1) * cell_px; ++y) {
      const std::uint8_t* const in_a = a.samples + y * a.stride + std::size_t{cell} * cell_px;
      const std::uint8_t* const in_b = b.samples + y * b.stride + std::size_t{cell} * cell_px;
      for (std::uint32_t x = 0; x < cell_px; ++x) {
        const std::int32_t p = in_a[x], q = in_b[x];
        sums.a += p;
        sums.b += q;
        sums.squares += p * p + q * q;
        sums.products += p * q;
      }
    }
    cells[cell] = sums;
  }
}

double of_window(const Sums& one, const Sums& two, const Sums& three, const Sums& four) {
  constexpr double n = window_samples;
  // Sums for means and, as in the paper, for variances over n - 1: the constants are scaled as they are.
  constexpr double c1 = 0.01 * 255 * 0.01 * 255 * n * n, c2 = 0.03 * 255 * 0.03 * 255 * n * (n - 1);
  const double a = one.a + two.a + three.a + four.a, b = one.b + two.b + three.b + four.b;
  const double squares = one.squares + two.squares + three.squares + four.squares;
  const double products = one.products + two.products + three.products + four.products;
  return (2 * a * b + c1) * (2 * (n * products - a * b) + c2) /
         ((a * a + b * b + c1) * (n * squares - a * a - b * b + c2));
}

}  // namespace

double ssim(const Plane& a, const Plane& b, std::uint32_t width, std::uint32_t height) {
  std::vector<Sums> above(width / cell_px), here(width / cell_px);
  sum_cells(a, b, 0, above);
  double sum = 0;
  std::uint64_t windows = 0;
  for (std::uint32_t row = 1; row < height / cell_px; ++row) {
    sum_cells(a, b, row, here);
    for (std::size_t cell = 1; cell < here.size(); ++cell, ++windows) {
      sum += of_window(above[cell - 1], above[cell], here[cell - 1], here[cell]);
    }
    std::swap(above, here);
  }
  return sum / static_cast<double>(windows);
}

}  // namespace punktfunk::judge
