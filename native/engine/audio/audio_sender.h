// Samples in, packets out: blocks, Opus, wire. Knows nothing of where the sound comes from.
// One thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/audio/audio.h"
#include "engine/audio/opus_encoder.h"
#include "engine/audio/reblock.h"

namespace punktfunk {

class AudioSender {
 public:
  // Fails when the format cannot be encoded.
  static Result<std::unique_ptr<AudioSender>, Failure> make(const AudioConfig& config, SoundSender& wire);

  // Interleaved samples of any count. Dropped while nobody is known who would hear them.
  void push(std::span<const float> samples);
  // One packet in place of sound that did not come: what came last dies away in it, then there is silence. No clicks.
  void conceal();

  [[nodiscard]] std::size_t block_samples() const { return encoder_->block_samples(); }
  // Packets that were to be sent, and that were.
  [[nodiscard]] std::uint64_t blocks() const { return blocks_; }
  [[nodiscard]] std::uint64_t packets() const { return packets_; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

 private:
  AudioSender(std::unique_ptr<OpusBlockEncoder> encoder, const AudioConfig& config, SoundSender& wire);
  void send_sound(std::span<const float> block);
  void send_block(std::span<const float> block);

  std::unique_ptr<OpusBlockEncoder> encoder_;
  Reblock reblock_;
  SoundSender& wire_;
  const std::size_t channels_;
  std::vector<float> last_, made_;  // the last block as it was sent; the next one while it is made
  bool concealed_ = true;           // so was the last block
  std::uint64_t blocks_ = 0;
  std::atomic<std::uint64_t> packets_ = 0, bytes_ = 0;
};

}  // namespace punktfunk
