// One punktfunk/1 frame while it is being collected. Every shard has its place in a pool of fixed size.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/fec/gf16.h"
#include "core/packet/pf1_layout.h"
#include "core/status.h"

namespace punktfunk::pf1 {

// A packet that was opened, its shard header read.
struct Shard {
  Kind kind = Kind::data;
  std::uint8_t stream = 0;
  std::uint32_t frame = 0;
  std::uint64_t packet_number = 0;
  std::size_t index = 0, data_shards = 0, parity_shards = 0;
  FrameInfo info;
  std::span<const std::uint8_t> bytes;  // the shard, as FEC sees it
};

// header: the 16 bytes in clear; body: what was sealed. malformed when it is no shard; unsupported for another version
// or kind.
Status parse_shard(std::span<const std::uint8_t> header, std::span<const std::uint8_t> body, Shard& shard) noexcept;

// Whether there can be room for it: what lies beyond what was agreed must not move anything.
bool within(const FrameBounds& bounds, const Shard& shard) noexcept;

class CollectedFrame {
 public:
  explicit CollectedFrame(const FrameBounds& bounds);

  void start(std::uint32_t number);
  [[nodiscard]] std::uint32_t number() const { return number_; }
  [[nodiscard]] const FrameInfo& info() const { return info_; }
  [[nodiscard]] bool given_up() const { return given_up_; }
  [[nodiscard]] bool begun() const { return received_ > 0; }
  // Of what came in; no packet of an older frame of the stream has a higher one.
  [[nodiscard]] std::uint64_t oldest_packet_number() const { return oldest_packet_number_; }
  [[nodiscard]] std::uint32_t received_shards() const { return received_; }
  [[nodiscard]] std::uint32_t repaired_shards() const { return repaired_; }
  [[nodiscard]] std::size_t data_shards() const { return data_shards_; }
  [[nodiscard]] std::size_t parity_shards() const { return parity_shards_; }

  // For shards within the bounds. ok: enough is here, repair and join are next. again: taken. replayed: a duplicate.
  // malformed: contradicts what came before.
  Status add(const Shard& shard) noexcept;
  // Gives the frame up when more is missing than its parity, counting what should have come more than `reorder` shards
  // ago.
  void expire(std::size_t reorder) noexcept;
  void give_up() { given_up_ = true; }
  // Rebuilds what is missing; unrecoverable when the repair yields what was never sent.
  Status repair(gf16::Decoder& decoder) noexcept;
  // The frame's bytes into out, and where its slices end. malformed when the shards do not form slices.
  Status join(std::span<std::uint8_t> out, std::size_t& bytes, std::span<std::uint32_t> slice_ends,
              std::size_t& slices) const noexcept;

 private:
  std::uint8_t* place(Kind kind, std::size_t index) {
    return pool_.data() + (kind == Kind::data ? index : bounds_.data_shards + index) * bounds_.shard_bytes;
  }
  bool& present(Kind kind, std::size_t index) {
    return present_[kind == Kind::data ? index : bounds_.data_shards + index];
  }
  [[nodiscard]] bool agrees(const Shard& shard) const;

  FrameBounds bounds_;
  std::vector<std::uint8_t> pool_;
  std::unique_ptr<bool[]> present_, block_present_;
  std::vector<std::uint8_t*> block_;

  std::uint32_t number_ = 0, received_ = 0, repaired_ = 0;
  FrameInfo info_;
  std::size_t shard_bytes_ = 0, data_shards_ = 0, parity_shards_ = 0;  // data 0 = not known yet
  std::size_t data_received_ = 0, highest_ = 0, expired_ = 0, lost_ = 0;
  std::size_t highest_data_ = 0;
  std::uint64_t oldest_packet_number_ = UINT64_MAX;
  bool given_up_ = false;
};

}  // namespace punktfunk::pf1
