#include "engine/audio/opus_encoder.h"

#include <opus/opus.h>
#include <opus/opus_multistream.h>

#include <algorithm>

#include "core/packet/gamestream_audio_layout.h"

namespace punktfunk {
namespace {

constexpr unsigned high_quality_bps_per_channel = 128'000;
// Half of the quality scale: at these bit rates the upper half costs CPU on every packet and changes nothing that was
// heard.
constexpr int complexity = 5;

// A second of nothing but zeros: by then Opus is at rest (measured: half of that), and each further packet is the same
// as the last.
constexpr unsigned rest_ms = 1000;

constexpr OpusLayout stereo = {2, 1, 1, {0, 1}};
constexpr OpusLayout surround51 = {6, 4, 2, {0, 1, 4, 5, 2, 3}};
constexpr OpusLayout surround51_high = {6, 6, 0, {0, 1, 2, 3, 4, 5}};
constexpr OpusLayout surround71 = {8, 5, 3, {0, 1, 4, 5, 6, 7, 2, 3}};
constexpr OpusLayout surround71_high = {8, 8, 0, {0, 1, 2, 3, 4, 5, 6, 7}};

}  // namespace

const OpusLayout* opus_layout(unsigned channels, unsigned bitrate_bps) noexcept {
  const bool high = bitrate_bps >= channels * high_quality_bps_per_channel;
  switch (channels) {
    case 2:
      return &stereo;
    case 6:
      return high ? &surround51_high : &surround51;
    case 8:
      return high ? &surround71_high : &surround71;
    default:
      return nullptr;
  }
}

void OpusBlockEncoder::Destroy::operator()(OpusMSEncoder* encoder) const {
  opus_multistream_encoder_destroy(encoder);
}

Result<std::unique_ptr<OpusBlockEncoder>, Failure> OpusBlockEncoder::make(unsigned channels,
                                                                          unsigned packet_duration_ms,
                                                                          unsigned bitrate_bps) {
  const OpusLayout* layout = opus_layout(channels, bitrate_bps);
  if (layout == nullptr || (packet_duration_ms != 5 && packet_duration_ms != 10)) {
    return problem::sound_format_unknown(channels, packet_duration_ms);
  }
  // What a client's buffer takes bounds the bit rate.
  const std::size_t packet_bytes =
      std::min<std::size_t>(bitrate_bps / 8 * packet_duration_ms / 1000, gamestream::max_opus_bytes);
  int status = OPUS_OK;
  Encoder encoder(opus_multistream_encoder_create(
      audio_rate_hz, static_cast<int>(channels), static_cast<int>(layout->streams),
      static_cast<int>(layout->coupled_streams), layout->mapping, OPUS_APPLICATION_RESTRICTED_LOWDELAY, &status));
  if (status != OPUS_OK) { return problem::sound_encoder_refuses(opus_strerror(status)); }
  const auto actual_bps = static_cast<opus_int32>(packet_bytes * 8 * 1000 / packet_duration_ms);
  opus_multistream_encoder_ctl(encoder.get(), OPUS_SET_BITRATE(actual_bps));
  opus_multistream_encoder_ctl(encoder.get(), OPUS_SET_VBR(0));
  opus_multistream_encoder_ctl(encoder.get(), OPUS_SET_COMPLEXITY(complexity));
  return std::unique_ptr<OpusBlockEncoder>(new OpusBlockEncoder(
      std::move(encoder), *layout, std::size_t{audio_rate_hz} / 1000 * packet_duration_ms, packet_bytes));
}

std::span<const std::uint8_t> OpusBlockEncoder::encode(std::span<const float> block) noexcept {
  if (block.size() != block_samples()) { return {}; }
  const bool silent = std::all_of(block.begin(), block.end(), [](float sample) { return sample == 0; });
  silent_frames_ = silent ? silent_frames_ + block_frames_ : 0;
  if (silent_frames_ > rest_ms * audio_rate_hz / 1000) { return packet_; }
  const auto room = static_cast<opus_int32>(packet_.size());
  const opus_int32 bytes = opus_multistream_encode_float(encoder_.get(), block.data(), static_cast<int>(block_frames_),
                                                         packet_.data(), room);
  if (bytes <= 0) { return silent_frames_ = 0, std::span<const std::uint8_t>(); }
  // A client that sees two sizes in one FEC block gives up audio FEC for good (docs/gamestream.md, 7.4).
  if (bytes < room &&
      opus_multistream_packet_pad(packet_.data(), bytes, room, static_cast<int>(layout_.streams)) != OPUS_OK) {
    return {};
  }
  return packet_;
}

}  // namespace punktfunk
