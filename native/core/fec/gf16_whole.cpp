#include "core/fec/gf16_whole.h"

#include <algorithm>
#include <cstring>

#include "core/fec/gf16_transform.h"

namespace punktfunk::gf16 {

namespace {

// More than other strips get: all the points' rows are worked on at once, and two units a row halve the cost of what is
// done by row.
constexpr std::size_t whole_budget_bytes = 512 * 1024;

}  // namespace

WholeBlock::WholeBlock(std::size_t most_points)
    : locator_(most_points),
      wanted_before_(most_points + 1),
      work_(std::max(most_points * unit_bytes, whole_budget_bytes)) {}

std::size_t WholeBlock::workspace_bytes() const noexcept {
  return work_.size() + locator_.workspace_bytes() + wanted_before_.size() * sizeof(wanted_before_[0]);
}

// Points that belong to no shard: in a high-rate block those after the parity are unknown and those after the data are
// zeros, in a low-rate block the other way round, otherwise all are unknown.
void WholeBlock::mark_unknown(const Geometry& geometry, const Shards& shards) noexcept {
  const bool zeros_after_data = geometry.rate != Rate::other;
  const std::size_t first = geometry.rate == Rate::low ? geometry.parity_point : 0;
  const std::size_t last = geometry.rate == Rate::high ? geometry.data_point : geometry.points();
  const auto unknown = locator_.clear(geometry.layers);
  std::fill(unknown.begin() + static_cast<std::ptrdiff_t>(zeros_after_data ? first : 0),
            unknown.begin() + static_cast<std::ptrdiff_t>(last), std::uint16_t{1});
  for (std::size_t i = 0; i < geometry.data; ++i) { unknown[geometry.data_point + i] = shards.data[i] == nullptr; }
  for (std::size_t j = 0; j < geometry.parity; ++j) {
    unknown[geometry.parity_point + j] = shards.parity[j] == nullptr;
  }
}

void WholeBlock::count_wanted(const Geometry& geometry, const Shards& shards) noexcept {
  std::fill_n(wanted_before_.begin(), geometry.points() + 1, 0u);
  for (std::size_t i = 0; i < shards.data_out.size(); ++i) {
    wanted_before_[geometry.data_point + i + 1] = shards.data_out[i] != nullptr;
  }
  for (std::size_t j = 0; j < shards.parity_out.size(); ++j) {
    wanted_before_[geometry.parity_point + j + 1] = shards.parity_out[j] != nullptr;
  }
  for (std::size_t x = 0; x < geometry.points(); ++x) { wanted_before_[x + 1] += wanted_before_[x]; }
}

void WholeBlock::repair(const Geometry& geometry, const Shards& shards) noexcept {
  const Kernels& run = kernels();
  const Tables& all = tables();
  const std::size_t points = geometry.points();
  mark_unknown(geometry, shards);
  locator_.locate(run);
  count_wanted(geometry, shards);

  std::uint8_t* const work = work_.get();
  const Strips strips(shards.bytes, work_.size() / points);
  for (std::size_t s = 0; s < strips.count(); ++s) {
    const Strip strip = strips[s];
    const auto load = [&](std::size_t first_point, std::span<const std::uint8_t* const> from) {
      for (std::size_t i = 0; i < from.size(); ++i) {
        std::uint8_t* const row = work + (first_point + i) * strip.row_bytes;
        if (from[i] != nullptr) {
          run.load_scaled(row, from[i], all.tower_of_log(locator_.log(first_point + i)), strip);
        } else {
          std::memset(row, 0, strip.row_bytes);
        }
      }
    };
    const auto clear = [&](std::size_t first_point, std::size_t end) {
      if (end > first_point) {
        std::memset(work + first_point * strip.row_bytes, 0, (end - first_point) * strip.row_bytes);
      }
    };
    const std::size_t data_end = geometry.data_point + geometry.data;
    const std::size_t parity_end = geometry.parity_point + geometry.parity;
    load(geometry.data_point, shards.data);
    load(geometry.parity_point, shards.parity);
    clear(std::min(data_end, parity_end), std::max(geometry.data_point, geometry.parity_point));
    clear(std::max(data_end, parity_end), points);

    InverseTransform{run, geometry.layers, 0, true, {}, work, nullptr, strip}.run();
    // w * L itself is zero where the sum is read.
    run.add_derivative(work, geometry.layers, strip.row_bytes);
    ForwardTransform{run, geometry.layers, 0, work, work, {}, {points, wanted_before_.data()}, strip}.run();

    const auto store = [&](std::size_t first_point, std::span<std::uint8_t* const> to) {
      for (std::size_t i = 0; i < to.size(); ++i) {
        if (to[i] != nullptr) {
          run.store_scaled(to[i], work + (first_point + i) * strip.row_bytes,
                           all.tower_of_log(log_modulus - locator_.log(first_point + i) % log_modulus), strip);
        }
      }
    };
    store(geometry.data_point, shards.data_out);
    store(geometry.parity_point, shards.parity_out);
  }
}

}  // namespace punktfunk::gf16
