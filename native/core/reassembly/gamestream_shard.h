// One video shard as it came in, parsed and checked against itself (docs/gamestream.md, 6.2, 6.5). What depends on
// other shards of the frame is the frame's business.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace punktfunk::gamestream {

struct ShardInfo {
  std::uint32_t frame_index = 0;
  std::uint32_t timestamp = 0;
  std::uint32_t stream_packet_index = 0;  // 24 bits; data shards only
  std::uint16_t sequence = 0;
  unsigned block = 0, last_block = 0;
  unsigned percent = 0;
  std::size_t index = 0;  // in the block, data then parity
  std::size_t data_shards = 0, parity_shards = 0;
  [[nodiscard]] bool is_data() const { return index < data_shards; }
};

// shard: a full shard (the caller checked its length). False when the fields contradict each other or the protocol.
bool parse_shard(std::span<const std::uint8_t> shard, ShardInfo& info) noexcept;

// The part of the header that parity covers, as it must be in data shard `index` of a block with `data_shards`; what a
// client checks after a repair too. Sets the 24-bit stream packet index.
bool covered_header_ok(const std::uint8_t* shard, std::size_t index, std::size_t data_shards,
                       std::uint32_t& stream_packet_index) noexcept;

}  // namespace punktfunk::gamestream
