#include "core/fec/gf16_decoder.h"

#include <algorithm>
#include <atomic>
#include <vector>

#include "base/assert.h"
#include "core/fec/gf16.h"
#include "core/fec/gf16_block.h"
#include "core/fec/gf16_syndrome.h"
#include "core/fec/gf16_whole.h"

namespace punktfunk::gf16 {

namespace {

std::atomic<int> forced_repair{-1};

// Work is counted in units of one layer of a transform for one row. What a repair of the whole block does besides its
// two transforms (locator, derivative, factors) is worth this many for each row, as measured.
constexpr double whole_row_cost = 3.0;

Repair cheaper_repair(const Geometry& geometry, std::span<const std::uint8_t* const> parity,
                      std::size_t lost) noexcept {
  const int forced = forced_repair.load(std::memory_order_relaxed);
  if (geometry.rate == Rate::other) { return Repair::whole_block; }
  if (forced >= 0) {
    const auto repair = static_cast<Repair>(forced);
    return repair == Repair::interpolation && geometry.rate != Rate::high ? Repair::syndromes : repair;
  }
  // What follows the syndromes.
  const double cauchy = kernels().cauchy_cost * static_cast<double>(lost) * static_cast<double>(lost);
  if (geometry.rate == Rate::high) {
    const unsigned layers = SyndromeRepair::repair_layers(geometry, parity, lost);
    return cauchy <= SyndromeRepair::interpolation_cost(geometry, layers, lost) ? Repair::syndromes
                                                                                : Repair::interpolation;
  }
  const double shards = static_cast<double>(geometry.data + geometry.parity);
  const double whole = static_cast<double>(geometry.points()) * (geometry.layers + whole_row_cost);
  return shards * (geometry.group_layers + 1) / 2 + cauchy <= whole ? Repair::syndromes : Repair::whole_block;
}

}  // namespace

void force_repair(std::optional<Repair> repair) noexcept {
  forced_repair.store(repair ? static_cast<int>(*repair) : -1, std::memory_order_relaxed);
}

struct Decoder::State {
  explicit State(const Limits& given)
      : limits(given),
        whole(most_points(limits.data_shards, limits.parity_shards)),
        syndromes(limits),
        known(limits.data_shards + limits.parity_shards),
        lost_out(limits.data_shards) {
    tables();
  }

  Limits limits;
  WholeBlock whole;
  SyndromeRepair syndromes;
  std::vector<const std::uint8_t*> known;  // data, then parity; null where lost
  std::vector<std::uint8_t*> lost_out;     // data; null where present
};

Decoder::Decoder(const Limits& limits) {
  Geometry largest;
  if (valid_shard_bytes(limits.shard_bytes) && geometry_of(limits.data_shards, limits.parity_shards, largest)) {
    state_ = std::make_unique<State>(limits);
  }
}
Decoder::~Decoder() = default;
Decoder::Decoder(Decoder&&) noexcept = default;
Decoder& Decoder::operator=(Decoder&&) noexcept = default;

Status Decoder::status() const noexcept {
  return state_ ? Status::ok : Status::invalid_argument;
}

std::size_t Decoder::workspace_bytes() const noexcept {
  if (!state_) { return 0; }
  return state_->whole.workspace_bytes() + state_->syndromes.workspace_bytes() +
         (state_->known.size() + state_->lost_out.size()) * sizeof(void*);
}

Status Decoder::decode(std::span<std::uint8_t* const> shards, std::span<const bool> present, std::size_t data_count,
                       std::size_t shard_bytes) noexcept {
  if (!state_) { return Status::invalid_argument; }
  State& state = *state_;
  if (data_count == 0 || data_count > shards.size() || present.size() != shards.size()) {
    return Status::invalid_argument;
  }
  const std::size_t parity_count = shards.size() - data_count;
  if (data_count > state.limits.data_shards || parity_count > state.limits.parity_shards ||
      shard_bytes > state.limits.shard_bytes || !valid_shard_bytes(shard_bytes)) {
    return Status::invalid_argument;
  }

  std::size_t lost = 0;
  std::size_t count = 0;
  for (std::size_t i = 0; i < shards.size(); ++i) {
    state.known[i] = present[i] ? shards[i] : nullptr;
    count += present[i];
    if (i >= data_count) { continue; }
    state.lost_out[i] = present[i] ? nullptr : shards[i];
    lost += !present[i];
  }
  if (count < data_count) { return Status::unrecoverable; }
  if (lost == 0) { return Status::ok; }
  Geometry geometry;
  if (!geometry_of(data_count, parity_count, geometry)) { return Status::invalid_argument; }
  PF_ASSERT(lost <= parity_count && shards.size() <= state.known.size());

  const auto data = std::span<const std::uint8_t* const>(state.known).first(data_count);
  const auto parity = std::span<const std::uint8_t* const>(state.known).subspan(data_count, parity_count);
  const auto out = std::span<std::uint8_t* const>(state.lost_out).first(data_count);
  switch (cheaper_repair(geometry, parity, lost)) {
    case Repair::syndromes:
      state.syndromes.repair(geometry, data, parity, out, shard_bytes);
      break;
    case Repair::interpolation:
      state.syndromes.interpolate(geometry, data, parity, out, shard_bytes);
      break;
    case Repair::whole_block:
      state.whole.repair(geometry, {data, parity, out, {}, shard_bytes});
      break;
  }
  return Status::ok;
}

}  // namespace punktfunk::gf16
