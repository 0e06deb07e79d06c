// Offsets and bounds of punktfunk/1 datagrams (docs/punktfunk1.md): 16 bytes of header in clear, 32 of shard header,
// the shard, 16 of tag. Together 64, so that shards are multiples of 64 bytes where datagrams are.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/crypto/packet_crypto.h"

namespace punktfunk::pf1 {

inline constexpr std::uint8_t version = 1;

enum class Kind : std::uint8_t { data = 0, parity = 1, feedback = 2 };
constexpr std::uint8_t kind_byte(Kind kind) {
  return static_cast<std::uint8_t>(version << 4 | static_cast<unsigned>(kind));
}

// Header in clear, authenticated. Epoch (2) and packet number (8) are the sealer's.
inline constexpr std::size_t at_kind = 0, at_stream = 1, at_frame = 4;

// Shard header, encrypted.
inline constexpr std::size_t shard_header_bytes = 32;
inline constexpr std::size_t at_index = 0, at_data_shards = 2, at_parity_shards = 4, at_flags = 6;
inline constexpr std::size_t at_capture_ns = 8, at_latency_us = 16;

inline constexpr std::uint16_t flag_idr = 1;  // decodable with nothing before it
inline constexpr std::uint16_t flag_recovery_point =
    2;                                              // decodable with what was complete before the loss that it answers
inline constexpr std::uint16_t flag_last_data = 4;  // this data shard ends the frame
inline constexpr std::uint16_t flag_repeat = 8;     // the picture has not changed

// The shard itself, as FEC sees it: length of what is used, slice marks, bytes, zeros.
inline constexpr std::size_t shard_prefix_bytes = 4;
inline constexpr std::size_t at_used = 0, at_slice_marks = 2;
inline constexpr std::uint8_t mark_slice_start = 1, mark_slice_end = 2;

inline constexpr std::size_t datagram_overhead_bytes = packet_header_bytes + shard_header_bytes + aead_tag_bytes;
static_assert(datagram_overhead_bytes == 64);
inline constexpr std::size_t min_datagram_bytes = 512, max_datagram_bytes = 9216;
inline constexpr std::size_t shard_unit_bytes = 64;
inline constexpr std::size_t max_frame_shards = 65535;
inline constexpr std::size_t max_slices = 64;
inline constexpr std::size_t max_streams = 4;
inline constexpr std::size_t max_parity_percent = 100;
inline constexpr std::size_t least_parity_shards = 2;  // of a protected frame, however small

// The longest shard that fits.
constexpr std::size_t shard_bytes_of(std::size_t datagram_bytes) {
  return (datagram_bytes - datagram_overhead_bytes) / shard_unit_bytes * shard_unit_bytes;
}
constexpr std::size_t shard_payload(std::size_t shard_bytes) {
  return shard_bytes - shard_prefix_bytes;
}

// What both ends allocate for one stream, from what was negotiated: nothing beyond is ever sent or taken.
struct FrameBounds {
  std::size_t shard_bytes = 0, data_shards = 0, parity_shards = 0;
};
constexpr FrameBounds frame_bounds(std::size_t datagram_bytes, std::size_t max_frame_bytes,
                                   std::size_t parity_percent) {
  const std::size_t shard = shard_bytes_of(datagram_bytes);
  // Every slice begins a shard of its own.
  const std::size_t data = (max_frame_bytes + shard_payload(shard) - 1) / shard_payload(shard) + max_slices - 1;
  const std::size_t parity = parity_percent == 0 ? 0 : (data * parity_percent + 99) / 100 + least_parity_shards;
  return {shard, data, parity};
}
constexpr bool stream_shape_ok(std::size_t datagram_bytes, std::size_t max_frame_bytes, std::size_t parity_percent) {
  if (datagram_bytes < min_datagram_bytes || datagram_bytes > max_datagram_bytes || max_frame_bytes == 0 ||
      max_frame_bytes > max_frame_shards * max_datagram_bytes || parity_percent > max_parity_percent) {
    return false;
  }
  const FrameBounds bounds = frame_bounds(datagram_bytes, max_frame_bytes, parity_percent);
  return bounds.data_shards + bounds.parity_shards <= max_frame_shards;
}

struct FrameInfo {
  std::uint64_t capture_ns = 0;  // on the host's clock
  std::uint32_t latency_us = 0;  // from capture until the frame was handed over for sending
  std::uint16_t flags = 0;       // flag_idr, flag_recovery_point, flag_repeat
};

}  // namespace punktfunk::pf1
