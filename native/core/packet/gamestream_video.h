// GameStream video packets, host side: an access unit becomes equal-sized datagrams with parity (docs/gamestream.md,
// 6).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "core/crypto/aes.h"
#include "core/status.h"

namespace punktfunk::gamestream {

enum class FrameType : std::uint8_t { p = 1, idr = 2, intra_refresh = 4, after_invalidation = 5 };

struct VideoPacketizerConfig {
  std::size_t packet_size = 1392;  // as announced by the client; multiple of 16, 256 to 8192
  unsigned fec_percent = 20;       // 0 to 255; 0 sends no parity
  unsigned min_parity_shards = 2;
  bool reinforce_small_frames = false;  // more than fec_percent where few shards make that weak (small_block_parity)
  std::size_t max_access_unit_bytes = 4u << 20;
  std::optional<AesKey> key;  // set: every datagram is sealed (6.7)
};

// Where the counters stand: what a successor needs so that no number and no nonce is ever used twice (checkpoint).
struct VideoCounters {
  std::uint32_t frame_index = 1;   // of the next frame; the first one is 1
  std::uint32_t packet_index = 0;  // 24-bit stream packet index of the next shard; its low 16 bits are the RTP sequence
  std::uint64_t nonce_counter = 0;  // of the next sealed datagram
};

struct VideoFrameInfo {
  FrameType type = FrameType::p;
  std::uint32_t rtp_timestamp_90khz = 0;
  std::uint16_t host_latency_tenths_ms = 0;  // 0 = unknown
};

// All datagrams of one frame, in sending order, each datagram_bytes long at datagram_stride, in one buffer, so that a
// run of them is one GSO send. Valid until the next call to packetize. shards in blocks: data then parity.
struct DatagramBatch {
  const std::uint8_t* bytes = nullptr;
  std::size_t datagram_bytes = 0;
  std::size_t datagram_stride = 0;  // == datagram_bytes, so that runs are contiguous
  std::size_t count = 0;
  std::size_t data_shards = 0;
  std::size_t parity_shards = 0;
  unsigned blocks = 0;
};

class VideoPacketizer {
 public:
  // Allocates everything it will ever need. invalid_argument through status() when the config is out of range.
  VideoPacketizer(const VideoPacketizerConfig& config, const VideoCounters& start = {});
  ~VideoPacketizer();
  VideoPacketizer(VideoPacketizer&&) noexcept;

  [[nodiscard]] Status status() const noexcept;
  // access_unit in pieces (slices) that are joined in order. Errors: invalid_argument when empty or longer than
  // max_access_unit_bytes; then no number is consumed. Allocation-free. One thread at a time.
  Status packetize(std::span<const std::span<const std::uint8_t>> access_unit, const VideoFrameInfo& info,
                   DatagramBatch& batch) noexcept;
  // Counters as they stand after the last packetize.
  [[nodiscard]] VideoCounters counters() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace punktfunk::gamestream
