// Slices of access units and packets of sound, onto the wire to one client.
//
// Shapes: a picture is begun, then its slices come (engine/slice.h) until the last; sound comes as whole packets of the
// codec. Ownership: a sender has its sockets alone, reads what the client sends there (pings) itself, and gives no
// descriptor away; bytes are copied, or on the wire, when a call returns. Nothing allocates, locks or logs on the way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "contract/problems.h"
#include "engine/picture_times.h"
#include "engine/sent_pictures.h"
#include "engine/slice.h"

namespace punktfunk {

// What the sound's thread sees of it.
class SoundSender {
 public:
  virtual ~SoundSender() = default;
  // It is known where the client listens for sound. Any thread.
  [[nodiscard]] virtual bool sound_reachable() const noexcept = 0;
  // Sends one packet at once, on the calling thread and past every picture that is still being paced. Returns the bytes
  // that went to the wire, protection included; 0 when none did. One thread at a time.
  virtual std::size_t send_sound(std::span<const std::uint8_t> packet) noexcept = 0;
};

// The picture that slices belong to.
struct PictureInfo {
  PictureTimes times;     // what is known of them; of a repeated one, when it is presented again
  bool repeated = false;  // it was sent before: its latency is nobody's business
};

// Called on a thread of the sender's, or the one that hands over slices; must not block.
struct MediaSenderEvents {
  std::function<void()> reachable;   // it is known where the client listens for video (again: it moved)
  std::function<void()> ready;       // there may be room again
  std::function<void()> idr_needed;  // an access unit could not be sent whole
  std::function<void(std::size_t bytes, std::size_t most_bytes)> too_large;  // for the wire: it was left out
  std::function<void()> first_frame;                                         // was sent
  std::function<void(const Failure&)> problem;
};

class MediaSender : public SoundSender {
 public:
  // It takes an access unit. False: encode nothing, events.ready says when to ask again. The video thread alone, as the
  // two below.
  [[nodiscard]] virtual bool has_room() const noexcept = 0;
  // Begins an access unit, where there is room. One that was begun before and had no last slice never was.
  virtual void begin(const PictureInfo& picture) noexcept = 0;
  // The next slice of the access unit begun; may come on a thread of the encoder's.
  virtual void take(const Slice& slice) noexcept = 0;

  // No event is told before.
  virtual void start() = 0;
  // Where the client finds it; 0 = no sound.
  [[nodiscard]] virtual std::uint16_t video_port() const noexcept = 0;
  [[nodiscard]] virtual std::uint16_t sound_port() const noexcept = 0;

  // It is known where the client listens for video. Any thread.
  [[nodiscard]] virtual bool reachable() const noexcept = 0;
  // monotonic_ns() of the client's last ping on any of the sockets; 0 = none yet. Any thread.
  [[nodiscard]] virtual std::uint64_t last_ping_ns() const noexcept = 0;

  // Since the sender began; latencies since the call before. One thread at a time.
  struct Stats {
    std::uint64_t frames_sent = 0, frames_repeated = 0, frames_cut_short = 0;  // repeated ones are among the sent
    std::uint64_t bytes = 0, datagrams = 0, would_block = 0;                   // of video
    std::uint64_t parity_datagrams = 0;                                        // that were made
    std::uint64_t cpu_protect_ns = 0;
    StageHistograms::Summaries latency{};  // of each new picture that was sent
  };
  virtual Stats take_stats() = 0;
  // Of new pictures. The thread that takes the statistics drains it.
  [[nodiscard]] virtual SentPictures& sent_pictures() noexcept = 0;

  // Joins its threads. What is not sent then is not sent.
  virtual void stop() = 0;
};

}  // namespace punktfunk
