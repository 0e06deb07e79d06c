#include "core/reassembly/gamestream_audio.h"

#include <array>
#include <cstring>

#include "base/assert.h"
#include "core/fec/gf8.h"
#include "core/packet/bytes.h"
#include "core/packet/gamestream_audio_layout.h"

namespace punktfunk::gamestream {
namespace {

constexpr std::size_t block_shards = audio_data_shards + audio_parity_shards;
constexpr std::size_t window_blocks = 8;  // 32 packets, 160 ms at 5 ms a packet
constexpr std::int64_t window_packets = window_blocks * audio_data_shards;
// A block is over when this packet of the next block is in: its own parity was sent before that block began, and one
// packet duration is more than the reordering of a network that can carry sound.
constexpr std::int64_t over_after_packets = audio_data_shards + 1;

struct Block {
  std::int64_t base = -1;  // extended sequence of its first packet, -1 = empty
  std::size_t payload = 0;
  std::size_t received = 0;
  std::array<bool, block_shards> present{}, repaired{};
  std::array<std::array<std::uint8_t, max_audio_payload_bytes>, block_shards> shard;
};

struct Packet {
  bool is_data = false;
  std::uint16_t sequence = 0;  // of the packet itself, or of the block's first for parity
  std::size_t index = 0;       // in the block
  std::span<const std::uint8_t> payload;
};

bool parse(std::span<const std::uint8_t> datagram, bool sealed, Packet& packet) {
  if (datagram.size() <= audio_header_bytes || datagram[0] != audio_rtp_first_byte) { return false; }
  const std::uint8_t* p = datagram.data();
  if (p[1] == audio_payload_data) {
    packet.is_data = true;
    packet.sequence = load_u16_be(p + 2);
    packet.index = packet.sequence % audio_data_shards;
    packet.payload = datagram.subspan(audio_header_bytes);
  } else if (p[1] == audio_payload_parity && datagram.size() > audio_parity_header_bytes) {
    packet.sequence = load_u16_be(p + 14);
    packet.index = audio_data_shards + p[12];
    packet.payload = datagram.subspan(audio_parity_header_bytes);
    if (p[12] >= audio_parity_shards || p[13] != audio_payload_data || packet.sequence % audio_data_shards != 0) {
      return false;
    }
  } else {
    return false;
  }
  return packet.payload.size() <= max_audio_payload_bytes && (!sealed || packet.payload.size() % 16 == 0);
}

}  // namespace

struct AudioReassembler::State {
  std::optional<Aes128Cbc> aes;
  std::uint32_t rikey_id = 0;
  AudioReassemblyStats stats;
  std::array<Block, window_blocks> blocks;
  std::array<std::uint8_t, max_audio_payload_bytes> opened;

  bool started = false;
  std::int64_t next = 0;    // extended sequence of the next packet to hand out
  std::int64_t newest = 0;  // highest seen
  bool jump_pending = false;
  std::int64_t jump = 0;

  Block& block_of(std::int64_t sequence) {
    return blocks[static_cast<std::size_t>(sequence / static_cast<std::int64_t>(audio_data_shards)) % window_blocks];
  }
  static std::int64_t base_of(std::int64_t sequence) { return sequence & ~std::int64_t{audio_data_shards - 1}; }
  [[nodiscard]] const Block* known(std::int64_t sequence) {
    const Block& block = block_of(sequence);
    return block.base == base_of(sequence) ? &block : nullptr;
  }

  // The 64-bit sequence nearest to what is expected.
  [[nodiscard]] std::int64_t extend(std::uint16_t sequence) const {
    return next + static_cast<std::int16_t>(sequence - static_cast<std::uint16_t>(next));
  }

  // With the first packet's block: its parity may yet bring what was sent before. One turn up, so that nothing is
  // negative.
  void start(const Packet& packet) {
    started = true;
    next = newest = base_of(0x10000 + packet.sequence);
  }

  // Where the window must be for this packet; false when it waits for a second one to confirm a jump.
  bool make_room(std::int64_t sequence) {
    const std::int64_t oldest_kept = base_of(sequence) - window_packets + static_cast<std::int64_t>(audio_data_shards);
    if (next >= oldest_kept) { return true; }
    const bool confirmed =
        jump_pending && sequence != jump && sequence - jump < window_packets && jump - sequence < window_packets;
    jump_pending = !confirmed;
    jump = sequence;
    // Up to a window ahead the stream itself may have had a pause; beyond, one stray datagram must not carry everything
    // away.
    if (!confirmed && sequence - newest > window_packets) { return false; }
    PF_ASSERT(next < oldest_kept);
    stats.packets_lost += static_cast<std::uint64_t>(oldest_kept - next);
    next = oldest_kept;
    return true;
  }

  void repair(Block& block) {
    PF_ASSERT(block.received == audio_data_shards && block.payload <= max_audio_payload_bytes);
    bool whole = true;
    std::array<std::uint8_t*, block_shards> shards;
    for (std::size_t i = 0; i < block_shards; ++i) {
      shards[i] = block.shard[i].data();
      whole &= block.present[i] || i >= audio_data_shards;
    }
    if (whole ||
        gf8::decode(gf8::Matrix::audio, shards, block.present, audio_data_shards, block.payload) != Status::ok) {
      return;
    }
    for (std::size_t i = 0; i < audio_data_shards; ++i) {
      block.repaired[i] = !block.present[i];
      block.present[i] = true;
    }
  }

  Status add(std::int64_t sequence, const Packet& packet) {
    PF_ASSERT(sequence >= 0 && packet.index < block_shards && packet.payload.size() <= max_audio_payload_bytes);
    Block& block = block_of(sequence);
    if (block.base != base_of(sequence)) {
      block.base = base_of(sequence);
      block.payload = packet.payload.size();
      block.received = 0;
      block.present.fill(false);
      block.repaired.fill(false);
    }
    if (block.payload != packet.payload.size()) {
      ++stats.malformed;
      return Status::malformed;
    }
    if (block.present[packet.index]) {
      if (block.repaired[packet.index]) {
        return Status::ok;  // came after its repair
      }
      ++stats.duplicates;
      return Status::replayed;
    }
    std::memcpy(block.shard[packet.index].data(), packet.payload.data(), packet.payload.size());
    block.present[packet.index] = true;
    if (++block.received == audio_data_shards) { repair(block); }
    return Status::ok;
  }

  // A packet of which nothing is needed any more.
  Status refuse_past(std::int64_t sequence, const Packet& packet) {
    const Block* block = known(sequence);
    if (block && block->present[packet.index] && !block->repaired[packet.index]) {
      ++stats.duplicates;
      return Status::replayed;
    }
    if (block && block->received >= audio_data_shards) {
      return Status::ok;  // what a repair made superfluous, or parity that was not needed
    }
    ++stats.late;
    return Status::replayed;
  }

  // From the stored shard to Opus bytes.
  Status open(const Block& block, std::int64_t sequence, std::span<const std::uint8_t>& opus) {
    const auto& shard = block.shard[static_cast<std::size_t>(sequence) % audio_data_shards];
    if (!aes) {
      opus = {shard.data(), block.payload};
      return Status::ok;
    }
    std::array<std::uint8_t, 16> iv{};
    store_u32_be(iv.data(), rikey_id + static_cast<std::uint16_t>(sequence));
    std::size_t bytes = 0;
    const Status status = aes->decrypt(iv, {shard.data(), block.payload}, opened.data(), bytes);
    if (status != Status::ok || bytes == 0) {
      ++stats.not_authentic;
      return Status::not_authentic;
    }
    opus = {opened.data(), bytes};
    return Status::ok;
  }
};

AudioReassembler::AudioReassembler(const AudioReassemblerConfig& config) : state_(std::make_unique<State>()) {
  state_->rikey_id = config.rikey_id;
  if (config.key) { state_->aes.emplace(*config.key); }
}
AudioReassembler::~AudioReassembler() = default;
AudioReassembler::AudioReassembler(AudioReassembler&&) noexcept = default;

const AudioReassemblyStats& AudioReassembler::stats() const noexcept {
  return state_->stats;
}

Status AudioReassembler::feed(std::span<const std::uint8_t> datagram) noexcept {
  State& s = *state_;
  ++s.stats.datagrams;
  Packet packet;
  if (!parse(datagram, s.aes.has_value(), packet)) {
    ++s.stats.malformed;
    return Status::malformed;
  }
  if (!s.started) { s.start(packet); }
  const std::int64_t sequence = s.extend(packet.sequence);
  const std::int64_t newest_use =
      packet.is_data ? sequence : sequence + static_cast<std::int64_t>(audio_data_shards) - 1;
  if (newest_use < s.next) { return s.refuse_past(sequence, packet); }
  if (!s.make_room(sequence)) { return Status::again; }
  const Status added = s.add(sequence, packet);
  if (added == Status::ok && sequence > s.newest) { s.newest = sequence; }
  return added;
}

Status AudioReassembler::next(std::span<const std::uint8_t>& opus, std::uint16_t& sequence, bool& lost) noexcept {
  State& s = *state_;
  opus = {};
  lost = false;
  if (!s.started) { return Status::again; }
  const Block* block = s.known(s.next);
  const std::size_t index = static_cast<std::size_t>(s.next) % audio_data_shards;
  const bool here = block && block->present[index];
  if (!here && s.newest < State::base_of(s.next) + over_after_packets) { return Status::again; }
  sequence = static_cast<std::uint16_t>(s.next);
  lost = !here || s.open(*block, s.next, opus) != Status::ok;
  ++s.next;
  if (lost) {
    ++s.stats.packets_lost;
  } else {
    ++s.stats.packets;
    s.stats.packets_repaired += block->repaired[index] ? 1 : 0;
  }
  return Status::ok;
}

}  // namespace punktfunk::gamestream
