#include "core/fec/gf16_transform.h"

#include <algorithm>
#include <cstring>

namespace punktfunk::gf16 {

namespace {

constexpr unsigned max_lanes = 8;

Pass start_pass(bool inverse, const Strip& strip) noexcept {
  Pass pass{};
  pass.inverse = inverse;
  pass.strip = strip;
  return pass;
}

// The block of rows that pass `level` completes.
void inverse_block(const InverseTransform& job, const Split& split, unsigned level, std::size_t row) noexcept {
  const std::size_t rows = std::size_t{1} << split.first_layer[level + 1];
  const std::size_t live = job.values.size();
  std::uint8_t* const work = job.work + row * job.strip.row_bytes;
  if (!job.in_place && row >= live) {
    std::memset(work, 0, rows * job.strip.row_bytes);
    return;
  }
  if (level > 0) {
    for (std::size_t child = 0; child < rows; child += std::size_t{1} << split.first_layer[level]) {
      inverse_block(job, split, level - 1, row + child);
    }
  }

  const std::uint8_t* in[max_lanes] = {};
  Pass pass = start_pass(true, job.strip);
  pass.source = Source::work;
  if (level == 0 && !job.in_place) {
    pass.source = Source::shards;
    std::copy_n(job.values.begin() + static_cast<std::ptrdiff_t>(row), std::min(rows, live - row), in);
  }
  const bool last = level + 1 == split.passes;
  pass.target = !last || job.sum == nullptr ? Target::work
                : job.factor == 1           ? Target::add_to_sum
                                            : Target::add_scaled_to_sum;
  pass.factor = tables().tower(job.factor);
  pass.layers = split.layers[level];
  pass.layer = split.first_layer[level];
  pass.point = job.point + static_cast<unsigned>(row);
  pass.from = pass.work = work;
  pass.sum = job.sum != nullptr ? job.sum : work;
  pass.in = in;
  job.kernels.pass(pass);
}

void forward_block(const ForwardTransform& job, const Split& split, unsigned level, std::size_t row) noexcept {
  const std::size_t rows = std::size_t{1} << split.first_layer[level + 1];
  if (!job.wanted.any(row, rows)) { return; }
  std::uint8_t* out[max_lanes] = {};
  Pass pass = start_pass(false, job.strip);
  pass.source = Source::work;
  pass.target = Target::work;
  if (level == 0 && !job.out.empty()) {
    pass.target = Target::shards;
    std::copy_n(job.out.begin() + static_cast<std::ptrdiff_t>(row), std::min(rows, job.wanted.limit - row), out);
  }
  pass.layers = split.layers[level];
  pass.layer = split.first_layer[level];
  pass.point = job.point + static_cast<unsigned>(row);
  pass.work = job.work + row * job.strip.row_bytes;
  pass.from = level + 1 == split.passes ? job.from : pass.work;
  pass.sum = pass.work;
  pass.out = out;
  job.kernels.pass(pass);
  if (level > 0) {
    for (std::size_t child = 0; child < rows; child += std::size_t{1} << split.first_layer[level]) {
      forward_block(job, split, level - 1, row + child);
    }
  }
}

}  // namespace

Split split_layers(unsigned layers, unsigned pass_layers) noexcept {
  Split split;
  // As many as pay at a time, but no pass of a single layer: the last three go together, the last four in twos.
  for (unsigned done = 0; done < layers;) {
    const unsigned left = layers - done;
    const unsigned take = left == 3 ? 3 : left == 4 ? 2 : std::min(pass_layers, left);
    split.layers[split.passes] = take;
    split.first_layer[++split.passes] = done += take;
  }
  return split;
}

void InverseTransform::run() const noexcept {
  if (layers > 0) {
    const Split split = split_layers(layers, kernels.pass_layers);
    inverse_block(*this, split, split.passes - 1, 0);
    return;
  }
  // One point: its value is the coefficient.
  const TowerFactor one = tables().tower(1);
  if (in_place || values.empty() || values[0] == nullptr) {
    if (!in_place && sum == nullptr) { std::memset(work, 0, strip.row_bytes); }
    return;
  }
  if (sum != nullptr) {
    kernels.add_scaled(sum, values[0], one, strip);
  } else {
    kernels.load_scaled(work, values[0], one, strip);
  }
}

void ForwardTransform::run() const noexcept {
  if (layers > 0) {
    const Split split = split_layers(layers, kernels.pass_layers);
    forward_block(*this, split, split.passes - 1, 0);
  } else if (out.empty()) {
    if (from != work) { std::memcpy(work, from, strip.row_bytes); }
  } else if (wanted.limit > 0 && out[0] != nullptr) {
    kernels.store_scaled(out[0], from, tables().tower(1), strip);
  }
}

}  // namespace punktfunk::gf16
