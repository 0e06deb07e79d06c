// What both ends of a punktfunk/1 session are made from.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/crypto/packet_crypto.h"
#include "core/packet/pf1_layout.h"

namespace punktfunk::pf1 {

enum class StreamKind : std::uint8_t {
  video,  // paced; a frame depends on those before it, so that losses are answered with recovery points
  sound,  // leaves at once, before anything paced; every frame stands alone
};

// As negotiated; the same at both ends. Streams are numbered by their place.
struct StreamConfig {
  std::size_t max_frame_bytes = 0;  // 0 = there is no such stream
  unsigned parity_percent = 20;     // 0 to 100
  StreamKind kind = StreamKind::video;
};

struct SessionConfig {
  AeadSuite suite = AeadSuite::aes128_gcm;
  SessionSecret secret{};
  std::size_t datagram_bytes = 1472;  // 512 to 9216: UDP payload
  std::array<StreamConfig, max_streams> streams{};
  // What only one end uses. A host that continues another process's session starts above what that one used.
  std::uint16_t first_epoch = 0;
  std::uint16_t peer_epoch = 0;  // where the other side is, or at most 16 below
  std::uint64_t first_packet_number = 0;
  std::uint32_t first_frame = 1;
  std::uint64_t frame_interval_ns = 16'666'667;
  double spread = 0.5;
  double max_rate_bps = 0;
  std::uint64_t silence_ns = 3'000'000'000;  // after which the peer is called silent; 0 = never
};

// invalid_argument when no session can be made of it.
Status check(const SessionConfig& config) noexcept;

// What an end seals (in its own direction) and opens with; the configuration's secret is wiped.
Status make_crypto(SessionConfig& config, Direction own, std::optional<PacketSealer>& sealer,
                   std::optional<PacketOpener>& opener);

}  // namespace punktfunk::pf1
