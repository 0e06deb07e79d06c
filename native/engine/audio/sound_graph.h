// The desktop's sound over PipeWire, on one loop thread of its own: a null sink that lives as long as we do, is the
// default meanwhile where it is to be, and is captured. Whatever of it goes (PipeWire, its session manager, the
// capture's link) is made anew, all of it, as soon as it can be.
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
  // Gives the default sink back, removes ours, joins the thread.
  virtual void stop() = 0;
};

}  // namespace punktfunk
