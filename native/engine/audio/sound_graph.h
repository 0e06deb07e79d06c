// The desktop's sound over PipeWire, on one loop thread of its own: a null sink that lives as long as we do and is the
// default meanwhile, and what the default sink plays, captured. Whatever of it goes (PipeWire, its session manager, the
// capture's link) is made anew, all of it, as soon as it can be.
#pragma once

#include <memory>
#include <string>

#include "engine/audio/audio.h"

namespace punktfunk {

class AudioPump;

class SoundGraph {
 public:
  // Returns at once; the sound comes when it comes. Null and a sentence when PipeWire's library cannot be used.
  static std::unique_ptr<SoundGraph> start(const AudioConfig& config, AudioPump& pump, std::string& error);
  virtual ~SoundGraph() = default;
  // Gives the default sink back, removes ours, joins the thread.
  virtual void stop() = 0;
};

}  // namespace punktfunk
