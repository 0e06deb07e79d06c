// GameStream video, client side: datagrams become access units again. Memory is bounded by the config whatever arrives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "core/crypto/aes.h"
#include "core/packet/gamestream_video.h"
#include "core/status.h"

namespace punktfunk::gamestream {

struct VideoReassemblerConfig {
  std::size_t packet_size = 1392;
  std::size_t max_access_unit_bytes = 4u << 20;
  std::optional<AesKey> key;
};

struct ReassembledFrame {
  std::uint32_t frame_index = 0;
  FrameType type = FrameType::p;
  std::uint32_t rtp_timestamp_90khz = 0;
  std::uint16_t host_latency_tenths_ms = 0;
  std::span<const std::uint8_t> access_unit;  // exact bytes, without header and padding; valid until the next feed
  std::uint32_t received_shards = 0;
  std::uint32_t repaired_shards = 0;
};

struct VideoReassemblyStats {
  std::uint64_t datagrams = 0, malformed = 0, not_authentic = 0, duplicates = 0, late = 0;
  std::uint64_t frames = 0, frames_repaired = 0, frames_lost = 0, shards_repaired = 0;
};

class VideoReassembler {
 public:
  explicit VideoReassembler(const VideoReassemblerConfig& config);
  ~VideoReassembler();
  VideoReassembler(VideoReassembler&&) noexcept;

  // Takes one datagram. Returns ok and fills frame when it completes an access unit; again when it does not; malformed,
  // not_authentic or replayed when it is refused (counted in stats). Frames come out in order; a frame that cannot be
  // completed any more is given up and counted lost.
  Status feed(std::span<const std::uint8_t> datagram, ReassembledFrame& frame) noexcept;
  [[nodiscard]] const VideoReassemblyStats& stats() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace punktfunk::gamestream
