// One video frame while it is being collected: its shards in a pool of fixed size, its blocks repaired as soon as
// enough is there.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/packet/gamestream_video_layout.h"
#include "core/reassembly/gamestream_shard.h"
#include "core/status.h"

namespace punktfunk::gamestream {

class CollectedFrame {
 public:
  // Allocates all it will ever need: room for the data shards of the longest access unit, or four protected blocks.
  CollectedFrame(std::size_t packet_size, std::size_t max_access_unit_bytes);

  // Forgets what it holds and begins another frame.
  void start(std::uint32_t frame_index);
  [[nodiscard]] std::uint32_t frame_index() const { return frame_index_; }
  [[nodiscard]] std::uint32_t timestamp() const { return timestamp_; }
  [[nodiscard]] bool given_up() const { return given_up_; }
  [[nodiscard]] bool complete() const { return blocks_ > 0 && complete_blocks_ == blocks_; }
  [[nodiscard]] std::uint32_t received_shards() const { return received_; }
  [[nodiscard]] std::uint32_t repaired_shards() const { return repaired_; }

  // again: taken or superfluous. replayed: a duplicate. malformed: contradicts what came before. unrecoverable: the
  // frame is given up.
  Status add(const ShardInfo& info, std::span<const std::uint8_t> shard) noexcept;
  // Counts shards as lost that were sent more than reorder_datagrams before `newest_sequence`; gives the frame up when
  // a block has lost more than its parity.
  void expire(std::uint16_t newest_sequence, std::size_t reorder_datagrams) noexcept;
  // Joins a complete frame: header (8 bytes) and access unit into `out`. malformed when the frame header is impossible.
  Status join(std::span<std::uint8_t> out, std::size_t& bytes) const noexcept;

 private:
  static constexpr std::uint16_t absent = 0xFFFF;

  struct Block {
    bool known = false, complete = false;
    unsigned percent = 0;
    std::uint16_t base_sequence = 0;
    bool base_packet_index_known = false;
    std::uint32_t base_packet_index = 0;
    std::size_t data_shards = 0, parity_shards = 0, received = 0;
    std::size_t expired = 0, lost = 0;  // shards before `expired` are in or lost
    std::array<std::uint16_t, max_data_shards_unprotected> at{};
  };

  [[nodiscard]] bool fits(const Block& block, const ShardInfo& info) const;
  Status open_block(Block& block, const ShardInfo& info);
  std::uint16_t take_slot();
  Status repair(Block& block);
  std::uint8_t* slot(std::uint16_t i) { return pool_.data() + i * shard_bytes_; }
  [[nodiscard]] const std::uint8_t* slot(std::uint16_t i) const { return pool_.data() + i * shard_bytes_; }

  std::size_t shard_bytes_, payload_bytes_, max_data_shards_;
  std::vector<std::uint8_t> pool_;
  std::size_t pool_slots_, used_slots_ = 0;
  std::array<Block, max_blocks> block_;
  std::size_t blocks_ = 0, complete_blocks_ = 0, data_shards_ = 0;
  std::uint32_t frame_index_ = 0, timestamp_ = 0, received_ = 0, repaired_ = 0;
  bool given_up_ = false;
};

}  // namespace punktfunk::gamestream
