// Opus as GameStream clients expect it: 48 kHz, one packet a block, every packet of exactly the same size
// (docs/gamestream.md, 7.1 and 7.4).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "base/result.h"
#include "contract/problems.h"

struct OpusMSEncoder;

namespace punktfunk {

inline constexpr unsigned audio_rate_hz = 48'000;

struct OpusLayout {
  unsigned channels, streams, coupled_streams;
  std::uint8_t mapping[8];  // client channel (FL FR C LFE BL BR SL SR) to coded channel
};

// The layout for 2, 6 or 8 channels; null for other counts. High quality codes each surround channel alone.
const OpusLayout* opus_layout(unsigned channels, unsigned bitrate_bps) noexcept;

class OpusBlockEncoder {
 public:
  // packet_duration_ms 5 or 10. Fails when that cannot be encoded.
  static Result<std::unique_ptr<OpusBlockEncoder>, Failure> make(unsigned channels, unsigned packet_duration_ms,
                                                                 unsigned bitrate_bps);

  [[nodiscard]] std::size_t block_samples() const { return block_frames_ * layout_.channels; }
  [[nodiscard]] std::size_t packet_bytes() const { return packet_.size(); }
  // One block of interleaved samples; the packet is packet_bytes() long and valid until the next call. Empty when Opus
  // fails.
  std::span<const std::uint8_t> encode(std::span<const float> block) noexcept;

 private:
  struct Destroy {
    void operator()(OpusMSEncoder* encoder) const;
  };
  using Encoder = std::unique_ptr<OpusMSEncoder, Destroy>;
  OpusBlockEncoder(Encoder encoder, const OpusLayout& layout, std::size_t block_frames, std::size_t packet_bytes)
      : encoder_(std::move(encoder)), layout_(layout), block_frames_(block_frames), packet_(packet_bytes) {}

  Encoder encoder_;
  const OpusLayout& layout_;
  std::size_t block_frames_;
  std::vector<std::uint8_t> packet_;
  std::size_t silent_frames_ = 0;
};

}  // namespace punktfunk
