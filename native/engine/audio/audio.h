// The desktop's sound: a null sink that is the default while streaming, its monitor captured, re-blocked, encoded as
// Opus and sent.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/crypto/aes.h"
#include "engine/checkpoint.h"
#include "engine/transport/udp.h"

namespace punktfunk {

struct AudioConfig {
  std::string pipewire_remote;  // empty = the session's default
  unsigned channels = 2;
  unsigned packet_duration_ms = 5;
  unsigned bitrate_bps = 96'000;
  std::optional<AesKey> key;
  std::uint32_t rikey_id = 0;
  bool also_on_host = false;  // the machine's own speakers play it as well
  std::string sink_name = "punktfunk";
  std::string sink_description = "punktfunk stream";
  // A sentence when the sound stops coming in mid-stream (the sound server is gone); silence is sent from then on. On
  // the sound thread.
  std::function<void(const std::string&)> problem;
};

class AudioStream {
 public:
  // Makes the sink, takes the default, starts capture; packets go to `endpoint` once its peer is known. Null and a
  // sentence on failure: the stream then runs without sound and says so.
  static std::unique_ptr<AudioStream> start(const AudioConfig&, UdpEndpoint& endpoint, Checkpoint* checkpoint,
                                            std::string& error);
  virtual ~AudioStream() = default;
  // Gives the default sink back, removes ours, joins the thread.
  virtual void stop() = 0;
  struct Stats {
    std::uint64_t packets, bytes, underruns, overruns;
  };
  [[nodiscard]] virtual Stats stats() const = 0;
};

}  // namespace punktfunk
