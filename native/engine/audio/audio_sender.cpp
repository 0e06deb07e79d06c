#include "engine/audio/audio_sender.h"

#include <utility>

namespace punktfunk {
namespace {

gamestream::AudioCounters counters_of(const Checkpoint* checkpoint) {
  if (checkpoint == nullptr) return {};
  return {static_cast<std::uint16_t>(checkpoint->audio_sequence.load()), checkpoint->audio_timestamp.load()};
}

}  // namespace

std::unique_ptr<AudioSender> AudioSender::make(const AudioConfig& config, UdpEndpoint& endpoint, Checkpoint* checkpoint,
                                               std::string& error) {
  auto encoder = OpusBlockEncoder::make(config.channels, config.packet_duration_ms, config.bitrate_bps, error);
  if (!encoder) return nullptr;
  return std::unique_ptr<AudioSender>(new AudioSender(std::move(encoder), config, endpoint, checkpoint));
}

AudioSender::AudioSender(std::unique_ptr<OpusBlockEncoder> encoder, const AudioConfig& config, UdpEndpoint& endpoint,
                         Checkpoint* checkpoint)
    : encoder_(std::move(encoder)),
      reblock_(encoder_->block_samples()),
      packetizer_({config.packet_duration_ms, config.key, config.rikey_id}, counters_of(checkpoint)),
      endpoint_(endpoint),
      checkpoint_(checkpoint),
      silence_(encoder_->block_samples()) {}

void AudioSender::push(std::span<const float> samples) {
  if (!endpoint_.has_peer()) {
    reblock_.clear();
    return;
  }
  reblock_.push(samples, [this](std::span<const float> block) { send_block(block); });
}

void AudioSender::push_silence() {
  reblock_.clear();
  push(silence_);
}

void AudioSender::send_block(std::span<const float> block) {
  const auto opus = encoder_->encode(block);
  std::span<const std::uint8_t> datagrams[3];
  std::size_t count = 0;
  if (opus.empty() || packetizer_.packetize(opus, datagrams, count) != Status::ok) return;
  if (checkpoint_ != nullptr) {  // before anything leaves under these numbers
    const auto counters = packetizer_.counters();
    checkpoint_->audio_timestamp.store(counters.timestamp, std::memory_order_release);
    checkpoint_->audio_sequence.store(counters.sequence, std::memory_order_release);
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (endpoint_.send_one(datagrams[i])) bytes_ += datagrams[i].size();
  }
  ++packets_;
}

}  // namespace punktfunk
