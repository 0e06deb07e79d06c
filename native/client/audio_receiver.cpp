#include "client/audio_receiver.h"

#include <algorithm>
#include <mutex>
#include <stop_token>

#include "base/clock.h"
#include "base/worker.h"
#include "client/click.h"
#include "client/tone.h"

namespace punktfunk::client {

namespace {

class ThreadedAudioReceiver final : public AudioReceiver {
 public:
  ThreadedAudioReceiver(const AudioReceiverConfig& config, std::unique_ptr<MediaSocket> socket,
                        std::unique_ptr<SoundDecoder> decoder)
      : socket_(std::move(socket)),
        decoder_(std::move(decoder)),
        reassembler_(config.reassembly),
        loss_(config.loss),
        tones_(config.layout.channels, ToneMeter(SoundDecoder::sample_rate_hz)) {
    worker_.start("pf-client-audio", [this](const std::stop_token& stop) { run(stop); });
  }

  void stop() override { worker_.stop(); }

  AudioSummary summary() const override {
    const std::lock_guard lock(mutex_);
    AudioSummary result = counted_;
    result.clicks_ns = clicks_.heard_ns();
    for (const ToneMeter& tone : tones_) {
      result.tone_hz.push_back(tone.tone_hz());
      result.audible_ms = std::max(result.audible_ms, tone.audible_ms());
    }
    return result;
  }

 private:
  void run(const std::stop_token& stop) {
    constexpr int wait_ms = 100;
    while (!stop.stop_requested()) {
      if (!socket_->receive(worker_.wake(), wait_ms,
                            [this](std::span<const std::uint8_t> datagram) { take(datagram); })) {
        return;
      }
      const std::lock_guard lock(mutex_);
      counted_.reassembly = reassembler_.stats();
      counted_.kernel_drops = socket_->kernel_drops();
      counted_.bytes = socket_->bytes();
    }
  }

  void take(std::span<const std::uint8_t> datagram) {
    const std::uint64_t received_ns = monotonic_ns();
    if (loss_.drop()) {
      const std::lock_guard lock(mutex_);
      ++counted_.datagrams_dropped;
      return;
    }
    // Refused datagrams are counted by the reassembler.
    (void)reassembler_.feed(datagram);
    std::span<const std::uint8_t> opus;
    std::uint16_t sequence = 0;
    bool lost = false;
    while (reassembler_.next(opus, sequence, lost) == Status::ok) {
      const std::span<const float> samples = decoder_->decode(opus);
      const std::lock_guard lock(mutex_);
      if (samples.empty()) { ++counted_.decode_errors; }
      const std::size_t channels = tones_.size();
      clicks_.feed(samples, channels, received_ns);
      for (std::size_t channel = 0; channel < channels && !samples.empty(); ++channel) {
        tones_[channel].feed(samples.data() + channel, samples.size() / channels, channels);
      }
    }
  }

  const std::unique_ptr<MediaSocket> socket_;
  const std::unique_ptr<SoundDecoder> decoder_;
  gamestream::AudioReassembler reassembler_;
  LossModel loss_;
  mutable std::mutex mutex_;  // guards what follows
  AudioSummary counted_;
  std::vector<ToneMeter> tones_;
  ClickMeter clicks_;

  Worker worker_;
};

}  // namespace

std::unique_ptr<AudioReceiver> AudioReceiver::start(const AudioReceiverConfig& config, std::string& error) {
  auto decoder = SoundDecoder::open(config.layout, config.packet_duration_ms, error);
  if (!decoder) { return nullptr; }
  auto socket = MediaSocket::open(config.socket, error);
  if (!socket) { return nullptr; }
  return std::make_unique<ThreadedAudioReceiver>(config, std::move(socket), std::move(decoder));
}

}  // namespace punktfunk::client
