// A client's ear: takes audio datagrams, checks their shape, decodes them, and tells which tone is heard.
#pragma once

#include <opus/opus.h>

#include <cmath>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <vector>

#include "core/packet/bytes.h"

namespace punktfunk::test {

class AudioEar {
 public:
  explicit AudioEar(int frames = 240) : frames_(frames) {
    int status = OPUS_OK;
    decoder_ = opus_decoder_create(48'000, 2, &status);
    if (status != OPUS_OK) { throw std::runtime_error("no Opus decoder"); }
  }
  ~AudioEar() { opus_decoder_destroy(decoder_); }
  AudioEar(const AudioEar&) = delete;

  void hear(std::span<const std::uint8_t> datagram) {
    if (datagram.size() < 12 || datagram[0] != 0x80) {
      ++odd;
      return;
    }
    if (datagram[1] == 127) {
      ++parity;
      if (data_since_parity_ != 4 && data_since_parity_ != 0) { ++odd; }
      data_since_parity_ = 0;
      return;
    }
    const std::uint16_t sequence = load_u16_be(datagram.data() + 2);
    const std::uint32_t timestamp = load_u32_be(datagram.data() + 4);
    if (data > 0 && timestamp - last_timestamp_ != static_cast<std::uint32_t>(frames_ / 48)) { ++odd; }
    last_timestamp_ = timestamp;
    if (datagram[1] != 97 || (data > 0 && sequence != static_cast<std::uint16_t>(last_sequence + 1))) { ++odd; }
    if (data == 0) { first_sequence = sequence; }
    last_sequence = sequence;
    if (size == 0) { size = datagram.size(); }
    if (datagram.size() != size) { ++odd; }
    ++data;
    ++data_since_parity_;
    std::vector<float> block(static_cast<std::size_t>(frames_) * 2);
    if (opus_decode_float(decoder_, datagram.data() + 12, static_cast<opus_int32>(datagram.size() - 12), block.data(),
                          frames_, 0) != frames_) {
      ++odd;
    }
    samples.insert(samples.end(), block.begin(), block.end());
    constexpr std::size_t kept = 48'000;  // the last half second of both channels
    if (samples.size() > kept) { samples.erase(samples.begin(), samples.end() - kept); }
  }
  // Strength of a tone in the last 100 ms of a channel (amplitude, by Goertzel).
  [[nodiscard]] double strength(double hz, int channel) const {
    constexpr std::size_t window = 4800;
    if (samples.size() < window * 2) { return 0; }
    double re = 0, im = 0;
    const std::size_t start = samples.size() - window * 2;
    for (std::size_t i = 0; i < window; ++i) {
      const double sample = samples[start + i * 2 + static_cast<std::size_t>(channel)];
      const double phase = 2 * M_PI * hz * static_cast<double>(i) / 48'000;
      re += sample * std::cos(phase);
      im += sample * std::sin(phase);
    }
    return 2 * std::hypot(re, im) / window;
  }
  // The tone is there and another one is not.
  [[nodiscard]] bool hears(double hz, int channel) const {
    return strength(hz, channel) > 0.15 && strength(hz * 1.37, channel) < 0.03;
  }
  [[nodiscard]] bool silent() const { return strength(1000, 0) < 0.001 && strength(1000, 1) < 0.001; }

  std::size_t data = 0, parity = 0, odd = 0, size = 0;
  std::uint16_t first_sequence = 0, last_sequence = 0;
  std::vector<float> samples;

 private:
  OpusDecoder* decoder_;
  int frames_;
  int data_since_parity_ = 0;
  std::uint32_t last_timestamp_ = 0;
};

}  // namespace punktfunk::test
