#include "core/packet/gamestream_video.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "base/assert.h"
#include "core/fec/gf8.h"
#include "core/packet/bytes.h"
#include "core/packet/gamestream_video_layout.h"

namespace punktfunk::gamestream {
namespace {

constexpr std::uint32_t packet_index_mask = 0xFFFFFF;

// Reads the joined pieces of an access unit.
class PieceReader {
 public:
  explicit PieceReader(std::span<const std::span<const std::uint8_t>> pieces) : pieces_(pieces) {}

  // Fills the target; what lies beyond the last piece is zero.
  void read(std::uint8_t* target, std::size_t bytes) {
    while (bytes > 0 && piece_ < pieces_.size()) {
      const auto left = pieces_[piece_].subspan(offset_);
      const std::size_t take = std::min(bytes, left.size());
      if (take > 0) { std::memcpy(target, left.data(), take); }
      target += take;
      bytes -= take;
      offset_ += take;
      if (take == left.size()) {
        ++piece_;
        offset_ = 0;
      }
    }
    std::memset(target, 0, bytes);
  }

 private:
  std::span<const std::span<const std::uint8_t>> pieces_;
  std::size_t piece_ = 0, offset_ = 0;
};

}  // namespace

struct VideoPacketizer::State {
  VideoPacketizerConfig config;
  VideoCounters counters;
  Status status = Status::ok;
  std::size_t payload = 0, datagram = 0, shard_offset = 0, max_access_unit = 0;
  std::vector<std::uint8_t> buffer;
  std::optional<Aes128Gcm> aes;

  State(const VideoPacketizerConfig& c, const VideoCounters& start) : config(c), counters(start) {
    if (!packet_size_ok(config.packet_size) || config.fec_percent > max_fec_percent ||
        config.max_access_unit_bytes == 0 || counters.frame_index == 0 || counters.packet_index > packet_index_mask) {
      status = Status::invalid_argument;
      return;
    }
    payload = payload_bytes(config.packet_size);
    datagram = datagram_bytes(config.packet_size, config.key.has_value());
    shard_offset = config.key ? sealed_header_bytes : 0;
    max_access_unit = std::min(config.max_access_unit_bytes, max_access_unit_bytes(config.packet_size));
    // With parity at most four blocks of 255 shards, without at most four of 1023.
    buffer.resize(std::max(data_shards(max_access_unit), max_blocks * gf8::max_block_shards) * datagram);
    if (config.key) {
      aes.emplace(*config.key);
      config.key->fill(0);
    }
  }

  [[nodiscard]] std::size_t data_shards(std::size_t access_unit_bytes) const {
    return (frame_header_bytes + access_unit_bytes + payload - 1) / payload;
  }

  std::uint8_t* shard(std::size_t i) { return buffer.data() + i * datagram + shard_offset; }

  void write_frame_header(std::uint8_t* p, std::size_t access_unit_bytes, const VideoFrameInfo& info) const {
    const std::size_t rest = (frame_header_bytes + access_unit_bytes) % payload;
    p[0] = short_frame_header;
    store_u16_le(p + 1, info.host_latency_tenths_ms);
    p[3] = static_cast<std::uint8_t>(info.type);
    store_u16_le(p + 4, static_cast<std::uint16_t>(rest == 0 ? payload : rest));
    store_u16_le(p + 6, 0);
  }

  // What a data shard must already hold when parity is computed: stream index, flags (6.5).
  void write_covered_header(std::uint8_t* p, std::uint32_t packet_index, std::uint8_t flags) const {
    std::memset(p, 0, shard_header_bytes);
    store_u32_le(p + at_stream_packet_index, packet_index << 8);
    p[at_flags] = flags;
    p[at_fec_flags] = multi_fec_flags;
  }

  // The rest, the same in data and parity shards; a parity shard's other bytes stay parity.
  void write_outer_header(std::uint8_t* p, std::uint32_t packet_index, const VideoFrameInfo& info,
                          std::uint8_t blocks_byte, std::uint32_t fec_info) const {
    p[0] = rtp_first_byte;
    p[1] = 0;
    store_u16_be(p + at_sequence, static_cast<std::uint16_t>(packet_index));
    store_u32_be(p + at_timestamp, info.rtp_timestamp_90khz);
    store_u32_be(p + 8, 0);
    store_u32_le(p + at_frame_index, counters.frame_index);
    p[at_fec_blocks] = blocks_byte;
    store_u32_le(p + at_fec_info, fec_info);
  }

  // Writes one block, data then parity, from shard `first` of the buffer on.
  Status write_block(std::size_t first, std::size_t block, const BlockPlan& plan, PieceReader& pieces,
                     std::size_t access_unit_bytes, const VideoFrameInfo& info) {
    const std::size_t data = block + 1 == plan.blocks ? plan.last_data_shards : plan.data_shards;
    const std::size_t parity = parity_shards(data, plan.percent);
    PF_ASSERT(data > 0 && (parity == 0 || data + parity <= gf8::max_block_shards));
    PF_ASSERT((first + data + parity) * datagram <= buffer.size());
    for (std::size_t i = 0; i < data; ++i) {
      std::uint8_t* p = shard(first + i);
      const auto flags =
          static_cast<std::uint8_t>(flag_picture | (i == 0 ? flag_start : 0) | (i + 1 == data ? flag_end : 0));
      write_covered_header(p, (counters.packet_index + static_cast<std::uint32_t>(first + i)) & packet_index_mask,
                           flags);
      std::size_t used = 0;
      if (block == 0 && i == 0) {
        write_frame_header(p + shard_header_bytes, access_unit_bytes, info);
        used = frame_header_bytes;
      }
      pieces.read(p + shard_header_bytes + used, payload - used);
    }
    if (parity > 0) {
      std::array<const std::uint8_t*, gf8::max_block_shards> from;
      std::array<std::uint8_t*, gf8::max_block_shards> to;
      for (std::size_t i = 0; i < data; ++i) { from[i] = shard(first + i); }
      for (std::size_t j = 0; j < parity; ++j) { to[j] = shard(first + data + j); }
      const Status encoded =
          gf8::encode(gf8::Matrix::video, {from.data(), data}, {to.data(), parity}, shard_bytes(config.packet_size));
      if (encoded != Status::ok) { return encoded; }
    }
    const auto blocks_byte = static_cast<std::uint8_t>(block << 4 | (plan.blocks - 1) << 6);
    for (std::size_t i = 0; i < data + parity; ++i) {
      const auto fec_info = static_cast<std::uint32_t>(plan.percent << 4 | i << 12 | data << 22);
      write_outer_header(shard(first + i),
                         (counters.packet_index + static_cast<std::uint32_t>(first + i)) & packet_index_mask, info,
                         blocks_byte, fec_info);
    }
    return Status::ok;
  }

  Status seal(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      std::uint8_t* p = buffer.data() + i * datagram;
      std::memset(p, 0, video_nonce_bytes);
      store_u64_le(p, counters.nonce_counter++);
      p[video_nonce_bytes - 1] = 'V';
      store_u32_le(p + at_sealed_frame_index, counters.frame_index);
      std::uint8_t* body = p + sealed_header_bytes;
      const Status sealed =
          aes->seal({p, video_nonce_bytes}, {body, datagram - sealed_header_bytes}, body, p + at_sealed_tag);
      if (sealed != Status::ok) { return sealed; }
    }
    return Status::ok;
  }
};

VideoPacketizer::VideoPacketizer(const VideoPacketizerConfig& config, const VideoCounters& start)
    : state_(std::make_unique<State>(config, start)) {}
VideoPacketizer::~VideoPacketizer() = default;
VideoPacketizer::VideoPacketizer(VideoPacketizer&&) noexcept = default;

Status VideoPacketizer::status() const noexcept {
  return state_->status;
}
VideoCounters VideoPacketizer::counters() const noexcept {
  return state_->counters;
}

Status VideoPacketizer::packetize(std::span<const std::span<const std::uint8_t>> access_unit,
                                  const VideoFrameInfo& info, DatagramBatch& batch) noexcept {
  State& s = *state_;
  batch = {};
  if (s.status != Status::ok) { return s.status; }
  std::size_t bytes = 0;
  for (const auto& piece : access_unit) {
    if (piece.size() > s.max_access_unit - bytes) { return Status::invalid_argument; }
    bytes += piece.size();
  }
  if (bytes == 0) { return Status::invalid_argument; }
  if (s.counters.frame_index == UINT32_MAX) { return Status::exhausted; }
  const std::size_t data = s.data_shards(bytes);
  const bool reinforced = s.config.reinforce_small_frames && data <= max_small_block_shards;
  const auto least = static_cast<unsigned>(reinforced ? small_block_parity(data) : 0);
  const BlockPlan plan = plan_blocks(data, s.config.fec_percent, std::max(s.config.min_parity_shards, least));
  PieceReader pieces(access_unit);
  std::size_t count = 0;
  for (std::size_t block = 0; block < plan.blocks; ++block) {
    const Status written = s.write_block(count, block, plan, pieces, bytes, info);
    if (written != Status::ok) { return written; }
    const std::size_t in_block = block + 1 == plan.blocks ? plan.last_data_shards : plan.data_shards;
    count += in_block + parity_shards(in_block, plan.percent);
  }
  PF_ASSERT(plan.blocks > 0 && count >= data);
  const Status sealed = s.aes ? s.seal(count) : Status::ok;
  s.counters.packet_index = (s.counters.packet_index + static_cast<std::uint32_t>(count)) & packet_index_mask;
  ++s.counters.frame_index;
  if (sealed != Status::ok) { return sealed; }
  batch = {s.buffer.data(), s.datagram, s.datagram, count, data, count - data, static_cast<unsigned>(plan.blocks)};
  return Status::ok;
}

}  // namespace punktfunk::gamestream
