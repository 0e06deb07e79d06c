// GameStream's media: access units as protected packets, paced, on one UDP socket; sound on another; and on both the
// pings that say where the client is (docs/gamestream.md, 5.7, 6 and 7).
//
// Nothing of a frame leaves before its last slice. Blocks could, one a slice, and clients take them so; that won next
// to nothing (docs/benchmarks.md, "Slices on the wire"). Slices are copied into their place in the ring as they come,
// since the encoder's memory is its own, and from there into shards.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>

#include "base/worker.h"
#include "core/pacing/pacer.h"
#include "core/packet/gamestream_video.h"
#include "engine/checkpoint.h"
#include "engine/transport/access_unit_ring.h"
#include "engine/transport/gamestream_sound.h"
#include "engine/transport/media_sender.h"
#include "engine/transport/udp.h"

namespace punktfunk {

struct GamestreamSenderConfig {
  UdpEndpointConfig video_socket;
  std::optional<UdpEndpointConfig> sound_socket;  // none: a stream without sound
  gamestream::VideoPacketizerConfig video;        // an access unit that is longer than it allows is left out
  gamestream::AudioPacketizerConfig sound;
  std::uint32_t fps = 60;
};

class GamestreamSender final : public MediaSender {
 public:
  // Opens the sockets. Numbers and peers go on where the checkpoint stands, which must outlive the sender.
  static Result<std::unique_ptr<GamestreamSender>, Failure> open(const GamestreamSenderConfig& config,
                                                                 Checkpoint& checkpoint, MediaSenderEvents events);
  // On sockets that are open; sound: null for a stream without.
  GamestreamSender(const GamestreamSenderConfig& config, std::unique_ptr<UdpEndpoint> video,
                   std::unique_ptr<UdpEndpoint> sound, Checkpoint& checkpoint, MediaSenderEvents events);

  void start() override;
  [[nodiscard]] std::uint16_t video_port() const noexcept override { return video_->port(); }
  [[nodiscard]] std::uint16_t sound_port() const noexcept override {
    return sound_ ? sound_->port() : std::uint16_t{0};
  }
  [[nodiscard]] bool has_room() const noexcept override { return !ring_.full(); }
  void begin(const PictureInfo& picture) noexcept override;
  void take(const Slice& slice) noexcept override;
  [[nodiscard]] bool reachable() const noexcept override { return video_->has_peer(); }
  [[nodiscard]] std::uint64_t last_ping_ns() const noexcept override;
  [[nodiscard]] bool sound_reachable() const noexcept override;
  std::size_t send_sound(std::span<const std::uint8_t> packet) noexcept override;
  Stats take_stats() override;
  [[nodiscard]] SentPictures& sent_pictures() noexcept override { return sent_pictures_; }
  void stop() override { worker_.stop(); }

 private:
  void append(AccessUnit& unit, std::span<const std::uint8_t> bytes) noexcept;
  void run(const std::stop_token& stop);
  void read_pings();
  void tell_of_network();
  void send(AccessUnit& unit, const std::stop_token& stop);
  void cut_short();
  [[nodiscard]] std::uint32_t rtp_time(std::uint64_t presented_ns);

  AccessUnitRing ring_;
  const std::unique_ptr<UdpEndpoint> video_, sound_;
  Checkpoint& checkpoint_;
  const MediaSenderEvents events_;
  std::optional<GamestreamSound> sound_packets_;
  std::atomic<std::uint64_t> frames_sent_{0}, frames_repeated_{0}, frames_cut_short_{0}, cpu_protect_ns_{0},
      parity_datagrams_{0};
  StageHistograms latency_;
  SentPictures sent_pictures_;
  std::size_t begun_bytes_ = 0;  // of the access unit begun, also what has no room; of the video thread

  // the worker's own
  gamestream::VideoPacketizer packetizer_;
  Pacer pacer_;
  const std::uint64_t frame_deadline_ns_;
  std::uint64_t rtp_ns_ = 0;  // of the frame before
  bool any_sent_ = false, gso_told_ = false, foreign_told_ = false;

  Worker worker_;
};

}  // namespace punktfunk
