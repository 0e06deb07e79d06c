#include "core/reassembly/gamestream_video.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/assert.h"
#include "core/packet/bytes.h"
#include "core/packet/gamestream_video_layout.h"
#include "core/reassembly/gamestream_frame.h"
#include "core/reassembly/gamestream_shard.h"

namespace punktfunk::gamestream {
namespace {

// Two frames are collected side by side, so that datagrams may swap across a frame's border.
constexpr std::size_t window_frames = 2;
// A datagram that is this much older than the newest one will not come any more.
constexpr std::size_t reorder_datagrams = 64;
// In clear streams one stray or forged datagram must not carry the window away: a longer jump is believed only when a
// second datagram confirms it.
constexpr std::uint32_t max_unconfirmed_jump_frames = 64;

}  // namespace

struct VideoReassembler::State {
  bool valid = false;
  std::size_t datagram = 0;
  std::optional<Aes128Gcm> aes;
  std::vector<std::uint8_t> opened;  // a shard after decryption
  std::vector<std::uint8_t> joined;  // frame header and access unit of the frame last returned
  std::vector<CollectedFrame> frames;
  VideoReassemblyStats stats;

  bool started = false;
  std::uint32_t next_frame = 0;  // the oldest that is neither returned nor given up
  std::uint32_t completed_frame = 0;
  std::uint32_t newest_frame = 0;
  std::uint16_t newest_sequence = 0;
  bool jump_pending = false;
  std::uint32_t jump_frame = 0;
  std::uint16_t jump_sequence = 0;

  explicit State(const VideoReassemblerConfig& config) {
    valid = packet_size_ok(config.packet_size) && config.max_access_unit_bytes > 0;
    if (!valid) { return; }
    datagram = datagram_bytes(config.packet_size, config.key.has_value());
    if (config.key) {
      aes.emplace(*config.key);
      opened.resize(shard_bytes(config.packet_size));
    }
    joined.resize(frame_header_bytes +
                  std::min(config.max_access_unit_bytes, max_access_unit_bytes(config.packet_size)));
    for (std::size_t i = 0; i < window_frames; ++i) {
      frames.emplace_back(config.packet_size, config.max_access_unit_bytes);
    }
  }

  CollectedFrame& frame(std::uint32_t index) { return frames[index % window_frames]; }
  [[nodiscard]] bool is_late(std::uint32_t index) const {
    return started && index < next_frame && index != completed_frame && stats.frames > 0;
  }

  Status refuse(std::uint64_t& counter, Status status) {
    ++counter;
    return status;
  }

  // From the datagram to the plain shard. Stale frames are refused before the work of opening them.
  Status open(std::span<const std::uint8_t> bytes, std::span<const std::uint8_t>& shard) {
    if (bytes.size() != datagram) { return refuse(stats.malformed, Status::malformed); }
    if (!aes) {
      shard = bytes;
      return Status::ok;
    }
    const std::uint8_t* p = bytes.data();
    const std::uint32_t outer_frame = load_u32_le(p + at_sealed_frame_index);
    if (outer_frame != 0 && is_late(outer_frame)) { return refuse(stats.late, Status::replayed); }
    const Status status =
        aes->open(bytes.first(video_nonce_bytes), bytes.subspan(sealed_header_bytes), p + at_sealed_tag, opened.data());
    if (status != Status::ok) { return refuse(stats.not_authentic, Status::not_authentic); }
    shard = opened;
    if (outer_frame != 0 && outer_frame != load_u32_le(shard.data() + at_frame_index)) {
      return refuse(stats.malformed, Status::malformed);
    }
    return Status::ok;
  }

  void move_window(std::uint32_t next, bool count_lost) {
    PF_ASSERT(!count_lost || next >= next_frame);
    if (count_lost) { stats.frames_lost += next - next_frame; }
    next_frame = next;
    for (std::uint32_t i = next; i < next + window_frames; ++i) {
      if (frame(i).frame_index() != i) { frame(i).start(i); }
    }
  }

  void restart_at(const ShardInfo& info, std::uint32_t next) {
    const bool count_lost = started && next > next_frame;
    started = true;
    move_window(next, count_lost);
    newest_frame = info.frame_index;
    newest_sequence = info.sequence;
  }

  // A second datagram of the same place confirms a jump.
  bool confirmed(const ShardInfo& info) {
    const bool same_place = jump_pending && info.frame_index - jump_frame <= 1 && info.sequence != jump_sequence &&
                            static_cast<std::uint16_t>(info.sequence - jump_sequence + 1024) < 2048;
    jump_pending = !same_place;
    jump_frame = info.frame_index;
    jump_sequence = info.sequence;
    return same_place;
  }

  // ok when the datagram's frame is in the window afterwards; again when it waits for confirmation; replayed when it is
  // late.
  Status place(const ShardInfo& info) {
    if (!started) {
      // Numbering begins at 1 (6.3): a swapped second frame must not hide the first.
      restart_at(info, info.frame_index <= window_frames ? 1 : info.frame_index);
      return Status::ok;
    }
    if (info.frame_index < next_frame) {
      if (stats.frames == 0 && !aes && confirmed(info)) {  // what came first was not the stream
        restart_at(info, info.frame_index);
        return Status::ok;
      }
      return Status::replayed;
    }
    const std::uint32_t ahead = info.frame_index - next_frame;
    if (ahead > max_unconfirmed_jump_frames && !aes && !confirmed(info)) { return Status::again; }
    if (ahead >= window_frames) { move_window(info.frame_index - (window_frames - 1), true); }
    return Status::ok;
  }

  void note_newest(const ShardInfo& info) {
    if (info.frame_index > newest_frame) {
      newest_frame = info.frame_index;
      newest_sequence = info.sequence;
    } else if (info.frame_index == newest_frame && static_cast<std::int16_t>(info.sequence - newest_sequence) > 0) {
      newest_sequence = info.sequence;
    }
  }

  // Gives frames up that have lost too much. A younger one keeps its place until the older ones are through, so that
  // frames stay in order.
  void expire_frames() {
    for (std::uint32_t i = next_frame; i < next_frame + window_frames; ++i) {
      frame(i).expire(newest_sequence, reorder_datagrams);
    }
    while (frame(next_frame).given_up()) { move_window(next_frame + 1, true); }
  }

  Status finish(CollectedFrame& done, ReassembledFrame& out) {
    std::size_t bytes = 0;
    const std::uint32_t index = done.frame_index();
    PF_ASSERT(index - next_frame < window_frames);
    const Status status = done.join(joined, bytes);
    if (status != Status::ok) {
      move_window(index + 1, true);
      return refuse(stats.malformed, Status::malformed);
    }
    out.frame_index = index;
    out.type = static_cast<FrameType>(joined[3]);
    out.rtp_timestamp_90khz = done.timestamp();
    out.host_latency_tenths_ms = load_u16_le(joined.data() + 1);
    out.access_unit = {joined.data() + frame_header_bytes, bytes - frame_header_bytes};
    out.received_shards = done.received_shards();
    out.repaired_shards = done.repaired_shards();
    ++stats.frames;
    stats.frames_repaired += out.repaired_shards > 0 ? 1 : 0;
    stats.shards_repaired += out.repaired_shards;
    stats.frames_lost += index - next_frame;
    completed_frame = index;
    move_window(index + 1, false);
    return Status::ok;
  }
};

VideoReassembler::VideoReassembler(const VideoReassemblerConfig& config) : state_(std::make_unique<State>(config)) {}
VideoReassembler::~VideoReassembler() = default;
VideoReassembler::VideoReassembler(VideoReassembler&&) noexcept = default;

const VideoReassemblyStats& VideoReassembler::stats() const noexcept {
  return state_->stats;
}

Status VideoReassembler::feed(std::span<const std::uint8_t> datagram, ReassembledFrame& frame) noexcept {
  State& s = *state_;
  if (!s.valid) { return Status::invalid_argument; }
  ++s.stats.datagrams;
  std::span<const std::uint8_t> shard;
  const Status opened = s.open(datagram, shard);
  if (opened != Status::ok) { return opened; }
  ShardInfo info;
  if (!parse_shard(shard, info)) { return s.refuse(s.stats.malformed, Status::malformed); }
  if (s.stats.frames > 0 && info.frame_index == s.completed_frame) {
    return Status::again;  // parity that was not needed
  }
  const Status placed = s.place(info);
  if (placed != Status::ok) { return placed == Status::replayed ? s.refuse(s.stats.late, placed) : placed; }
  CollectedFrame& collected = s.frame(info.frame_index);
  PF_ASSERT(collected.frame_index() == info.frame_index);
  const Status added = collected.add(info, shard);
  if (added == Status::malformed) { return s.refuse(s.stats.malformed, added); }
  if (added == Status::replayed) { return s.refuse(s.stats.duplicates, added); }
  s.note_newest(info);
  if (collected.complete()) { return s.finish(collected, frame); }
  s.expire_frames();
  return Status::again;
}

}  // namespace punktfunk::gamestream
