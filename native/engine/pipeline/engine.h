// One stream, assembled: source → converter → encoder → packetizer → socket, sound, control and input. Native threads
// only.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <variant>

#include "engine/audio/audio.h"
#include "engine/capture/source.h"
#include "engine/control/control.h"
#include "engine/encode/encoder.h"

namespace punktfunk {

using VideoTarget = std::variant<WlrootsTarget, PortalTarget, SyntheticTarget>;

struct EngineConfig {
  std::string module_dir;       // encoder modules
  std::string checkpoint_path;  // made by the host, checkpoint_bytes long
  std::string bind_address = "0.0.0.0";
  std::uint16_t video_port = 0, audio_port = 0, control_port = 0;
  std::string client_address, ping_payload;
  VideoTarget target;
  EncoderConfig encoder;
  std::size_t packet_size = 1392;
  unsigned fec_percent = 20, min_parity_shards = 2;
  bool encrypt_video = false;
  bool audio_enabled = true;
  AudioConfig audio;
  ControlConfig control;  // its address, port, client and key are those above
  std::optional<WlrootsInputTarget> input;
  AesKey key{};
};

// Latency of the last interval by stage, nanoseconds. Stages follow each other: capture: the compositor has finished
// the picture → the video thread takes it; convert; encode: → the access unit is complete (of a repeated picture: from
// its own start); protect: → packets, parity and seals are made; send: → the last datagram is with the kernel. total:
// the picture arrived here → the last datagram is with the kernel.
struct StageLatency {
  std::uint64_t p50_ns, p95_ns, p99_ns, max_ns;
};

struct EngineStats {
  double interval_s;
  std::uint64_t frames_captured, frames_dropped, frames_encoded, frames_sent, idr_frames;
  std::uint64_t bytes_sent, datagrams_sent, send_would_block;
  StageLatency capture, convert, encode, protect, send, total;
  // CPU time spent in the interval, by the threads of each room (video: with the encoder's) and by the whole process
  double cpu_video_ms, cpu_send_ms, cpu_control_ms, cpu_audio_ms, cpu_process_ms;
  // of it, in these stages; encoding and sending are what is left of video and send
  double cpu_capture_ms, cpu_convert_ms, cpu_protect_ms;
  AudioStream::Stats audio;
  ControlStream::Stats control;
};

// Events, as they are told to the host. Called on engine threads; must not block.
struct EngineEvents {
  std::function<void(std::uint16_t video, std::uint16_t audio, std::uint16_t control)> listening;
  std::function<void()> client_connected;
  std::function<void()> client_leaving;  // it ends within a second, or a problem says that it stays
  std::function<void(std::uint32_t width, std::uint32_t height, const std::string& encoder, const std::string& capture)>
      first_frame;                                // sent
  std::function<void(const EngineStats&)> stats;  // once a second
  std::function<void(const std::string& code, const std::string& detail, bool fatal)> problem;
  std::function<void(const std::string& reason)> ended;         // the last event
  std::function<void(const std::string& token)> restore_token;  // portal grant to keep
};

class Engine {
 public:
  // Opens sockets, capture, encoder, audio, input and starts the threads; blocks until the desktop has granted the
  // capture or refused it. Null and a sentence on failure (without audio or input it runs and tells a problem). With a
  // checkpoint that holds a stream it goes on with that one.
  static std::unique_ptr<Engine> start(const EngineConfig&, EngineEvents, std::string& error);
  virtual ~Engine() = default;
  // termination_reason 0 = none (the client left by itself). Idempotent; joins every thread. Not from within an event.
  // An engine that ended as "failed" leaves its control connection to its successor: let the process exit then, and do
  // not destroy it.
  virtual void stop(std::uint32_t termination_reason) = 0;
};

}  // namespace punktfunk
