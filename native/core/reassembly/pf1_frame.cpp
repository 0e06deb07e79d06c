#include "core/reassembly/pf1_frame.h"

#include <algorithm>
#include <cstring>

#include "base/assert.h"
#include "core/packet/bytes.h"

namespace punktfunk::pf1 {

Status parse_shard(std::span<const std::uint8_t> header, std::span<const std::uint8_t> body, Shard& shard) noexcept {
  if (header.size() < packet_header_bytes) { return Status::malformed; }
  const std::uint8_t kind = header[at_kind];
  if (kind != kind_byte(Kind::data) && kind != kind_byte(Kind::parity)) { return Status::unsupported; }
  if (body.size() < shard_header_bytes + shard_unit_bytes ||
      (body.size() - shard_header_bytes) % shard_unit_bytes != 0) {
    return Status::malformed;
  }
  const std::uint8_t* p = body.data();
  shard.kind = static_cast<Kind>(kind & 0x0F);
  shard.stream = header[at_stream];
  shard.frame = load_u32_le(header.data() + at_frame);
  shard.packet_number = load_u64_le(header.data() + at_packet_number);
  shard.index = load_u16_le(p + at_index);
  shard.data_shards = load_u16_le(p + at_data_shards);
  shard.parity_shards = load_u16_le(p + at_parity_shards);
  shard.info.flags = load_u16_le(p + at_flags);
  shard.info.capture_ns = load_u64_le(p + at_capture_ns);
  shard.info.latency_us = load_u32_le(p + at_latency_us);
  shard.bytes = body.subspan(shard_header_bytes);
  const bool last = (shard.info.flags & flag_last_data) != 0;
  bool good = shard.frame != 0 && shard.frame < UINT32_MAX - 16;
  if (shard.kind == Kind::data) {
    good &= shard.data_shards == 0 ? !last : shard.index < shard.data_shards;
    good &= !last || shard.index + 1 == shard.data_shards;
  } else {
    good &= !last && shard.data_shards > 0 && shard.index < shard.parity_shards;
  }
  shard.info.flags &= static_cast<std::uint16_t>(~flag_last_data);
  return good ? Status::ok : Status::malformed;
}

CollectedFrame::CollectedFrame(const FrameBounds& bounds)
    : bounds_(bounds),
      pool_((bounds.data_shards + bounds.parity_shards) * bounds.shard_bytes),
      present_(new bool[bounds.data_shards + bounds.parity_shards]()),
      block_present_(new bool[bounds.data_shards + bounds.parity_shards]()),
      block_(bounds.data_shards + bounds.parity_shards) {}

void CollectedFrame::start(std::uint32_t number) {
  std::fill_n(present_.get(), bounds_.data_shards + bounds_.parity_shards, false);
  number_ = number;
  received_ = repaired_ = 0;
  info_ = {};
  shard_bytes_ = data_shards_ = parity_shards_ = data_received_ = highest_ = highest_data_ = expired_ = lost_ = 0;
  oldest_packet_number_ = UINT64_MAX;
  given_up_ = false;
}

bool CollectedFrame::agrees(const Shard& shard) const {
  if (received_ == 0) { return true; }
  const bool same_number = shard.data_shards == 0 || data_shards_ == 0 ? true : shard.data_shards == data_shards_;
  // Data shards that came before the number was known must lie below it.
  const bool below = shard.data_shards == 0 || highest_data_ < shard.data_shards;
  const bool inside = data_shards_ == 0 || shard.kind == Kind::parity || shard.index < data_shards_;
  return same_number && below && inside && shard.bytes.size() == shard_bytes_ && shard.parity_shards == parity_shards_;
}

bool within(const FrameBounds& bounds, const Shard& shard) noexcept {
  return shard.index < (shard.kind == Kind::data ? bounds.data_shards : bounds.parity_shards) &&
         shard.data_shards <= bounds.data_shards && shard.parity_shards <= bounds.parity_shards &&
         shard.bytes.size() <= bounds.shard_bytes;
}

Status CollectedFrame::add(const Shard& shard) noexcept {
  PF_ASSERT(within(bounds_, shard) && shard.frame == number_);
  if (!agrees(shard)) { return Status::malformed; }
  if (present(shard.kind, shard.index)) { return Status::replayed; }
  if (received_ == 0) {
    info_ = shard.info;
    shard_bytes_ = shard.bytes.size();
    parity_shards_ = shard.parity_shards;
  }
  if (shard.data_shards != 0) { data_shards_ = shard.data_shards; }
  present(shard.kind, shard.index) = true;
  std::memcpy(place(shard.kind, shard.index), shard.bytes.data(), shard.bytes.size());
  ++received_;
  oldest_packet_number_ = std::min(oldest_packet_number_, shard.packet_number);
  const std::size_t position = shard.kind == Kind::data ? shard.index : data_shards_ + shard.index;
  highest_ = std::max(highest_, position);
  if (position < expired_) {
    PF_ASSERT(lost_ > 0);
    --lost_;  // it came after all
  }
  if (shard.kind == Kind::data) {
    ++data_received_;
    highest_data_ = std::max(highest_data_, shard.index);
  }
  return !given_up_ && data_shards_ != 0 && received_ >= data_shards_ ? Status::ok : Status::again;
}

void CollectedFrame::expire(std::size_t reorder) noexcept {
  // Positions count data, then parity; before the number of data shards is known nothing lies beyond the data.
  while (expired_ + reorder < highest_) {
    const bool is_parity = data_shards_ != 0 && expired_ >= data_shards_;
    const bool here = is_parity ? present(Kind::parity, expired_ - data_shards_) : present(Kind::data, expired_);
    lost_ += here ? 0 : 1;
    ++expired_;
  }
  PF_ASSERT(lost_ <= expired_);
  given_up_ |= lost_ > parity_shards_;
}

Status CollectedFrame::repair(gf16::Decoder& decoder) noexcept {
  PF_ASSERT(data_shards_ > 0 && received_ >= data_shards_ && data_received_ <= data_shards_);
  if (data_received_ == data_shards_) { return Status::ok; }
  const std::size_t total = data_shards_ + parity_shards_;
  for (std::size_t i = 0; i < total; ++i) {
    const Kind kind = i < data_shards_ ? Kind::data : Kind::parity;
    const std::size_t index = i < data_shards_ ? i : i - data_shards_;
    block_[i] = place(kind, index);
    block_present_[i] = present(kind, index);
  }
  const Status decoded =
      decoder.decode({block_.data(), total}, {block_present_.get(), total}, data_shards_, shard_bytes_);
  if (decoded == Status::ok) { repaired_ = static_cast<std::uint32_t>(data_shards_ - data_received_); }
  return decoded;
}

Status CollectedFrame::join(std::span<std::uint8_t> out, std::size_t& bytes, std::span<std::uint32_t> slice_ends,
                            std::size_t& slices) const noexcept {
  bytes = slices = 0;
  bool inside = false;
  for (std::size_t i = 0; i < data_shards_; ++i) {
    const std::uint8_t* p = pool_.data() + i * bounds_.shard_bytes;
    const std::size_t used = load_u16_le(p + at_used);
    const bool starts = p[at_slice_marks] & mark_slice_start, ends = p[at_slice_marks] & mark_slice_end;
    const bool good = used >= 1 && used <= shard_payload(shard_bytes_) &&
                      (ends || used == shard_payload(shard_bytes_)) && starts == !inside &&
                      used <= out.size() - bytes && !(ends && slices == slice_ends.size());
    if (!good) { return Status::malformed; }
    std::memcpy(out.data() + bytes, p + shard_prefix_bytes, used);
    bytes += used;
    inside = !ends;
    if (ends) { slice_ends[slices++] = static_cast<std::uint32_t>(bytes); }
  }
  PF_ASSERT(bytes <= out.size());
  return inside ? Status::malformed : Status::ok;
}

}  // namespace punktfunk::pf1
