// Sound as GameStream sends it: RTP with parity after each fourth packet (docs/gamestream.md, 7).
#pragma once

#include "core/packet/gamestream_audio.h"
#include "engine/checkpoint.h"
#include "engine/transport/media_sender.h"
#include "engine/transport/udp.h"

namespace punktfunk {

class GamestreamSound final : public SoundSender {
 public:
  // Numbers go on where the checkpoint stands.
  GamestreamSound(const gamestream::AudioPacketizerConfig& packets, UdpEndpoint& endpoint, Checkpoint& checkpoint)
      : packetizer_(packets, {static_cast<std::uint16_t>(checkpoint.audio_sequence), checkpoint.audio_timestamp}),
        endpoint_(endpoint),
        checkpoint_(checkpoint) {}

  [[nodiscard]] bool sound_reachable() const noexcept override { return endpoint_.has_peer(); }

  std::size_t send_sound(std::span<const std::uint8_t> packet) noexcept override {
    std::span<const std::uint8_t> datagrams[3];
    std::size_t count = 0, bytes = 0;
    if (packetizer_.packetize(packet, datagrams, count) != Status::ok) { return 0; }
    // Before anything leaves under these numbers.
    const auto counters = packetizer_.counters();
    checkpoint_.audio_timestamp.store(counters.timestamp, std::memory_order_release);
    checkpoint_.audio_sequence.store(counters.sequence, std::memory_order_release);
    for (std::size_t i = 0; i < count; ++i) {
      if (endpoint_.send_one(datagrams[i])) { bytes += datagrams[i].size(); }
    }
    return bytes;
  }

 private:
  gamestream::AudioPacketizer packetizer_;
  UdpEndpoint& endpoint_;
  Checkpoint& checkpoint_;
};

}  // namespace punktfunk
