// Offsets and bounds of GameStream video datagrams (docs/gamestream.md, 6.2, 6.4, 6.7) and the shape of a frame's FEC
// blocks (6.5): what the packetizer writes and the reassembler reads.
#pragma once

#include <cstddef>
#include <cstdint>

namespace punktfunk::gamestream {

// A shard: RTP header, four reserved bytes, video header, payload; packet_size + 16 bytes.
inline constexpr std::size_t shard_header_bytes = 32;
inline constexpr std::size_t rtp_header_bytes = 12;
inline constexpr std::size_t at_sequence = 2, at_timestamp = 4;
inline constexpr std::size_t at_stream_packet_index = 16, at_frame_index = 20, at_flags = 24, at_extra_flags = 25;
inline constexpr std::size_t at_fec_flags = 26, at_fec_blocks = 27, at_fec_info = 28;

inline constexpr std::uint8_t rtp_first_byte = 0x90;
inline constexpr std::uint8_t flag_picture = 1, flag_end = 2, flag_start = 4;
inline constexpr std::uint8_t multi_fec_flags = 0x10;

// The first bytes of the first shard's payload.
inline constexpr std::size_t frame_header_bytes = 8;
inline constexpr std::uint8_t short_frame_header = 0x01;

// Before the shard when video is encrypted: nonce 12, frame index 4, tag 16.
inline constexpr std::size_t sealed_header_bytes = 32;
inline constexpr std::size_t at_sealed_frame_index = 12, at_sealed_tag = 16;
inline constexpr std::size_t video_nonce_bytes = 12;

inline constexpr std::size_t min_packet_size = 256, max_packet_size = 8192;
inline constexpr std::size_t max_blocks = 4;                      // two bits
inline constexpr std::size_t max_data_shards_unprotected = 1023;  // ten bits
inline constexpr unsigned max_fec_percent = 255;                  // eight bits

constexpr std::size_t shard_bytes(std::size_t packet_size) {
  return packet_size + 16;
}
constexpr std::size_t payload_bytes(std::size_t packet_size) {
  return packet_size - 16;
}
constexpr std::size_t datagram_bytes(std::size_t packet_size, bool sealed) {
  return shard_bytes(packet_size) + (sealed ? sealed_header_bytes : 0);
}
// The longest access unit that packets of this size can say.
constexpr std::size_t max_access_unit_bytes(std::size_t packet_size) {
  return max_blocks * max_data_shards_unprotected * payload_bytes(packet_size) - frame_header_bytes;
}
constexpr bool packet_size_ok(std::size_t packet_size) {
  return packet_size >= min_packet_size && packet_size <= max_packet_size && packet_size % 16 == 0;
}

// The count every client derives from the announced percent: the matrix depends on it, so nothing else may ever be
// sent.
constexpr std::size_t parity_shards(std::size_t data_shards, unsigned percent) {
  return (data_shards * percent + 99) / 100;
}

// Parity that keeps a block whole under 2 % independent loss but once in 100 000 times (exact binomial). A fifth of
// parity reaches that from 26 data shards on; below, it fails up to 150 times as often: 15 + 3 shards break 4 times in
// 10 000.
constexpr std::size_t small_block_parity(std::size_t data_shards) {
  return data_shards <= 1 ? 2 : data_shards <= 4 ? 3 : data_shards <= 11 ? 4 : data_shards <= 20 ? 5 : 6;
}
inline constexpr std::size_t max_small_block_shards = 25;

// How a frame's data shards are cut into blocks.
struct BlockPlan {
  std::size_t blocks = 0;            // 1 to 4; 0 when the frame cannot be sent at all
  std::size_t data_shards = 0;       // in every block but the last
  std::size_t last_data_shards = 0;  // 1 to data_shards
  unsigned percent = 0;              // to announce; parity_shards(data, percent) is each block's parity
};

// total_data_shards >= 1; percent 0 to 255. Small frames get at least min_parity_shards where 8 bits of percent can say
// so; frames that need more than four protected blocks go without parity, as every host does.
BlockPlan plan_blocks(std::size_t total_data_shards, unsigned percent, unsigned min_parity_shards) noexcept;

}  // namespace punktfunk::gamestream
