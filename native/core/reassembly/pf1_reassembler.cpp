#include "core/reassembly/pf1_reassembler.h"

#include <algorithm>

#include "base/assert.h"

namespace punktfunk::pf1 {
namespace {

bool config_ok(const ReassemblerConfig& config) {
  return stream_shape_ok(config.datagram_bytes, config.max_frame_bytes, config.max_parity_percent) &&
         config.stream < max_streams;
}

gf16::Limits limits_of(const ReassemblerConfig& config) {
  if (!config_ok(config)) { return {}; }
  const FrameBounds b = frame_bounds(config.datagram_bytes, config.max_frame_bytes, config.max_parity_percent);
  return {b.data_shards, std::max<std::size_t>(b.parity_shards, 1), b.shard_bytes};
}

}  // namespace

Reassembler::Reassembler(const ReassemblerConfig& config) : config_(config), decoder_(limits_of(config)) {
  if (!config_ok(config)) {
    status_ = Status::invalid_argument;
    return;
  }
  status_ = decoder_.status();
  bounds_ = frame_bounds(config.datagram_bytes, config.max_frame_bytes, config.max_parity_percent);
  for (std::uint32_t i = 0; i < window_frames; ++i) { frames_.emplace_back(bounds_); }
  joined_.resize(config.max_frame_bytes);
}

void Reassembler::move_window(std::uint32_t next) {
  next_ = next;
  for (std::uint32_t i = next; i < next + window_frames; ++i) {
    if (frame(i).number() != i) { frame(i).start(i); }
  }
}

void Reassembler::lose_until(std::uint32_t next) {
  PF_ASSERT(next >= next_);
  if (next == next_) { return; }
  stats_.frames_lost += next - next_;
  lost_first_ = lost_first_ == 0 ? next_ : lost_first_;
  lost_last_ = next - 1;
  move_window(next);
}

bool Reassembler::take_lost(std::uint32_t& first, std::uint32_t& last) noexcept {
  first = lost_first_;
  last = lost_last_;
  lost_first_ = lost_last_ = 0;
  return first != 0;
}

void Reassembler::expire() {
  for (std::uint32_t i = next_; i < next_ + window_frames; ++i) {
    frame(i).expire(reorder_packets);
    // Where the frame after it is on its way, an older one's packets have all been sent before.
    if (i != next_ && frame(i).begun() && frame(i).oldest_packet_number() + reorder_packets < newest_packet_) {
      frame(i - 1).give_up();
    }
  }
  while (frame(next_).given_up()) { lose_until(next_ + 1); }
}

Status Reassembler::finish(CollectedFrame& done, ReassembledFrame& out) {
  const std::uint32_t number = done.number();
  PF_ASSERT(number - next_ < window_frames);
  std::size_t bytes = 0, slices = 0;
  if (done.repair(decoder_) != Status::ok || done.join(joined_, bytes, slice_ends_, slices) != Status::ok) {
    ++stats_.malformed;
    lose_until(number + 1);
    return Status::malformed;
  }
  out.number = number;
  out.info = done.info();
  out.bytes = {joined_.data(), bytes};
  out.slice_ends = {slice_ends_.data(), slices};
  out.data_shards = static_cast<std::uint32_t>(done.data_shards());
  out.parity_shards = static_cast<std::uint32_t>(done.parity_shards());
  out.received_shards = done.received_shards();
  out.repaired_shards = done.repaired_shards();
  ++stats_.frames;
  stats_.frames_repaired += out.repaired_shards > 0 ? 1 : 0;
  stats_.shards_repaired += out.repaired_shards;
  lose_until(number);
  completed_ = number;
  move_window(number + 1);
  return Status::ok;
}

Status Reassembler::add(const Shard& shard, ReassembledFrame& out) noexcept {
  if (status_ != Status::ok) { return status_; }
  ++stats_.packets;
  if (!within(bounds_, shard)) {
    ++stats_.malformed;
    return Status::malformed;
  }
  if (shard.frame == completed_) {
    return Status::again;  // parity that was not needed
  }
  if (!started_) {
    started_ = true;
    // Numbers begin at 1: a swapped second frame must not hide the first.
    move_window(shard.frame <= window_frames ? 1 : shard.frame);
  }
  if (shard.frame < next_) {
    ++stats_.late;
    return Status::replayed;
  }
  if (shard.frame >= next_ + window_frames) { lose_until(shard.frame - (window_frames - 1)); }
  CollectedFrame& collected = frame(shard.frame);
  PF_ASSERT(collected.number() == shard.frame);
  const Status added = collected.add(shard);
  if (added == Status::ok) { return finish(collected, out); }
  stats_.malformed += added == Status::malformed ? 1 : 0;
  stats_.duplicates += added == Status::replayed ? 1 : 0;
  if (added == Status::again) {
    newest_packet_ = std::max(newest_packet_, shard.packet_number);
    expire();
  }
  return added;
}

}  // namespace punktfunk::pf1
