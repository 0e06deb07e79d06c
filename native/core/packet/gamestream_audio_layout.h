// Offsets and bounds of GameStream audio packets (docs/gamestream.md, 7.2 to 7.4).
#pragma once

#include <cstddef>
#include <cstdint>

namespace punktfunk::gamestream {

inline constexpr std::size_t audio_header_bytes = 12;         // RTP, before the data
inline constexpr std::size_t audio_parity_header_bytes = 24;  // RTP and the FEC header, before the parity bytes
inline constexpr std::uint8_t audio_rtp_first_byte = 0x80;
inline constexpr std::uint8_t audio_payload_data = 97, audio_payload_parity = 127;
inline constexpr std::size_t audio_data_shards = 4, audio_parity_shards = 2;
// The client's receive buffer holds 1400 bytes with the RTP header, before encryption padding.
inline constexpr std::size_t max_opus_bytes = 1400 - audio_header_bytes;
inline constexpr std::size_t max_audio_payload_bytes = (max_opus_bytes / 16 + 1) * 16;

}  // namespace punktfunk::gamestream
