#include "engine/audio/host_player.h"

#include "engine/audio/sound_names.h"

namespace punktfunk {
namespace {

// As a string of PipeWire's configuration syntax.
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') { out += '\\'; }
    out += c;
  }
  return out + '"';
}

}  // namespace

bool HostPlayer::start(pw_context* context, const std::string& sink) {
  const auto& target = config_.audio.target;
  const std::string remote = config_.pipewire_remote.empty() ? "" : "remote.name = " + quoted(config_.pipewire_remote);
  const std::string description = quoted(target.sink_description);
  const std::string arguments =
      "{ " + remote + " audio.position = " + positions_of(config_.audio.channels) +
      " capture.props = { node.name = " + quoted(host_capture_name(target.sink_name)) +
      " target.object = " + quoted(target.sink_name) +
      " stream.capture.sink = true node.dont-reconnect = true node.description = " + description +
      " } playback.props = { node.name = " + quoted(host_player_name(target.sink_name)) +
      " target.object = " + quoted(sink) +
      " node.dont-reconnect = true node.dont-fallback = true state.restore-target = false node.description = " +
      description + " } }";
  module_.reset(pw_context_load_module(context, "libpipewire-module-loopback", arguments.c_str(), nullptr));
  if (!module_) { return false; }
  static const pw_impl_module_events events = {
      .version = PW_VERSION_IMPL_MODULE_EVENTS,
      .destroy = [](void* data) { (void)static_cast<HostPlayer*>(data)->module_.release(); },
  };
  pw_impl_module_add_listener(module_.get(), &listener_, &events, this);
  return true;
}

void HostPlayer::stop() {
  module_.reset();
}

}  // namespace punktfunk
