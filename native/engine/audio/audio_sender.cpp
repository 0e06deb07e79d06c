#include "engine/audio/audio_sender.h"

#include <algorithm>
#include <utility>

namespace punktfunk {

Result<std::unique_ptr<AudioSender>, Failure> AudioSender::make(const AudioConfig& config, SoundSender& wire) {
  const auto& format = config.audio;
  auto encoder = OpusBlockEncoder::make(format.channels, format.packet_duration_ms, format.bitrate_bps);
  if (!encoder) { return encoder.error(); }
  return std::unique_ptr<AudioSender>(new AudioSender(*std::move(encoder), config, wire));
}

AudioSender::AudioSender(std::unique_ptr<OpusBlockEncoder> encoder, const AudioConfig& config, SoundSender& wire)
    : encoder_(std::move(encoder)),
      reblock_(encoder_->block_samples()),
      wire_(wire),
      channels_(config.audio.channels),
      last_(encoder_->block_samples()),
      made_(encoder_->block_samples()) {}

void AudioSender::push(std::span<const float> samples) {
  if (!wire_.sound_reachable()) {
    reblock_.clear();
    return;
  }
  reblock_.push(samples, [this](std::span<const float> block) { send_sound(block); });
}

// Sound that comes back rises within a block: no click.
void AudioSender::send_sound(std::span<const float> block) {
  std::copy(block.begin(), block.end(), last_.begin());
  if (std::exchange(concealed_, false)) {
    const std::size_t frames = last_.size() / channels_;
    for (std::size_t i = 0; i < last_.size(); ++i) {
      const std::size_t frame = i / channels_;
      last_[i] *= static_cast<float>(frame) / static_cast<float>(frames);
    }
  }
  send_block(last_);
}

// The begun block, if there is one, then the sound before it backwards and dying away: no step in the signal.
void AudioSender::conceal() {
  if (!wire_.sound_reachable()) { return; }
  const auto begun = reblock_.partial();
  const std::size_t frames = made_.size() / channels_, first = begun.size() / channels_;
  std::copy(begun.begin(), begun.end(), made_.begin());
  for (std::size_t frame = first; frame < frames; ++frame) {
    const std::size_t back = frame - first + 1;  // frames before the gap
    const float loudness = static_cast<float>(frames - frame) / static_cast<float>(frames - first + 1);
    const float* sound =
        back <= first ? &made_[(first - back) * channels_] : &last_[(frames + first - back) * channels_];
    for (std::size_t channel = 0; channel < channels_; ++channel) {
      made_[frame * channels_ + channel] = sound[channel] * loudness;
    }
  }
  reblock_.clear();
  std::fill(last_.begin(), last_.end(), 0.f);
  concealed_ = true;
  send_block(made_);
}

void AudioSender::send_block(std::span<const float> block) {
  ++blocks_;
  const auto opus = encoder_->encode(block);
  if (opus.empty()) { return; }
  bytes_ += wire_.send_sound(opus);
  ++packets_;
}

}  // namespace punktfunk
