// Sound from the wire to numbers: receive, repair, decode, measure. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/loss_model.h"
#include "client/media_socket.h"
#include "client/sound_decoder.h"
#include "core/reassembly/gamestream_audio.h"

namespace punktfunk::client {

struct AudioReceiverConfig {
  MediaSocketConfig socket;
  gamestream::AudioReassemblerConfig reassembly;
  OpusLayout layout;
  unsigned packet_duration_ms = 5;
  LossConfig loss;
};

struct AudioSummary {
  gamestream::AudioReassemblyStats reassembly;
  std::uint64_t datagrams_dropped = 0;  // by the loss model
  std::uint64_t kernel_drops = 0;
  std::uint64_t bytes = 0;
  std::uint64_t decode_errors = 0;
  std::vector<double> tone_hz;           // a channel each; 0 = silence or no tone
  std::uint64_t audible_ms = 0;          // of the channel with the most sound
  std::vector<std::uint64_t> clicks_ns;  // when each was heard, if its packet was played as it came
};

class AudioReceiver {
 public:
  // Null and a sentence on failure. Pings start at once.
  static std::unique_ptr<AudioReceiver> start(const AudioReceiverConfig& config, std::string& error);
  virtual ~AudioReceiver() = default;
  virtual void stop() = 0;  // joins the thread; any thread
  [[nodiscard]] virtual AudioSummary summary() const = 0;
};

}  // namespace punktfunk::client
