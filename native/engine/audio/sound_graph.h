// The desktop's sound over PipeWire, on one loop thread of its own: a null sink that is the default while we stream, or
// one that only those play to that are led there, is captured. Whatever of it goes (PipeWire, its session manager, the
// capture's link) is made anew, all of it, as soon as it can be.
//
// A default sink that we make lives as long as we do: what played before plays on where it did. One that is there
// stays, as in the embedded desktop. One that is not the default stays, too: the session manager would move its
// programs to where another client hears them, and the next stream finds it, and them.
#pragma once

#include <memory>

#include "base/result.h"
#include "contract/problems.h"
#include "engine/audio/audio.h"

namespace punktfunk {

class AudioPump;

class SoundGraph {
 public:
  // Returns at once; the sound comes when it comes. Fails when PipeWire's library cannot be used.
  static Result<std::unique_ptr<SoundGraph>, Failure> start(const AudioConfig& config, AudioPump& pump);
  virtual ~SoundGraph() = default;
  // Gives the default sink back, joins the thread.
  virtual void stop() = 0;
};

}  // namespace punktfunk
