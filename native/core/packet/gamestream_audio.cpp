#include "core/packet/gamestream_audio.h"

#include <array>
#include <cstring>

#include "core/fec/gf8.h"
#include "core/packet/bytes.h"
#include "core/packet/gamestream_audio_layout.h"

namespace punktfunk::gamestream {
namespace {

static_assert(max_audio_datagram_bytes >= audio_parity_header_bytes + max_audio_payload_bytes);
using Datagram = std::array<std::uint8_t, max_audio_datagram_bytes>;

void write_rtp(std::uint8_t* p, std::uint8_t payload_type, std::uint16_t sequence, std::uint32_t timestamp) {
  p[0] = audio_rtp_first_byte;
  p[1] = payload_type;
  store_u16_be(p + 2, sequence);
  store_u32_be(p + 4, timestamp);
  store_u32_be(p + 8, 0);
}

}  // namespace

struct AudioPacketizer::State {
  AudioPacketizerConfig config;
  AudioCounters counters;
  std::optional<Aes128Cbc> aes;
  std::array<Datagram, audio_data_shards> data;
  std::array<Datagram, audio_parity_shards> parity;
  bool block_whole = false;          // its first packet was ours, so its parity can be computed
  std::size_t block_opus_bytes = 0;  // 0 = no packet of this block yet
  std::uint32_t base_timestamp = 0;

  Status write_data(std::span<const std::uint8_t> opus, Datagram& out, std::size_t& payload) {
    write_rtp(out.data(), audio_payload_data, counters.sequence, counters.timestamp);
    std::uint8_t* body = out.data() + audio_header_bytes;
    if (!aes) {
      std::memcpy(body, opus.data(), opus.size());
      payload = opus.size();
      return Status::ok;
    }
    std::array<std::uint8_t, 16> iv{};
    store_u32_be(iv.data(), config.rikey_id + counters.sequence);
    payload = Aes128Cbc::padded_size(opus.size());
    return aes->encrypt(iv, opus, body);
  }

  Status write_parity(std::size_t payload) {
    const auto base = static_cast<std::uint16_t>(counters.sequence & ~3u);
    std::array<const std::uint8_t*, audio_data_shards> from;
    std::array<std::uint8_t*, audio_parity_shards> to;
    for (std::size_t i = 0; i < from.size(); ++i) { from[i] = data[i].data() + audio_header_bytes; }
    for (std::size_t j = 0; j < to.size(); ++j) {
      std::uint8_t* p = parity[j].data();
      write_rtp(p, audio_payload_parity, static_cast<std::uint16_t>(base + audio_data_shards + j), 0);
      p[12] = static_cast<std::uint8_t>(j);
      p[13] = audio_payload_data;
      store_u16_be(p + 14, base);
      store_u32_be(p + 16, base_timestamp);
      store_u32_be(p + 20, 0);
      to[j] = p + audio_parity_header_bytes;
    }
    return gf8::encode(gf8::Matrix::audio, from, to, payload);
  }
};

AudioPacketizer::AudioPacketizer(const AudioPacketizerConfig& config, const AudioCounters& start)
    : state_(std::make_unique<State>()) {
  state_->config = config;
  state_->counters = start;
  if (config.key) {
    state_->aes.emplace(*config.key);
    state_->config.key->fill(0);
  }
}
AudioPacketizer::~AudioPacketizer() = default;
AudioPacketizer::AudioPacketizer(AudioPacketizer&&) noexcept = default;

AudioCounters AudioPacketizer::counters() const noexcept {
  return state_->counters;
}

Status AudioPacketizer::packetize(std::span<const std::uint8_t> opus, std::span<const std::uint8_t> (&datagrams)[3],
                                  std::size_t& count) noexcept {
  State& s = *state_;
  count = 0;
  const std::size_t index = s.counters.sequence % audio_data_shards;
  if (opus.empty() || opus.size() > max_opus_bytes ||
      (index != 0 && s.block_opus_bytes != 0 && opus.size() != s.block_opus_bytes)) {
    return Status::invalid_argument;
  }
  if (index == 0) {
    s.block_whole = true;
    s.base_timestamp = s.counters.timestamp;
  }
  s.block_opus_bytes = opus.size();
  std::size_t payload = 0;
  Status status = s.write_data(opus, s.data[index], payload);
  const bool last = index + 1 == audio_data_shards;
  if (status == Status::ok && last && s.block_whole) { status = s.write_parity(payload); }
  ++s.counters.sequence;
  s.counters.timestamp += s.config.packet_duration_ms;
  if (status != Status::ok) { return status; }
  datagrams[count++] = {s.data[index].data(), audio_header_bytes + payload};
  if (last && s.block_whole) {
    for (const Datagram& parity : s.parity) {
      datagrams[count++] = {parity.data(), audio_parity_header_bytes + payload};
    }
  }
  return Status::ok;
}

}  // namespace punktfunk::gamestream
