#include "core/packet/pf1_packetizer.h"

#include <algorithm>
#include <cstring>

#include "base/assert.h"
#include "core/packet/bytes.h"

namespace punktfunk::pf1 {
namespace {

constexpr std::size_t ceil_div(std::size_t a, std::size_t b) {
  return (a + b - 1) / b;
}
constexpr std::size_t plain_overhead_bytes = packet_header_bytes + shard_header_bytes;

gf16::Limits limits_of(const PacketizerConfig& config) {
  if (!stream_shape_ok(config.datagram_bytes, config.max_frame_bytes, config.parity_percent)) { return {}; }
  const FrameBounds b = frame_bounds(config.datagram_bytes, config.max_frame_bytes, config.parity_percent);
  return {b.data_shards, std::max<std::size_t>(b.parity_shards, 1), b.shard_bytes};
}

std::size_t shards_for(std::span<const std::span<const std::uint8_t>> slices, std::size_t shard_bytes) {
  std::size_t shards = 0;
  for (const auto& slice : slices) { shards += ceil_div(slice.size(), shard_payload(shard_bytes)); }
  return shards;
}

}  // namespace

Packetizer::Packetizer(const PacketizerConfig& config) : config_(config), encoder_(limits_of(config)) {
  if (!stream_shape_ok(config.datagram_bytes, config.max_frame_bytes, config.parity_percent) ||
      config.stream >= max_streams) {
    status_ = Status::invalid_argument;
    return;
  }
  bounds_ = frame_bounds(config.datagram_bytes, config.max_frame_bytes, config.parity_percent);
  status_ = encoder_.status();
  parity_pointers_.resize(bounds_.parity_shards);
}

FramePackets Packetizer::make_room() const {
  FramePackets room;
  if (status_ == Status::ok) {
    room.bytes_.resize((bounds_.data_shards + bounds_.parity_shards) * (plain_overhead_bytes + bounds_.shard_bytes));
  }
  return room;
}

std::size_t Packetizer::parity_for(std::size_t data_shards) const {
  if (config_.parity_percent == 0) { return 0; }
  const std::size_t wanted = ceil_div(data_shards * config_.parity_percent, 100);
  return std::min(std::max(wanted, least_parity_shards), bounds_.parity_shards);
}

Status Packetizer::start(std::uint32_t frame, std::size_t shard_bytes, std::size_t known_data_shards,
                         std::size_t parity_shards, const FrameInfo& info, FramePackets& out) {
  if (out.bytes_.empty()) { return Status::invalid_argument; }
  PF_ASSERT(shard_bytes % shard_unit_bytes == 0 && shard_bytes <= bounds_.shard_bytes);
  PF_ASSERT(parity_shards <= bounds_.parity_shards && known_data_shards <= bounds_.data_shards);
  if (parity_shards > 0) {
    const Status begun = encoder_.begin(parity_shards, shard_bytes);
    if (begun != Status::ok) { return begun; }
  }
  out_ = &out;
  out.count_ = 0;
  out.packet_bytes_ = plain_overhead_bytes + shard_bytes;
  frame_ = frame;
  info_ = info;
  shard_bytes_ = shard_bytes;
  known_data_shards_ = known_data_shards;
  parity_shards_ = parity_shards;
  data_shards_ = frame_bytes_ = slices_ = 0;
  step_ = Step::adding;
  return Status::ok;
}

void Packetizer::write_header(std::size_t i, Kind kind, std::size_t index, std::size_t data_shards,
                              std::uint16_t flags) {
  std::uint8_t* p = packet(i);
  std::memset(p, 0, plain_overhead_bytes);
  p[at_kind] = kind_byte(kind);
  p[at_stream] = config_.stream;
  store_u32_le(p + at_frame, frame_);
  p += packet_header_bytes;
  store_u16_le(p + at_index, static_cast<std::uint16_t>(index));
  store_u16_le(p + at_data_shards, static_cast<std::uint16_t>(data_shards));
  store_u16_le(p + at_parity_shards, static_cast<std::uint16_t>(parity_shards_));
  store_u16_le(p + at_flags, static_cast<std::uint16_t>(info_.flags | flags));
  store_u64_le(p + at_capture_ns, info_.capture_ns);
  store_u32_le(p + at_latency_us, info_.latency_us);
}

Status Packetizer::check(std::span<const std::span<const std::uint8_t>> slices) const noexcept {
  if (status_ != Status::ok) { return status_; }
  if (slices.empty() || slices.size() > max_slices) { return Status::invalid_argument; }
  std::size_t bytes = 0;
  for (const auto& slice : slices) {
    if (slice.empty() || slice.size() > config_.max_frame_bytes - bytes) { return Status::invalid_argument; }
    bytes += slice.size();
  }
  return Status::ok;
}

Status Packetizer::packetize(std::uint32_t frame, std::span<const std::span<const std::uint8_t>> slices,
                             const FrameInfo& info, FramePackets& out) noexcept {
  const Status checked = check(slices);
  if (checked != Status::ok) { return checked; }
  std::size_t bytes = 0;
  for (const auto& slice : slices) { bytes += slice.size(); }
  const std::size_t data = shards_for(slices, bounds_.shard_bytes);
  std::size_t shard = ceil_div(ceil_div(bytes, data) + shard_prefix_bytes, shard_unit_bytes) * shard_unit_bytes;
  while (shard < bounds_.shard_bytes && shards_for(slices, shard) > data) { shard += shard_unit_bytes; }
  Status status = start(frame, std::min(shard, bounds_.shard_bytes), data, parity_for(data), info, out);
  for (std::size_t i = 0; i < slices.size() && status == Status::ok; ++i) {
    status = add(slices[i], i + 1 == slices.size());
  }
  return status == Status::ok ? finish() : status;
}

Status Packetizer::begin(std::uint32_t frame, std::size_t expected_bytes, const FrameInfo& info,
                         FramePackets& out) noexcept {
  if (status_ != Status::ok) { return status_; }
  const std::size_t expected = std::clamp<std::size_t>(expected_bytes, 1, config_.max_frame_bytes);
  expected_data_shards_ = ceil_div(expected, shard_payload(bounds_.shard_bytes));
  return start(frame, bounds_.shard_bytes, 0, parity_for(expected_data_shards_), info, out);
}

Status Packetizer::add(std::span<const std::uint8_t> slice, bool last) noexcept {
  if (step_ != Step::adding) { return Status::wrong_state; }
  if (slice.empty() || slice.size() > config_.max_frame_bytes - frame_bytes_ || slices_ == max_slices) {
    return Status::invalid_argument;
  }
  const std::size_t payload = shard_payload(shard_bytes_);
  const std::size_t shards = ceil_div(slice.size(), payload);
  for (std::size_t i = 0; i < shards; ++i) {
    const bool ends_slice = i + 1 == shards;
    const bool ends_frame = last && ends_slice;
    const std::size_t index = data_shards_++;
    write_header(index, Kind::data, index, ends_frame ? data_shards_ : known_data_shards_,
                 ends_frame ? flag_last_data : 0);
    std::uint8_t* p = packet(index) + plain_overhead_bytes;
    const std::size_t used = std::min(payload, slice.size() - i * payload);
    store_u16_le(p + at_used, static_cast<std::uint16_t>(used));
    p[at_slice_marks] = static_cast<std::uint8_t>((i == 0 ? mark_slice_start : 0) | (ends_slice ? mark_slice_end : 0));
    p[at_slice_marks + 1] = 0;
    std::memcpy(p + shard_prefix_bytes, slice.data() + i * payload, used);
    std::memset(p + shard_prefix_bytes + used, 0, payload - used);
    if (parity_shards_ > 0) {
      const std::uint8_t* const shard[] = {p};
      const Status added = encoder_.add(shard);
      if (added != Status::ok) {
        step_ = Step::idle;
        return added;
      }
    }
  }
  PF_ASSERT(data_shards_ <= bounds_.data_shards);
  PF_ASSERT(!last || known_data_shards_ == 0 || data_shards_ == known_data_shards_);
  out_->count_ = data_shards_;
  frame_bytes_ += slice.size();
  ++slices_;
  step_ = last ? Step::ended : Step::adding;
  return Status::ok;
}

Status Packetizer::finish() noexcept {
  if (step_ != Step::ended) { return Status::wrong_state; }
  step_ = Step::idle;
  if (parity_shards_ == 0) { return Status::ok; }
  PF_ASSERT((data_shards_ + parity_shards_) * out_->packet_bytes_ <= out_->bytes_.size());
  for (std::size_t j = 0; j < parity_shards_; ++j) {
    write_header(data_shards_ + j, Kind::parity, j, data_shards_, 0);
    parity_pointers_[j] = packet(data_shards_ + j) + plain_overhead_bytes;
  }
  const Status finished = encoder_.finish({parity_pointers_.data(), parity_shards_});
  if (finished == Status::ok) { out_->count_ = data_shards_ + parity_shards_; }
  return finished;
}

}  // namespace punktfunk::pf1
