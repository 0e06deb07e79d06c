// The desktop's sound: a null sink for the stream; what it plays is captured, re-blocked, encoded as Opus and sent.
// Packets leave at their times whatever the sound server does. Where the sink is to be the default one it is that while
// streaming, and what the default sink plays is heard, if somebody chooses another one too. Where it is not, programs
// are led to it by their environment (docs/sound.md).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "contract/messages.h"
#include "contract/problems.h"
#include "engine/threads/threads.h"
#include "engine/transport/media_sender.h"

namespace punktfunk {

struct AudioConfig {
  std::string pipewire_remote;  // empty = the session's default
  contract::Audio audio;
  // Told on the sound thread. Until sound_back, which needs nobody, silence is sent.
  std::function<void(const Failure&)> problem = [](auto&) {};
};

class AudioStream {
 public:
  // Packets go to the wire from when the client is known there, silence at first; the desktop's sound comes in as soon
  // as its server answers, and again whenever that was gone. Fails when the format cannot be encoded.
  static Result<std::unique_ptr<AudioStream>, Failure> start(const AudioConfig&, SoundSender& wire);
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
