#include <algorithm>
#include <cstring>
#include <optional>
#include <vector>

#include "base/assert.h"
#include "core/fec/gf16.h"
#include "core/fec/gf16_block.h"
#include "core/fec/gf16_transform.h"
#include "core/fec/gf16_whole.h"

namespace punktfunk::gf16 {

struct Encoder::State {
  explicit State(const Limits& given) : limits(given) {
    Geometry largest;
    if (!valid_shard_bytes(limits.shard_bytes) || !geometry_of(limits.data_shards, limits.parity_shards, largest)) {
      return;
    }
    status = Status::ok;
    tables();
    const std::size_t rows = std::bit_ceil(limits.parity_shards);
    data.resize(limits.data_shards);
    sum = Workspace(rows * round_up_to_unit(limits.shard_bytes));
    work = Workspace(strip_room(rows, limits.shard_bytes));
    if (std::bit_ceil(limits.data_shards) + rows > max_points) {
      whole.emplace(max_points);
      unknown.resize(limits.parity_shards);
    }
  }

  Status check(std::size_t data_shards, std::size_t parity_shards, std::size_t bytes,
               Geometry& geometry) const noexcept {
    if (status != Status::ok) { return status; }
    const bool fits = data_shards <= limits.data_shards && parity_shards <= limits.parity_shards &&
                      bytes <= limits.shard_bytes && valid_shard_bytes(bytes);
    return fits && geometry_of(data_shards, parity_shards, geometry) ? Status::ok : Status::invalid_argument;
  }

  // Adds group `index` of M shards (or fewer: the last one) to the sums of a strip.
  void add_group(const Kernels& run, unsigned layers, std::size_t index, std::span<const std::uint8_t* const> group,
                 std::uint8_t* strip_sum, const Strip& strip) const noexcept {
    const std::size_t point = (index + 1) << layers;
    PF_ASSERT(!group.empty() && group.size() <= std::size_t{1} << layers && point < max_points);
    const bool first = index == 0;
    InverseTransform{run,
                     layers,
                     static_cast<unsigned>(point),
                     false,
                     group,
                     first ? strip_sum : work.get(),
                     first ? nullptr : strip_sum,
                     strip}
        .run();
  }

  void encode_high(const Geometry& geometry, std::span<const std::uint8_t* const> shards,
                   std::span<std::uint8_t* const> parity, std::size_t bytes) const noexcept {
    const Kernels& run = kernels();
    const std::size_t group = geometry.group();
    const Strips strips(bytes, group, run);
    for (std::size_t s = 0; s < strips.count(); ++s) {
      const Strip strip = strips[s];
      for (std::size_t at = 0; at < shards.size(); at += group) {
        add_group(run, geometry.group_layers, at / group, shards.subspan(at, std::min(group, shards.size() - at)),
                  sum.get(), strip);
      }
      ForwardTransform{run, geometry.group_layers, 0, sum.get(), sum.get(), parity, {parity.size(), nullptr}, strip}
          .run();
    }
  }

  // The data's coefficients once, then as many transforms of K points as the parity needs.
  void encode_low(const Geometry& geometry, std::span<const std::uint8_t* const> shards,
                  std::span<std::uint8_t* const> parity, std::size_t bytes) const noexcept {
    const Kernels& run = kernels();
    const std::size_t group = geometry.group();
    const Strips strips(bytes, group, run);
    for (std::size_t s = 0; s < strips.count(); ++s) {
      const Strip strip = strips[s];
      InverseTransform{run, geometry.group_layers, 0, false, shards, sum.get(), nullptr, strip}.run();
      for (std::size_t at = 0; at < parity.size(); at += group) {
        const std::size_t rows = std::min(group, parity.size() - at);
        ForwardTransform{run,
                         geometry.group_layers,
                         static_cast<unsigned>(group + at),
                         sum.get(),
                         work.get(),
                         parity.subspan(at, rows),
                         {rows, nullptr},
                         strip}
            .run();
      }
    }
  }

  // Parity is what a decoder would say that it was.
  void encode_other(const Geometry& geometry, std::span<const std::uint8_t* const> shards,
                    std::span<std::uint8_t* const> parity, std::size_t bytes) noexcept {
    whole->repair(geometry, {shards, std::span(unknown).first(parity.size()), {}, parity, bytes});
  }

  // Strips of a block that is encoded step by step: their sums lie one after the other.
  [[nodiscard]] Strips step_strips() const noexcept { return {shard_bytes, std::size_t{1} << step_layers, kernels()}; }

  void add_group_step(std::size_t index, std::span<const std::uint8_t* const> group) const noexcept {
    const Kernels& run = kernels();
    const Strips strips = step_strips();
    for (std::size_t s = 0; s < strips.count(); ++s) {
      add_group(run, step_layers, index, group, sum.get() + (strips[s].offset << step_layers), strips[s]);
    }
  }

  Limits limits;
  Status status = Status::invalid_argument;
  Workspace sum;   // M rows of whole shards
  Workspace work;  // M rows of a strip
  std::optional<WholeBlock> whole;
  std::vector<const std::uint8_t*> unknown;  // null pointers

  // The block begun.
  bool begun = false;
  unsigned step_layers = 0;
  std::size_t shard_bytes = 0;
  std::vector<const std::uint8_t*> data;
  std::size_t data_count = 0;
  std::size_t groups_done = 0;
};

Encoder::Encoder(const Limits& limits) : state_(std::make_unique<State>(limits)) {}
Encoder::~Encoder() = default;
Encoder::Encoder(Encoder&&) noexcept = default;
Encoder& Encoder::operator=(Encoder&&) noexcept = default;

Status Encoder::status() const noexcept {
  return state_->status;
}

std::size_t Encoder::workspace_bytes() const noexcept {
  return state_->sum.size() + state_->work.size() + (state_->whole ? state_->whole->workspace_bytes() : 0) +
         (state_->data.size() + state_->unknown.size()) * sizeof(void*);
}

Status Encoder::encode(std::span<const std::uint8_t* const> data, std::span<std::uint8_t* const> parity,
                       std::size_t shard_bytes) noexcept {
  Geometry geometry;
  const Status status = state_->check(data.size(), parity.size(), shard_bytes, geometry);
  if (status != Status::ok) { return status; }
  state_->begun = false;
  if (geometry.rate == Rate::high) {
    state_->encode_high(geometry, data, parity, shard_bytes);
  } else if (geometry.rate == Rate::low) {
    state_->encode_low(geometry, data, parity, shard_bytes);
  } else {
    state_->encode_other(geometry, data, parity, shard_bytes);
  }
  return Status::ok;
}

Status Encoder::begin(std::size_t parity_shards, std::size_t shard_bytes) noexcept {
  State& state = *state_;
  Geometry geometry;
  const Status status = state.check(1, parity_shards, shard_bytes, geometry);
  if (status != Status::ok) { return status; }
  state.begun = true;
  state.step_layers = log2_ceiling(parity_shards);
  state.shard_bytes = shard_bytes;
  state.data_count = state.groups_done = 0;
  return Status::ok;
}

Status Encoder::add(std::span<const std::uint8_t* const> data) noexcept {
  State& state = *state_;
  if (!state.begun) { return Status::wrong_state; }
  if (data.size() > state.data.size() - state.data_count) { return Status::invalid_argument; }
  std::copy(data.begin(), data.end(), state.data.begin() + static_cast<std::ptrdiff_t>(state.data_count));
  state.data_count += data.size();
  PF_ASSERT(state.data_count <= state.data.size());
  // A block that outgrows the points of a high-rate one is done by other means at the end.
  const std::size_t group = std::size_t{1} << state.step_layers;
  const std::size_t most_groups = max_points / group - 1;
  while (state.groups_done < most_groups && state.data_count - state.groups_done * group >= group) {
    state.add_group_step(state.groups_done, std::span(state.data).subspan(state.groups_done * group, group));
    ++state.groups_done;
  }
  return Status::ok;
}

Status Encoder::finish(std::span<std::uint8_t* const> parity) noexcept {
  State& state = *state_;
  if (!state.begun) { return Status::wrong_state; }
  Geometry geometry;
  if (parity.empty() || log2_ceiling(parity.size()) != state.step_layers) { return Status::invalid_argument; }
  const Status status = state.check(state.data_count, parity.size(), state.shard_bytes, geometry);
  if (status != Status::ok) { return status; }
  state.begun = false;
  const auto data = std::span<const std::uint8_t* const>(state.data).first(state.data_count);
  if (geometry.rate == Rate::low) {
    state.encode_low(geometry, data, parity, state.shard_bytes);
  } else if (geometry.rate == Rate::other) {
    state.encode_other(geometry, data, parity, state.shard_bytes);
  } else {
    const std::size_t done = state.groups_done * geometry.group();
    PF_ASSERT(done <= data.size() && data.size() - done <= geometry.group());
    if (done < data.size()) { state.add_group_step(state.groups_done, data.subspan(done)); }
    const Kernels& run = kernels();
    const Strips strips = state.step_strips();
    for (std::size_t s = 0; s < strips.count(); ++s) {
      std::uint8_t* const rows = state.sum.get() + (strips[s].offset << state.step_layers);
      ForwardTransform{run, state.step_layers, 0, rows, rows, parity, {parity.size(), nullptr}, strips[s]}.run();
    }
  }
  return Status::ok;
}

}  // namespace punktfunk::gf16
