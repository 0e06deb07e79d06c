// What the nodes of a stream's sound are called, and how they are told to PipeWire.
#pragma once

#include <string>

namespace punktfunk {

[[nodiscard]] inline std::string capture_name(const std::string& sink_name) {
  return sink_name + "-capture";
}
[[nodiscard]] inline std::string host_capture_name(const std::string& sink_name) {
  return sink_name + "-host-capture";
}
[[nodiscard]] inline std::string host_player_name(const std::string& sink_name) {
  return sink_name + "-host";
}

[[nodiscard]] inline const char* positions_of(unsigned channels) {
  return channels == 8 ? "[ FL FR FC LFE RL RR SL SR ]" : channels == 6 ? "[ FL FR FC LFE RL RR ]" : "[ FL FR ]";
}

}  // namespace punktfunk
