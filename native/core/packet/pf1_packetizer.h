// punktfunk/1, sending: a frame, whole or slice by slice, becomes plain packets with one block of GF(2^16) parity.
// Sealing comes after, one packet at a time, in the order of sending.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/fec/gf16.h"
#include "core/packet/pf1_layout.h"
#include "core/status.h"

namespace punktfunk::pf1 {

struct PacketizerConfig {
  std::uint8_t stream = 0;
  std::size_t datagram_bytes = 1472;  // 512 to 9216, with header and tag
  std::size_t max_frame_bytes = 4u << 20;
  unsigned parity_percent = 20;  // 0 to 100; 0 sends no parity
};

// The packets of one frame: header, shard header and shard of each, packet_bytes apart, data then parity. The room of
// one frame; holds what was packetized into it until it is used again.
class FramePackets {
 public:
  [[nodiscard]] std::size_t size() const { return count_; }
  [[nodiscard]] std::size_t packet_bytes() const { return packet_bytes_; }
  [[nodiscard]] std::span<const std::uint8_t> operator[](std::size_t i) const {
    return {bytes_.data() + i * packet_bytes_, packet_bytes_};
  }

 private:
  friend class Packetizer;
  std::vector<std::uint8_t> bytes_;
  std::size_t count_ = 0, packet_bytes_ = 0;
};

class Packetizer {
 public:
  // Allocates its encoder.
  explicit Packetizer(const PacketizerConfig& config);
  [[nodiscard]] Status status() const noexcept { return status_; }
  [[nodiscard]] FramePackets make_room() const;

  // Whether packetize would take these slices: ok or invalid_argument.
  [[nodiscard]] Status check(std::span<const std::span<const std::uint8_t>> slices) const noexcept;

  // The whole frame at once, in its slices. All shards get one size, as small as their number allows. invalid_argument
  // for no slices, an empty slice, more than max_slices or max_frame_bytes. Allocation-free.
  Status packetize(std::uint32_t frame, std::span<const std::span<const std::uint8_t>> slices, const FrameInfo& info,
                   FramePackets& out) noexcept;

  // The same while the frame is still being encoded: packets of a slice can be sent before the next one exists. Shards
  // have full size; the parity is settled at begin, by the expected size of the frame. out grows with each add; the
  // packets are complete after finish.
  Status begin(std::uint32_t frame, std::size_t expected_bytes, const FrameInfo& info, FramePackets& out) noexcept;
  // Of the frame begun, parity and all, if it gets the size that was expected.
  [[nodiscard]] std::size_t expected_packets() const noexcept { return expected_data_shards_ + parity_shards_; }
  Status add(std::span<const std::uint8_t> slice, bool last) noexcept;
  Status finish() noexcept;

 private:
  enum class Step { idle, adding, ended };

  std::uint8_t* packet(std::size_t i) { return out_->bytes_.data() + i * out_->packet_bytes_; }
  [[nodiscard]] std::size_t parity_for(std::size_t data_shards) const;
  Status start(std::uint32_t frame, std::size_t shard_bytes, std::size_t known_data_shards, std::size_t parity_shards,
               const FrameInfo& info, FramePackets& out);
  void write_header(std::size_t i, Kind kind, std::size_t index, std::size_t data_shards, std::uint16_t flags);

  PacketizerConfig config_;
  FrameBounds bounds_;
  Status status_ = Status::ok;
  gf16::Encoder encoder_;
  std::vector<std::uint8_t*> parity_pointers_;

  Step step_ = Step::idle;
  FramePackets* out_ = nullptr;
  FrameInfo info_;
  std::uint32_t frame_ = 0;
  std::size_t shard_bytes_ = 0, known_data_shards_ = 0, expected_data_shards_ = 0, data_shards_ = 0, parity_shards_ = 0,
              frame_bytes_ = 0, slices_ = 0;
};

}  // namespace punktfunk::pf1
