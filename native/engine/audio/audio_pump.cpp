#include "engine/audio/audio_pump.h"

#include <algorithm>
#include <future>
#include <utility>

#include "base/clock.h"
#include "base/poll_until.h"
#include "engine/threads/threads.h"

namespace punktfunk {
namespace {

constexpr std::size_t ring_frames = 16'384;  // a third of a second, two of the longest chunks
// Sound may come so much later than it was due before something else is sent in its place: clients have 30 ms and more
// in store.
constexpr unsigned allowed_late_ms = 20;
constexpr std::uint64_t allowed_ahead_packets = 2;
constexpr unsigned max_made_up_ms = 500;                // at once
constexpr std::uint64_t look_for_peer_ns = 20'000'000;  // the client's first ping is read by another thread

}  // namespace

Result<std::unique_ptr<AudioPump>, Failure> AudioPump::start(const AudioConfig& config, SoundSender& wire) {
  auto sender = AudioSender::make(config, wire);
  if (!sender) { return sender.error(); }
  std::unique_ptr<AudioPump> pump(new AudioPump(*std::move(sender), config, wire));
  if (!pump->worker_.ok()) { return problem::no_descriptors(); }
  std::promise<Granted> entered;
  auto granted = entered.get_future();
  pump->worker_.start(audio_thread_name,
                      [p = pump.get(), promise = std::move(entered)](const std::stop_token& stop) mutable {
                        promise.set_value(enter_thread(audio_urgency));
                        p->run(stop);
                      });
  pump->priority_ = granted.get();
  return pump;
}

AudioPump::AudioPump(std::unique_ptr<AudioSender> sender, const AudioConfig& config, SoundSender& wire)
    : sender_(std::move(sender)),
      wire_(wire),
      block_samples_(sender_->block_samples()),
      packet_ms_(config.audio.packet_duration_ms),
      channels_(config.audio.channels),
      ring_(ring_frames * config.audio.channels),
      clock_(config.audio.packet_duration_ms) {}

void AudioPump::feed(std::span<const float> samples) noexcept {
  chunk_samples_.store(samples.size(), std::memory_order_relaxed);
  if (!ring_.write(samples)) { count_overrun(); }
  worker_.wake().signal();
}

void AudioPump::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    pollfd fd[] = {{worker_.wake().fd(), POLLIN, 0}};
    poll_until(fd, clock_.running() ? clock_.time_of(sent() + allowed_behind()) : monotonic_ns() + look_for_peer_ns);
    if (fd[0].revents != 0) { worker_.wake().clear(); }
    const std::uint64_t now = monotonic_ns();
    if (!wire_.sound_reachable()) {
      ring_.drop(ring_.size());  // nobody would hear it
      continue;
    }
    if (!clock_.running()) {
      clock_.start(now);
      started_ns_.store(now, std::memory_order_release);
    }
    send_what_came(now);
    make_up(now);
  }
}

std::uint64_t AudioPump::chunk_packets() const {
  return (chunk_samples_.load(std::memory_order_relaxed) + block_samples_ - 1) / block_samples_;
}

// While nothing comes, each packet at its time; else there is some patience.
std::uint64_t AudioPump::allowed_behind() const {
  return filling_ ? 1 : allowed_late_ms / packet_ms_ + std::max<std::uint64_t>(chunk_packets(), 1);
}

void AudioPump::send_what_came(std::uint64_t now_ns) {
  std::size_t available = ring_.size();
  if (available == 0) { return; }
  filling_ = false;
  // What came too late, when its packets had been made up, or faster than it can be played: the oldest goes.
  const std::uint64_t most = clock_.due(now_ns) + chunk_packets() + allowed_ahead_packets;
  const std::size_t wanted = static_cast<std::size_t>(most - std::min(most, sent())) * block_samples_;
  if (available > wanted) {
    const std::size_t late = available - wanted;
    ring_.drop(late - late % channels_);
    count_overrun();
  }
  while ((available = ring_.size()) > 0) {
    const auto samples = ring_.front(available);
    sender_->push(samples);
    ring_.drop(samples.size());
  }
}

void AudioPump::make_up(std::uint64_t now_ns) {
  const std::uint64_t due = clock_.due(now_ns);
  if (due < sent() + allowed_behind()) { return; }
  filling_ = true;
  if (const std::uint64_t most = max_made_up_ms / packet_ms_, behind = due - sent(); behind > most) {
    clock_.skip(behind - most);
    given_up_.fetch_add(behind - most, std::memory_order_relaxed);
    started_ns_.store(clock_.start_ns(), std::memory_order_release);
  }
  for (const std::uint64_t until = clock_.due(now_ns); sent() < until;) {
    sender_->conceal();
    underruns_.fetch_add(1, std::memory_order_relaxed);
  }
}

AudioStream::Stats AudioPump::stats() const {
  PacketClock clock(packet_ms_);
  clock.start(started_ns_.load(std::memory_order_acquire));
  const std::uint64_t packets = sender_->packets();
  return {packets, sender_->bytes(), underruns_, overruns_, clock.due(monotonic_ns()), given_up_};
}

}  // namespace punktfunk
