// The stream's sound on this machine's own speakers as well: PipeWire's own loopback, from our sink's monitor to the
// sink that was in use before ours. Loop thread only.
#pragma once

#include <pipewire/impl.h>

#include <string>

#include "engine/audio/audio.h"
#include "engine/audio/pipewire_handles.h"

namespace punktfunk {

class HostPlayer {
 public:
  explicit HostPlayer(const AudioConfig& config) : config_(config) {}
  HostPlayer(HostPlayer&&) = delete;

  // False when its module cannot be loaded. Without the sink it ends: another one could be ours, and the sound would go
  // round.
  [[nodiscard]] bool start(pw_context* context, const std::string& sink);
  void stop();
  [[nodiscard]] bool running() const { return module_ != nullptr; }

 private:
  const AudioConfig& config_;
  spa_hook listener_{};  // emptied by the module's end
  Pw<pw_impl_module> module_;
};

}  // namespace punktfunk
