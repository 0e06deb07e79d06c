// What a client says on the control stream, once opened (docs/gamestream.md, 8.4 and 8.5).
#pragma once

#include <cstdint>
#include <span>

#include "core/status.h"

namespace punktfunk {

struct ClientMessage {
  enum class Kind { ignored, request_idr, start_b, invalidate, fec_status, input };
  Kind kind = Kind::ignored;
  std::uint32_t first_frame = 0, last_frame = 0;  // invalidate
  std::uint32_t frame = 0;                        // fec_status
  bool repaired = false;                          // fec_status: data and parity that came were enough
  unsigned missing_packets = 0;                   // fec_status: that were not there when it was told
  std::span<const std::uint8_t> input;            // input: the packet, inside the payload that was given
};

// malformed: a length or range that cannot be; messages that nothing is done with (pings, statistics) and unknown ones
// are `ignored`. Pure, never reads past the payload.
Status parse_client_message(std::uint16_t type, std::span<const std::uint8_t> payload, ClientMessage& message) noexcept;

}  // namespace punktfunk
