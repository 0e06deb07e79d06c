// The sealed envelope of GameStream control messages, both directions, and the table of message types
// (docs/gamestream.md, 8).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/crypto/aes.h"
#include "core/status.h"

namespace punktfunk::gamestream {

enum class ControlMessage : std::uint16_t {
  loss_stats = 0x0201,
  periodic_ping = 0x0200,
  frame_stats = 0x0204,
  input = 0x0206,
  invalidate_reference_frames = 0x0301,
  request_idr = 0x0302,
  start_b = 0x0307,
  ltr_ack = 0x0350,
  termination = 0x0109,
  rumble = 0x010b,
  hdr_mode = 0x010e,
  trigger_rumble = 0x5500,
  motion_request = 0x5501,
  fec_status_or_led = 0x5502,  // client to host: FEC status; host to client: pad LED
  adaptive_triggers = 0x5503,
};

enum class Side { client, host };
enum class NonceScheme { v2, legacy16 };  // 8.3

inline constexpr std::size_t control_envelope_bytes = 24;  // before the ciphertext
inline constexpr std::size_t max_control_plain_bytes = 1024;

// Opens one sealed message. plain must have room for message.size() - control_envelope_bytes; type and payload point
// into it. malformed for bad lengths, not_authentic for a bad tag. No replay check here (the caller keeps the window by
// sequence).
Status open_control(Aes128Gcm& aes, NonceScheme scheme, Side sender, std::span<const std::uint8_t> message,
                    std::span<std::uint8_t> plain, std::uint32_t& sequence, std::uint16_t& type,
                    std::span<const std::uint8_t>& payload) noexcept;

// Seals type + payload under `sequence` into out (needs control_envelope_bytes + 4 + payload.size()); sets out_bytes.
Status seal_control(Aes128Gcm& aes, NonceScheme scheme, Side sender, std::uint32_t sequence, std::uint16_t type,
                    std::span<const std::uint8_t> payload, std::span<std::uint8_t> out,
                    std::size_t& out_bytes) noexcept;

}  // namespace punktfunk::gamestream
