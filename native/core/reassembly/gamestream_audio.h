// GameStream audio, client side: RTP and parity packets become Opus packets in order, lost ones repaired where
// possible.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "core/crypto/aes.h"
#include "core/status.h"

namespace punktfunk::gamestream {

struct AudioReassemblerConfig {
  std::optional<AesKey> key;
  std::uint32_t rikey_id = 0;
};

struct AudioReassemblyStats {
  std::uint64_t datagrams = 0, malformed = 0, not_authentic = 0, duplicates = 0, late = 0;
  std::uint64_t packets = 0, packets_repaired = 0, packets_lost = 0;
};

class AudioReassembler {
 public:
  explicit AudioReassembler(const AudioReassemblerConfig& config);
  ~AudioReassembler();
  AudioReassembler(AudioReassembler&&) noexcept;

  Status feed(std::span<const std::uint8_t> datagram) noexcept;
  // Next packet in sequence order. ok: opus set (valid until the next feed or next), lost = false; or lost = true with
  // an empty opus for a packet given up (conceal it). again: nothing yet.
  Status next(std::span<const std::uint8_t>& opus, std::uint16_t& sequence, bool& lost) noexcept;
  [[nodiscard]] const AudioReassemblyStats& stats() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace punktfunk::gamestream
