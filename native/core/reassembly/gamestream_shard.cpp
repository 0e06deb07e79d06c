#include "core/reassembly/gamestream_shard.h"

#include "core/fec/gf8.h"
#include "core/packet/bytes.h"
#include "core/packet/gamestream_video_layout.h"

namespace punktfunk::gamestream {
namespace {

// Months away in any stream; keeps sums of frame numbers from wrapping.
constexpr std::uint32_t max_frame_index = 0xFFFFFF00;

}  // namespace

bool covered_header_ok(const std::uint8_t* shard, std::size_t index, std::size_t data_shards,
                       std::uint32_t& stream_packet_index) noexcept {
  const auto flags = static_cast<std::uint8_t>(flag_picture | (index == 0 ? flag_start : 0) |
                                               (index + 1 == data_shards ? flag_end : 0));
  const std::uint32_t packet_index = load_u32_le(shard + at_stream_packet_index);
  stream_packet_index = packet_index >> 8;
  return shard[at_flags] == flags && (packet_index & 0xFF) == 0;
}

bool parse_shard(std::span<const std::uint8_t> shard, ShardInfo& info) noexcept {
  const std::uint8_t* p = shard.data();
  const std::uint32_t fec_info = load_u32_le(p + at_fec_info);
  info.sequence = load_u16_be(p + at_sequence);
  info.timestamp = load_u32_be(p + at_timestamp);
  info.frame_index = load_u32_le(p + at_frame_index);
  info.block = p[at_fec_blocks] >> 4 & 3;
  info.last_block = p[at_fec_blocks] >> 6;
  info.percent = fec_info >> 4 & 0xFF;
  info.index = fec_info >> 12 & 0x3FF;
  info.data_shards = fec_info >> 22;
  info.parity_shards = parity_shards(info.data_shards, info.percent);
  if (p[0] != rtp_first_byte || info.frame_index == 0 || info.frame_index > max_frame_index ||
      info.block > info.last_block || info.data_shards == 0 || info.index >= info.data_shards + info.parity_shards ||
      (info.parity_shards > 0 && info.data_shards + info.parity_shards > gf8::max_block_shards)) {
    return false;
  }
  return !info.is_data() || covered_header_ok(p, info.index, info.data_shards, info.stream_packet_index);
}

}  // namespace punktfunk::gamestream
