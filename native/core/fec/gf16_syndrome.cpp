#include "core/fec/gf16_syndrome.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace punktfunk::gf16 {

namespace {

std::size_t most_lost(const Limits& limits) noexcept {
  return std::min(limits.data_shards, limits.parity_shards);
}

// log of the product over `over` divided by the product over `under`, each factor the difference from `point`; one that
// vanishes is left out.
std::uint64_t log_difference_ratio(const Tables& all, unsigned point, std::span<const std::uint16_t> over,
                                   std::span<const std::uint16_t> under) noexcept {
  std::uint64_t numerator = 0;
  std::uint64_t denominator = 0;
  for (std::size_t k = 0; k < over.size(); ++k) {
    numerator += all.log[over[k] ^ point];
    denominator += all.log[under[k] ^ point];
  }
  return numerator + log_modulus - denominator % log_modulus;
}

}  // namespace

// A group is M or K, whichever is less: no more than the next power of two of the smaller limit.
SyndromeRepair::SyndromeRepair(const Limits& limits)
    : lost_point_(most_lost(limits)),
      lost_factor_(most_lost(limits)),
      lost_(most_lost(limits)),
      row_point_(most_lost(limits)),
      row_factor_(most_lost(limits)),
      row_shard_(most_lost(limits)),
      row_syndrome_(most_lost(limits)),
      rows_before_(limits.parity_shards + 1),
      locator_(most_points(limits.data_shards, limits.parity_shards)),
      lost_before_(limits.data_shards + 1),
      group_rows_(std::bit_ceil(most_lost(limits))),
      sum_(strip_room(group_rows_, limits.shard_bytes)),
      work_(sum_.size()),
      syndromes_(sum_.size()) {}

std::size_t SyndromeRepair::workspace_bytes() const noexcept {
  return sum_.size() + work_.size() + syndromes_.size() + locator_.workspace_bytes() +
         (rows_before_.size() + lost_before_.size()) * sizeof(rows_before_[0]) +
         lost_.size() * (2 * sizeof(std::uint16_t) + 2 * sizeof(TowerFactor) + 3 * sizeof(void*));
}

void SyndromeRepair::collect(const Geometry& geometry, std::span<const std::uint8_t* const> parity,
                             std::span<std::uint8_t* const> lost_out) noexcept {
  lost_count_ = 0;
  for (std::size_t i = 0; i < lost_out.size(); ++i) {
    if (lost_out[i] != nullptr) {
      lost_point_[lost_count_] = static_cast<std::uint16_t>(geometry.data_point + i);
      lost_[lost_count_++] = lost_out[i];
    }
  }
  // The first parity shards that came: the fewer blocks of rows they lie in, the less of the forward transform is
  // needed.
  std::size_t taken = 0;
  for (parity_used_ = 0; taken < lost_count_; ++parity_used_) {
    rows_before_[parity_used_] = static_cast<std::uint32_t>(taken);
    if (parity[parity_used_] == nullptr) { continue; }
    row_point_[taken] = static_cast<std::uint16_t>(geometry.parity_point + parity_used_);
    row_shard_[taken++] = parity[parity_used_];
  }
  rows_before_[parity_used_] = static_cast<std::uint32_t>(taken);
}

// The generator is G[j][i] = r[j] * c[i] / (a[j] + b[i]), a and b the points of parity and data: c is 1 + the number of
// the data's group in a high-rate block, r is 1 + the number of the parity's group in a low-rate one, everything else
// is 1. (They are the vanishing polynomial of a group's points, which shifts a number right, at the point;
// docs/transport.md, 2.) The inverse of the Cauchy matrix at the lost columns and the used rows is
//   f[x] * g[j] / (a[j] + b[x]),
//   f[x] = prod over k of (a[k] + b[x]) / prod over k != x of (b[k] + b[x]),
//   g[j] = prod over k of (a[j] + b[k]) / prod over k != j of (a[j] + a[k]).
void SyndromeRepair::solve_factors(const Geometry& geometry) noexcept {
  const Tables& all = tables();
  const auto a = std::span<const std::uint16_t>(row_point_).first(lost_count_);
  const auto b = std::span<const std::uint16_t>(lost_point_).first(lost_count_);
  for (std::size_t x = 0; x < lost_count_; ++x) {
    const unsigned group = geometry.rate == Rate::high ? b[x] >> geometry.group_layers : 1u;
    lost_factor_[x] = all.tower_of_log(log_difference_ratio(all, b[x], a, b) + log_modulus - all.log[group]);
  }
  for (std::size_t j = 0; j < lost_count_; ++j) {
    const unsigned group = geometry.rate == Rate::low ? a[j] >> geometry.group_layers : 1u;
    row_factor_[j] = all.tower_of_log(log_difference_ratio(all, a[j], b, a) + log_modulus - all.log[group]);
  }
}

// The parity that the present data gives at the first 2^layers points, in the wanted rows of sum_.
void SyndromeRepair::high_sums(const Geometry& geometry, unsigned layers, std::span<const std::uint8_t* const> data,
                               const Wanted& wanted, const Strip& strip) noexcept {
  const Kernels& run = kernels();
  const Tables& all = tables();
  const std::size_t points = std::size_t{1} << layers;
  for (std::size_t at = 0; at < data.size(); at += points) {
    const std::size_t point = geometry.data_point + at;
    const unsigned log = all.log[point >> geometry.group_layers] + log_modulus - all.log[point >> layers];
    const unsigned factor = all.exp[log % log_modulus];
    const auto stretch = data.subspan(at, std::min(points, data.size() - at));
    const auto first_point = static_cast<unsigned>(point);
    if (at == 0 && factor == 1) {
      InverseTransform{run, layers, first_point, false, stretch, sum_.get(), nullptr, strip}.run();
      continue;
    }
    if (at == 0) { std::memset(sum_.get(), 0, points * strip.row_bytes); }
    InverseTransform{run, layers, first_point, false, stretch, work_.get(), sum_.get(), strip, factor}.run();
  }
  ForwardTransform{run, layers, 0, sum_.get(), sum_.get(), {}, wanted, strip}.run();
}

void SyndromeRepair::high_syndromes(const Geometry& geometry, unsigned layers,
                                    std::span<const std::uint8_t* const> data, const Strip& strip) noexcept {
  high_sums(geometry, layers, data, {parity_used_, rows_before_.data()}, strip);
  for (std::size_t r = 0; r < lost_count_; ++r) {
    std::uint8_t* const row = sum_.get() + row_point_[r] * strip.row_bytes;
    kernels().add_scaled(row, row_shard_[r], row_factor_[r], strip);
    row_syndrome_[r] = row;
  }
}

void SyndromeRepair::low_syndromes(const Geometry& geometry, std::span<const std::uint8_t* const> data,
                                   const Strip& strip) noexcept {
  const Kernels& run = kernels();
  const std::size_t group = geometry.group();
  InverseTransform{run, geometry.group_layers, 0, false, data, sum_.get(), nullptr, strip}.run();
  std::size_t r = 0;
  for (std::size_t at = 0; at < parity_used_; at += group) {
    const Wanted wanted{std::min(group, parity_used_ - at), rows_before_.data() + at};
    if (!wanted.any(0, group)) { continue; }
    ForwardTransform{
        run, geometry.group_layers, static_cast<unsigned>(group + at), sum_.get(), work_.get(), {}, wanted, strip}
        .run();
    for (; r < rows_before_[at + wanted.limit]; ++r) {
      std::uint8_t* const row = syndromes_.get() + r * strip.row_bytes;
      std::memcpy(row, work_.get() + (row_point_[r] - group - at) * strip.row_bytes, strip.row_bytes);
      run.add_scaled(row, row_shard_[r], row_factor_[r], strip);
      row_syndrome_[r] = row;
    }
  }
}

void SyndromeRepair::repair(const Geometry& geometry, std::span<const std::uint8_t* const> data,
                            std::span<const std::uint8_t* const> parity, std::span<std::uint8_t* const> lost_out,
                            std::size_t shard_bytes) noexcept {
  collect(geometry, parity, lost_out);
  solve_factors(geometry);
  const bool high = geometry.rate == Rate::high;
  unsigned layers = geometry.group_layers;
  // The factor of a stretch costs as much as two layers.
  if (const unsigned needed = high ? repair_layers(geometry, parity, lost_count_) : layers; needed + 1 < layers) {
    layers = needed;
  }
  const Strips strips(shard_bytes, std::size_t{1} << layers, kernels());
  for (std::size_t s = 0; s < strips.count(); ++s) {
    const Strip strip = strips[s];
    if (high) {
      high_syndromes(geometry, layers, data, strip);
    } else {
      low_syndromes(geometry, data, strip);
    }
    kernels().cauchy({row_syndrome_.data(), row_point_.data(), lost_.data(), lost_point_.data(), lost_factor_.data(),
                      lost_count_, lost_count_, strip});
  }
}

unsigned SyndromeRepair::repair_layers(const Geometry& geometry, std::span<const std::uint8_t* const> parity,
                                       std::size_t lost) noexcept {
  std::size_t points = 0;
  for (std::size_t came = 0; came < lost; ++points) { came += parity[points] != nullptr; }
  // One pass over the data is the least.
  return std::min(geometry.group_layers, std::max(log2_ceiling(points), kernels().pass_layers));
}

double SyndromeRepair::interpolation_cost(const Geometry& geometry, unsigned layers, std::size_t lost) noexcept {
  const double points = static_cast<double>(std::size_t{1} << layers);
  const double stretches = std::min(std::ceil(static_cast<double>(geometry.data) / points), static_cast<double>(lost));
  const double lost_in_each = static_cast<double>(lost) / stretches;
  double each = 0;
  const Split split = split_layers(layers, kernels().pass_layers);
  for (unsigned pass = 0; pass < split.passes; ++pass) {
    const auto block = static_cast<double>(std::size_t{1} << split.first_layer[pass + 1]);
    each += std::min(points, lost_in_each * block) * split.layers[pass] / 2;
  }
  // Back, the factors of both sides, forward; the locator costs about a tenth for each point.
  return points * (layers / 2.0 + 1.5) + stretches * each + static_cast<double>(lost) +
         static_cast<double>(geometry.points()) / 10;
}

void SyndromeRepair::locate(const Geometry& geometry, unsigned layers, std::span<const std::uint8_t* const> parity,
                            std::span<std::uint8_t* const> lost_out) noexcept {
  const auto vanishes = locator_.clear(geometry.layers);
  const std::size_t points = std::size_t{1} << layers;
  for (std::size_t j = 0; j < points; ++j) { vanishes[j] = j >= parity.size() || parity[j] == nullptr; }
  lost_before_[0] = 0;
  for (std::size_t i = 0; i < lost_out.size(); ++i) {
    vanishes[geometry.data_point + i] = lost_out[i] != nullptr;
    lost_before_[i + 1] = lost_before_[i] + (lost_out[i] != nullptr);
  }
  locator_.locate(kernels());
}

// From the coefficients in sum_: their values wherever something is lost, each stretch of points by itself.
void SyndromeRepair::evaluate(const Geometry& geometry, unsigned layers, std::span<std::uint8_t* const> lost_out,
                              const Strip& strip) noexcept {
  const Kernels& run = kernels();
  const Tables& all = tables();
  const std::size_t points = std::size_t{1} << layers;
  for (std::size_t at = 0; at < lost_out.size(); at += points) {
    const Wanted wanted{std::min(points, lost_out.size() - at), lost_before_.data() + at};
    if (!wanted.any(0, points)) { continue; }
    const std::size_t first_point = geometry.data_point + at;
    ForwardTransform{run, layers, static_cast<unsigned>(first_point), sum_.get(), work_.get(), {}, wanted, strip}.run();
    const unsigned group_log = all.log[first_point >> geometry.group_layers];
    for (std::size_t i = 0; i < wanted.limit; ++i) {
      if (lost_out[at + i] != nullptr) {
        const std::uint64_t log = std::uint64_t{locator_.log(first_point + i)} + group_log;
        run.store_scaled(lost_out[at + i], work_.get() + i * strip.row_bytes, all.tower_of_log(2 * log_modulus - log),
                         strip);
      }
    }
  }
}

// With P = Z * U, where U vanishes at those of the first 2^layers parity points that did not come: P is zero there and
// is the syndrome times the locator of both kinds of points elsewhere. Its degree is below 2^layers, as at least as
// many came as were lost.
void SyndromeRepair::interpolate(const Geometry& geometry, std::span<const std::uint8_t* const> data,
                                 std::span<const std::uint8_t* const> parity, std::span<std::uint8_t* const> lost_out,
                                 std::size_t shard_bytes) noexcept {
  const auto lost = static_cast<std::size_t>(
      std::count_if(lost_out.begin(), lost_out.end(), [](const std::uint8_t* shard) { return shard != nullptr; }));
  const unsigned layers = repair_layers(geometry, parity, lost);
  const std::size_t points = std::size_t{1} << layers;
  locate(geometry, layers, parity, lost_out);
  const Kernels& run = kernels();
  const Strips strips(shard_bytes, points, run);
  for (std::size_t s = 0; s < strips.count(); ++s) {
    const Strip strip = strips[s];
    high_sums(geometry, layers, data, {std::min(points, parity.size()), nullptr}, strip);
    for (std::size_t j = 0; j < points; ++j) {
      std::uint8_t* const row = sum_.get() + j * strip.row_bytes;
      if (j < parity.size() && parity[j] != nullptr) {
        run.add_scaled(row, parity[j], tables().tower_of_log(locator_.log(j)), strip);
      } else {
        std::memset(row, 0, strip.row_bytes);
      }
    }
    InverseTransform{run, layers, 0, true, {}, sum_.get(), nullptr, strip}.run();
    evaluate(geometry, layers, lost_out, strip);
  }
}

}  // namespace punktfunk::gf16
