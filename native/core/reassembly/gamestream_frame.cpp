#include "core/reassembly/gamestream_frame.h"

#include <algorithm>
#include <cstring>

#include "base/assert.h"
#include "core/fec/gf8.h"
#include "core/packet/bytes.h"

namespace punktfunk::gamestream {

CollectedFrame::CollectedFrame(std::size_t packet_size, std::size_t max_access_unit_bytes)
    : shard_bytes_(gamestream::shard_bytes(packet_size)),
      payload_bytes_(gamestream::payload_bytes(packet_size)),
      max_data_shards_(std::min((frame_header_bytes + max_access_unit_bytes + payload_bytes_ - 1) / payload_bytes_,
                                max_blocks * max_data_shards_unprotected)),
      pool_slots_(std::max(max_data_shards_, max_blocks * gf8::max_block_shards)) {
  PF_ASSERT(pool_slots_ < absent);
  pool_.resize(pool_slots_ * shard_bytes_);
}

void CollectedFrame::start(std::uint32_t frame_index) {
  for (std::size_t i = 0; i < max_blocks; ++i) { block_[i].known = false; }
  used_slots_ = blocks_ = complete_blocks_ = data_shards_ = 0;
  timestamp_ = received_ = repaired_ = 0;
  given_up_ = false;
  frame_index_ = frame_index;
}

bool CollectedFrame::fits(const Block& block, const ShardInfo& info) const {
  return block.data_shards == info.data_shards && block.percent == info.percent &&
         block.base_sequence == static_cast<std::uint16_t>(info.sequence - info.index);
}

Status CollectedFrame::open_block(Block& block, const ShardInfo& info) {
  if (data_shards_ + info.data_shards > max_data_shards_) { return Status::malformed; }
  PF_ASSERT(info.data_shards > 0 && info.data_shards + info.parity_shards <= block.at.size());
  data_shards_ += info.data_shards;
  block.known = true;
  block.complete = block.base_packet_index_known = false;
  block.percent = info.percent;
  block.base_sequence = static_cast<std::uint16_t>(info.sequence - info.index);
  block.data_shards = info.data_shards;
  block.parity_shards = info.parity_shards;
  block.received = block.expired = block.lost = 0;
  std::fill_n(block.at.begin(), info.data_shards + info.parity_shards, absent);
  return Status::ok;
}

std::uint16_t CollectedFrame::take_slot() {
  return used_slots_ < pool_slots_ ? static_cast<std::uint16_t>(used_slots_++) : absent;
}

Status CollectedFrame::add(const ShardInfo& info, std::span<const std::uint8_t> shard) noexcept {
  PF_ASSERT(shard.size() == shard_bytes_ && info.block <= info.last_block && info.last_block < max_blocks);
  if (given_up_) { return Status::unrecoverable; }
  if (blocks_ == 0) {
    blocks_ = info.last_block + 1;
    timestamp_ = info.timestamp;
  } else if (blocks_ != info.last_block + 1) {
    return Status::malformed;
  }
  Block& block = block_[info.block];
  if (!block.known) {
    const Status opened = open_block(block, info);
    if (opened != Status::ok) { return opened; }
  } else if (!fits(block, info)) {
    return Status::malformed;
  }
  PF_ASSERT(info.index < block.data_shards + block.parity_shards);
  if (block.at[info.index] != absent) { return Status::replayed; }
  if (info.is_data()) {
    const std::uint32_t base = (info.stream_packet_index - static_cast<std::uint32_t>(info.index)) & 0xFFFFFF;
    if (block.base_packet_index_known && block.base_packet_index != base) { return Status::malformed; }
    block.base_packet_index_known = true;
    block.base_packet_index = base;
  }
  ++received_;
  if (block.complete) { return Status::again; }
  const std::uint16_t free_slot = take_slot();
  if (free_slot == absent) {
    given_up_ = true;
    return Status::unrecoverable;
  }
  std::memcpy(slot(free_slot), shard.data(), shard_bytes_);
  block.at[info.index] = free_slot;
  if (info.index < block.expired) {
    PF_ASSERT(block.lost > 0);
    --block.lost;  // it came after all
  }
  if (++block.received < block.data_shards) { return Status::again; }
  const Status repaired = repair(block);
  if (repaired != Status::ok) {
    given_up_ = true;
    return Status::unrecoverable;
  }
  block.complete = true;
  ++complete_blocks_;
  return Status::again;
}

Status CollectedFrame::repair(Block& block) {
  const std::size_t total = block.data_shards + block.parity_shards;
  const auto data = std::span(block.at).first(block.data_shards);
  if (std::find(data.begin(), data.end(), absent) == data.end()) { return Status::ok; }
  PF_ASSERT(block.received >= block.data_shards && total <= gf8::max_block_shards);
  std::array<std::uint8_t*, gf8::max_block_shards> shards{};
  std::array<bool, gf8::max_block_shards> present{};
  for (std::size_t i = 0; i < total; ++i) {
    present[i] = block.at[i] != absent;
    if (!present[i] && i < block.data_shards) {
      block.at[i] = take_slot();
      if (block.at[i] == absent) { return Status::exhausted; }
    }
    shards[i] = block.at[i] == absent ? nullptr : slot(block.at[i]);
  }
  const Status decoded =
      gf8::decode(gf8::Matrix::video, {shards.data(), total}, {present.data(), total}, block.data_shards, shard_bytes_);
  if (decoded != Status::ok) { return decoded; }
  for (std::size_t i = 0; i < block.data_shards; ++i) {
    if (present[i]) { continue; }
    std::uint32_t packet_index = 0;
    const bool header_ok = covered_header_ok(shards[i], i, block.data_shards, packet_index);
    const std::uint32_t base = (packet_index - static_cast<std::uint32_t>(i)) & 0xFFFFFF;
    if (!header_ok || (block.base_packet_index_known && base != block.base_packet_index)) { return Status::malformed; }
    ++repaired_;
  }
  return Status::ok;
}

void CollectedFrame::expire(std::uint16_t newest_sequence, std::size_t reorder_datagrams) noexcept {
  for (std::size_t b = 0; b < blocks_ && !given_up_; ++b) {
    Block& block = block_[b];
    if (!block.known || block.complete) { continue; }
    const int age_of_first = static_cast<std::int16_t>(newest_sequence - block.base_sequence);
    const std::size_t total = block.data_shards + block.parity_shards;
    while (block.expired < total &&
           age_of_first - static_cast<int>(block.expired) > static_cast<int>(reorder_datagrams)) {
      block.lost += block.at[block.expired] == absent ? 1 : 0;
      ++block.expired;
    }
    PF_ASSERT(block.lost <= block.expired);
    given_up_ = block.lost > block.parity_shards;
  }
}

Status CollectedFrame::join(std::span<std::uint8_t> out, std::size_t& bytes) const noexcept {
  PF_ASSERT(complete() && block_[0].at[0] != absent);
  const std::uint8_t* header = slot(block_[0].at[0]) + shard_header_bytes;
  const std::size_t last = load_u16_le(header + 4);
  if (header[0] != short_frame_header || last == 0 || last > payload_bytes_) { return Status::malformed; }
  const std::size_t total = (data_shards_ - 1) * payload_bytes_ + last;
  if (total <= frame_header_bytes || total > out.size()) { return Status::malformed; }
  std::uint8_t* to = out.data();
  std::size_t left = total;
  for (std::size_t b = 0; b < blocks_; ++b) {
    for (std::size_t i = 0; i < block_[b].data_shards; ++i) {
      const std::size_t take = std::min(left, payload_bytes_);
      std::memcpy(to, slot(block_[b].at[i]) + shard_header_bytes, take);
      to += take;
      left -= take;
    }
  }
  PF_ASSERT(left == 0);
  bytes = total;
  return Status::ok;
}

}  // namespace punktfunk::gamestream
