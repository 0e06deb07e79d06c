// A way to send a frame: what goes on the wire for it, and what a receiver makes of what arrives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace loss_sweep {

// Shards that repair each other.
struct Block {
  std::size_t data = 0, parity = 0;
};

struct Geometry {
  std::vector<Block> blocks;  // in the order of sending: data, then parity, of each
  [[nodiscard]] std::size_t packets() const {
    std::size_t sum = 0;
    for (const Block& block : blocks) { sum += block.data + block.parity; }
    return sum;
  }
};

class FrameCode {
 public:
  virtual ~FrameCode() = default;
  // Bytes of a frame that fills all its data shards.
  [[nodiscard]] virtual std::size_t frame_bytes() const = 0;
  // Makes the packets of the next frame; their number is that of the geometry.
  virtual void send(std::span<const std::uint8_t> frame) = 0;
  // As read from what was sent last.
  [[nodiscard]] virtual Geometry geometry() const = 0;
  // Delivers packet i of the frame sent last. True, with the bytes in `out`, when that completes the frame.
  virtual bool receive(std::size_t i, std::span<const std::uint8_t>& out) = 0;
};

// gf8-gamestream, gf8-unlimited or gf16; null for another name, or where it cannot send such a frame.
std::unique_ptr<FrameCode> make_frame_code(const std::string& name, std::size_t data_shards, unsigned parity_percent);

}  // namespace loss_sweep
