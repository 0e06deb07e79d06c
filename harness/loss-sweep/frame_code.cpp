#include "frame_code.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "core/fec/gf8.h"
#include "core/packet/gamestream_video.h"
#include "core/packet/gamestream_video_layout.h"
#include "core/packet/pf1_packetizer.h"
#include "core/reassembly/gamestream_video.h"
#include "core/reassembly/pf1_reassembler.h"

namespace loss_sweep {

namespace {

using punktfunk::Status;

// The smallest packets that the protocols allow: the codes treat all bytes of a shard alike, and the sweep is about
// their number.
constexpr std::size_t gamestream_packet_bytes = punktfunk::gamestream::min_packet_size;
constexpr std::size_t pf1_datagram_bytes = punktfunk::pf1::min_datagram_bytes;
constexpr std::size_t plain_shard_bytes = 256;

void require(bool good) {
  if (!good) { std::abort(); }
}

class GameStream final : public FrameCode {
 public:
  GameStream(std::size_t data_shards, unsigned percent)
      : bytes_(data_shards * punktfunk::gamestream::payload_bytes(gamestream_packet_bytes) -
               punktfunk::gamestream::frame_header_bytes),
        packetizer_({.packet_size = gamestream_packet_bytes, .fec_percent = percent, .max_access_unit_bytes = bytes_}),
        reassembler_({.packet_size = gamestream_packet_bytes, .max_access_unit_bytes = bytes_, .key = {}}) {}

  [[nodiscard]] std::size_t frame_bytes() const override { return bytes_; }
  [[nodiscard]] bool usable() const { return packetizer_.status() == Status::ok; }

  void send(std::span<const std::uint8_t> frame) override {
    require(packetizer_.packetize({&frame, 1}, {}, batch_) == Status::ok);
  }

  // From the fields of the datagrams: which block, how many data shards, what percentage (docs/gamestream.md, 6.2).
  [[nodiscard]] Geometry geometry() const override {
    Geometry geometry;
    for (std::size_t i = 0; i < batch_.count;) {
      const std::uint8_t* const info = datagram(i).data() + punktfunk::gamestream::at_fec_info;
      const std::uint32_t fields = static_cast<std::uint32_t>(info[0] | info[1] << 8 | info[2] << 16) |
                                   static_cast<std::uint32_t>(info[3]) << 24;
      const std::size_t data = fields >> 22;
      geometry.blocks.push_back({data, punktfunk::gamestream::parity_shards(data, (fields >> 4) & 0xFF)});
      i += data + geometry.blocks.back().parity;
    }
    return geometry;
  }

  bool receive(std::size_t i, std::span<const std::uint8_t>& out) override {
    punktfunk::gamestream::ReassembledFrame frame;
    if (reassembler_.feed(datagram(i), frame) != Status::ok) { return false; }
    out = frame.access_unit;
    return true;
  }

 private:
  [[nodiscard]] std::span<const std::uint8_t> datagram(std::size_t i) const {
    return {batch_.bytes + i * batch_.datagram_stride, batch_.datagram_bytes};
  }

  std::size_t bytes_;
  punktfunk::gamestream::VideoPacketizer packetizer_;
  punktfunk::gamestream::VideoReassembler reassembler_;
  punktfunk::gamestream::DatagramBatch batch_;
};

class Punktfunk1 final : public FrameCode {
 public:
  Punktfunk1(std::size_t data_shards, unsigned percent)
      : bytes_(data_shards * punktfunk::pf1::shard_payload(punktfunk::pf1::shard_bytes_of(pf1_datagram_bytes))),
        packetizer_({.datagram_bytes = pf1_datagram_bytes, .max_frame_bytes = bytes_, .parity_percent = percent}),
        reassembler_({.datagram_bytes = pf1_datagram_bytes, .max_frame_bytes = bytes_, .max_parity_percent = percent}),
        packets_(packetizer_.make_room()) {}

  [[nodiscard]] std::size_t frame_bytes() const override { return bytes_; }
  [[nodiscard]] bool usable() const {
    return packetizer_.status() == Status::ok && reassembler_.status() == Status::ok;
  }

  void send(std::span<const std::uint8_t> frame) override {
    first_packet_number_ += packets_.size();
    require(packetizer_.packetize(++frame_, {&frame, 1}, {}, packets_) == Status::ok);
  }

  [[nodiscard]] Geometry geometry() const override {
    punktfunk::pf1::Shard shard;
    require(parse(packets_.size() - 1, shard));
    return {{{shard.data_shards, shard.parity_shards}}};
  }

  bool receive(std::size_t i, std::span<const std::uint8_t>& out) override {
    punktfunk::pf1::Shard shard;
    require(parse(i, shard));
    shard.packet_number = first_packet_number_ + i;  // the sealer's field: nothing is sealed here
    punktfunk::pf1::ReassembledFrame frame;
    if (reassembler_.add(shard, frame) != Status::ok) { return false; }
    out = frame.bytes;
    return true;
  }

 private:
  bool parse(std::size_t i, punktfunk::pf1::Shard& shard) const {
    const auto packet = packets_[i];
    return punktfunk::pf1::parse_shard(packet.first(punktfunk::packet_header_bytes),
                                       packet.subspan(punktfunk::packet_header_bytes), shard) == Status::ok;
  }

  std::size_t bytes_;
  punktfunk::pf1::Packetizer packetizer_;
  punktfunk::pf1::Reassembler reassembler_;
  punktfunk::pf1::FramePackets packets_;
  std::uint32_t frame_ = 0;
  std::uint64_t first_packet_number_ = 0;
};

// GF(2^8) as GameStream has it, but with as many blocks as the frame needs. No protocol sends this; shards go bare.
class UnlimitedBlocks final : public FrameCode {
 public:
  UnlimitedBlocks(std::size_t data_shards, unsigned percent) : bytes_(data_shards * plain_shard_bytes) {
    const std::size_t most = punktfunk::gf8::max_block_shards * 100 / (100 + percent);
    const std::size_t count = (data_shards + most - 1) / most;
    const std::size_t each = (data_shards + count - 1) / count;
    for (std::size_t left = data_shards; left > 0;) {
      const std::size_t data = std::min(each, left);
      geometry_.blocks.push_back({data, (data * percent + 99) / 100});
      left -= data;
    }
    sent_.resize(geometry_.packets() * plain_shard_bytes);
    received_.resize(sent_.size());
    joined_.resize(bytes_);
    present_ = std::make_unique<bool[]>(geometry_.packets());
  }

  [[nodiscard]] std::size_t frame_bytes() const override { return bytes_; }
  [[nodiscard]] Geometry geometry() const override { return geometry_; }

  void send(std::span<const std::uint8_t> frame) override {
    std::size_t first = 0;
    for (const Block& block : geometry_.blocks) {
      std::memcpy(shard(sent_, first), frame.data(), block.data * plain_shard_bytes);
      frame = frame.subspan(block.data * plain_shard_bytes);
      std::vector<const std::uint8_t*> data;
      std::vector<std::uint8_t*> parity;
      for (std::size_t i = 0; i < block.data; ++i) { data.push_back(shard(sent_, first + i)); }
      for (std::size_t j = 0; j < block.parity; ++j) { parity.push_back(shard(sent_, first + block.data + j)); }
      require(punktfunk::gf8::encode(punktfunk::gf8::Matrix::video, data, parity, plain_shard_bytes) == Status::ok);
      first += block.data + block.parity;
    }
    std::fill_n(present_.get(), geometry_.packets(), false);
    std::fill(received_.begin(), received_.end(), std::uint8_t{0});
    complete_ = false;
  }

  bool receive(std::size_t i, std::span<const std::uint8_t>& out) override {
    std::memcpy(shard(received_, i), shard(sent_, i), plain_shard_bytes);
    present_[i] = true;
    if (complete_ || !enough()) { return false; }
    complete_ = true;
    std::size_t first = 0;
    std::uint8_t* to = joined_.data();
    for (const Block& block : geometry_.blocks) {
      const std::size_t count = block.data + block.parity;
      std::vector<std::uint8_t*> shards;
      for (std::size_t s = 0; s < count; ++s) { shards.push_back(shard(received_, first + s)); }
      require(punktfunk::gf8::decode(punktfunk::gf8::Matrix::video, shards, {present_.get() + first, count}, block.data,
                                     plain_shard_bytes) == Status::ok);
      std::memcpy(to, shards[0], block.data * plain_shard_bytes);
      to += block.data * plain_shard_bytes;
      first += count;
    }
    out = joined_;
    return true;
  }

 private:
  static std::uint8_t* shard(std::vector<std::uint8_t>& of, std::size_t i) { return of.data() + i * plain_shard_bytes; }

  [[nodiscard]] bool enough() const {
    std::size_t first = 0;
    for (const Block& block : geometry_.blocks) {
      const std::size_t count = block.data + block.parity;
      if (static_cast<std::size_t>(std::count(present_.get() + first, present_.get() + first + count, true)) <
          block.data) {
        return false;
      }
      first += count;
    }
    return true;
  }

  std::size_t bytes_;
  Geometry geometry_;
  std::vector<std::uint8_t> sent_, received_, joined_;
  std::unique_ptr<bool[]> present_;
  bool complete_ = false;
};

}  // namespace

std::unique_ptr<FrameCode> make_frame_code(const std::string& name, std::size_t data_shards, unsigned parity_percent) {
  if (data_shards == 0 || parity_percent == 0 || parity_percent > 100) { return nullptr; }
  if (name == "gf8-unlimited") { return std::make_unique<UnlimitedBlocks>(data_shards, parity_percent); }
  if (name == "gf8-gamestream") {
    auto code = std::make_unique<GameStream>(data_shards, parity_percent);
    if (code->usable()) { return code; }
  }
  if (name == "gf16") {
    auto code = std::make_unique<Punktfunk1>(data_shards, parity_percent);
    if (code->usable()) { return code; }
  }
  return nullptr;
}

}  // namespace loss_sweep
