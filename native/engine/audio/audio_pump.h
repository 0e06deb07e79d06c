// The thread that sends the sound: takes samples as they come, makes packets, and makes up for those that do not come
// in time, so that the client gets each packet at its time whatever the sound server and the processor are busy with.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>

#include "base/worker.h"
#include "engine/audio/audio.h"
#include "engine/audio/audio_sender.h"
#include "engine/audio/packet_clock.h"
#include "engine/audio/sample_ring.h"

namespace punktfunk {

class AudioPump {
 public:
  // Fails when the format cannot be encoded.
  static Result<std::unique_ptr<AudioPump>, Failure> start(const AudioConfig& config, SoundSender& wire);
  ~AudioPump() { stop(); }
  AudioPump(AudioPump&&) = delete;

  // Interleaved samples. One thread at a time, which may be a real-time one: no lock, no allocation.
  void feed(std::span<const float> samples) noexcept;
  // Joins the thread; nobody feeds it any more.
  void stop() { worker_.stop(); }
  // The server had to leave something out.
  void count_overrun() noexcept { overruns_.fetch_add(1, std::memory_order_relaxed); }

  [[nodiscard]] AudioStream::Stats stats() const;
  [[nodiscard]] Granted priority() const { return priority_; }

 private:
  AudioPump(std::unique_ptr<AudioSender> sender, const AudioConfig& config, SoundSender& wire);
  void run(const std::stop_token& stop);
  void send_what_came(std::uint64_t now_ns);
  void make_up(std::uint64_t now_ns);
  [[nodiscard]] std::uint64_t sent() const { return sender_->blocks(); }
  [[nodiscard]] std::uint64_t chunk_packets() const;
  [[nodiscard]] std::uint64_t allowed_behind() const;

  std::unique_ptr<AudioSender> sender_;
  SoundSender& wire_;
  const std::size_t block_samples_;
  const unsigned packet_ms_, channels_;
  SampleRing ring_;
  std::atomic<std::size_t> chunk_samples_ = 0;  // of the last chunk
  std::atomic<std::uint64_t> underruns_ = 0, overruns_ = 0, given_up_ = 0, started_ns_ = 0;
  std::atomic<Granted> priority_ = Granted::nothing;
  // the thread's own
  PacketClock clock_;
  bool filling_ = false;
  Worker worker_;
};

}  // namespace punktfunk
