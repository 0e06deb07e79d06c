// The desktop's sound: a null sink that is the default while streaming; what the default sink plays is captured,
// re-blocked, encoded as Opus and sent. Packets leave at their times whatever the sound server does.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "engine/threads/threads.h"
#include "engine/transport/media_sender.h"

namespace punktfunk {

struct AudioConfig {
  std::string pipewire_remote;  // empty = the session's default
  unsigned channels = 2;
  unsigned packet_duration_ms = 5;
  unsigned bitrate_bps = 96'000;
  bool also_on_host = false;  // the machine's own speakers play it as well
  std::string sink_name = "punktfunk";
  std::string sink_description = "punktfunk stream";
  // Told on the sound thread. sound_unavailable, sound_lost: silence is sent until sound_back, which needs nobody;
  // sound_not_on_host: also_on_host cannot be done.
  std::function<void(const std::string& code, const std::string& sentence)> problem = [](auto&, auto&) {};
};

class AudioStream {
 public:
  // Packets go to the wire from when the client is known there, silence at first; the desktop's sound comes in as soon
  // as its server answers, and again whenever that was gone. Null and a sentence when the format cannot be encoded.
  static std::unique_ptr<AudioStream> start(const AudioConfig&, SoundSender& wire, std::string& error);
  virtual ~AudioStream() = default;
  // Gives the default sink back, removes ours, joins the threads.
  virtual void stop() = 0;
  // due: packets for which the time has come. underruns: packets that were made up because no sound had come for them.
  // overruns: chunks of sound that were left out, by the sound server or because their time had passed. given_up:
  // packets that are not due any more, since the sending thread stood still for longer than is worth making up for.
  struct Stats {
    std::uint64_t packets, bytes, underruns, overruns, due, given_up;
  };
  [[nodiscard]] virtual Stats stats() const = 0;
  // Of the thread that sends.
  [[nodiscard]] virtual Granted priority() const = 0;
};

}  // namespace punktfunk
