// punktfunk/1, receiving: opened packets of one stream become frames again. Memory is what the negotiated bounds need,
// whatever arrives.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/fec/gf16.h"
#include "core/packet/pf1_layout.h"
#include "core/reassembly/pf1_frame.h"
#include "core/status.h"

namespace punktfunk::pf1 {

struct ReassemblerConfig {
  std::uint8_t stream = 0;
  std::size_t datagram_bytes = 1472;
  std::size_t max_frame_bytes = 4u << 20;
  unsigned max_parity_percent = 20;  // what the other side may send at most, 0 to 100
};

struct ReassembledFrame {
  std::uint32_t number = 0;  // the first is 1
  FrameInfo info;
  std::span<const std::uint8_t> bytes;               // valid until the next add
  std::span<const std::uint32_t> slice_ends;         // offsets in bytes; the last is the frame's size
  std::uint32_t data_shards = 0, parity_shards = 0;  // as sent
  std::uint32_t received_shards = 0, repaired_shards = 0;
};

struct ReassemblyStats {
  std::uint64_t packets = 0, malformed = 0, duplicates = 0, late = 0;
  std::uint64_t frames = 0, frames_repaired = 0, frames_lost = 0, shards_repaired = 0;
};

class Reassembler {
 public:
  explicit Reassembler(const ReassemblerConfig& config);
  [[nodiscard]] Status status() const noexcept { return status_; }

  // ok: frame is complete. again: taken, or not needed any more. replayed, malformed: refused, counted. Frames come out
  // in order. Allocation-free.
  Status add(const Shard& shard, ReassembledFrame& frame) noexcept;
  // The range of frames given up since the last call; false when there is none.
  bool take_lost(std::uint32_t& first, std::uint32_t& last) noexcept;
  [[nodiscard]] const ReassemblyStats& stats() const noexcept { return stats_; }
  // Newest frame that came out; 0 before the first.
  [[nodiscard]] std::uint32_t newest_complete() const noexcept { return completed_; }

 private:
  static constexpr std::uint32_t window_frames = 2;
  // A packet that is this much older than the newest one will not come any more.
  static constexpr std::uint64_t reorder_packets = 64;

  CollectedFrame& frame(std::uint32_t number) { return frames_[number % window_frames]; }
  void move_window(std::uint32_t next);
  void lose_until(std::uint32_t next);
  void expire();
  Status finish(CollectedFrame& done, ReassembledFrame& out);

  ReassemblerConfig config_;
  FrameBounds bounds_;
  Status status_ = Status::ok;
  gf16::Decoder decoder_;
  std::vector<CollectedFrame> frames_;
  std::vector<std::uint8_t> joined_;
  std::array<std::uint32_t, max_slices> slice_ends_{};
  ReassemblyStats stats_;
  bool started_ = false;
  std::uint32_t next_ = 0, completed_ = 0;
  std::uint64_t newest_packet_ = 0;
  std::uint32_t lost_first_ = 0, lost_last_ = 0;  // 0 = none
};

}  // namespace punktfunk::pf1
