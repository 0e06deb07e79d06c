// Opus packets of one stream to samples: 48 kHz, the multistream layout the host offered (docs/gamestream.md, 7.1).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace punktfunk::client {

struct OpusLayout {
  unsigned channels = 2;
  unsigned streams = 1;
  unsigned coupled = 1;
  std::vector<std::uint8_t> mapping = {0, 1};
};

class SoundDecoder {
 public:
  static constexpr unsigned sample_rate_hz = 48'000;

  // Null and a sentence when the layout is not one that Opus knows.
  static std::unique_ptr<SoundDecoder> open(const OpusLayout& layout, unsigned packet_duration_ms, std::string& error);
  ~SoundDecoder();

  // Interleaved samples of the packet, valid until the next call; an empty packet conceals one that was lost. Empty
  // when the packet does not decode.
  std::span<const float> decode(std::span<const std::uint8_t> packet);
  [[nodiscard]] unsigned channels() const { return channels_; }

 private:
  struct State;
  SoundDecoder();
  std::unique_ptr<State> state_;
  unsigned channels_ = 0;
  unsigned packet_frames_ = 0;
  std::vector<float> samples_;
};

}  // namespace punktfunk::client
