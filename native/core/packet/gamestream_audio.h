// GameStream audio packets, host side: Opus packets of equal size become RTP packets and, after each four, two parity
// packets (docs/gamestream.md, 7).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "core/crypto/aes.h"
#include "core/status.h"

namespace punktfunk::gamestream {

inline constexpr std::size_t max_audio_datagram_bytes = 1400 + 16;

struct AudioPacketizerConfig {
  unsigned packet_duration_ms = 5;  // 5 or 10
  std::optional<AesKey> key;        // set: AES-128-CBC (7.3)
  std::uint32_t rikey_id = 0;       // unsigned view of the launch parameter
};

struct AudioCounters {
  std::uint16_t sequence = 0;   // of the next data packet
  std::uint32_t timestamp = 0;  // of the next data packet, in ms units
};

class AudioPacketizer {
 public:
  AudioPacketizer(const AudioPacketizerConfig& config, const AudioCounters& start = {});
  ~AudioPacketizer();
  AudioPacketizer(AudioPacketizer&&) noexcept;

  // datagrams[0] is the data packet; after every fourth, datagrams[1] and [2] are the parity packets. Valid until the
  // next call. count is 1 or 3. A packet whose size differs from its block's earlier ones is invalid_argument and
  // consumes nothing (a stock client would switch its audio FEC off for good). After a restart from counters in the
  // middle of a block, parity is left out until the next block starts.
  Status packetize(std::span<const std::uint8_t> opus, std::span<const std::uint8_t> (&datagrams)[3],
                   std::size_t& count) noexcept;
  [[nodiscard]] AudioCounters counters() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace punktfunk::gamestream
