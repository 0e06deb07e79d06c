#include "client/sound_decoder.h"

#include <opus/opus_multistream.h>

namespace punktfunk::client {

struct SoundDecoder::State {
  OpusMSDecoder* decoder = nullptr;
  ~State() {
    if (decoder != nullptr) { opus_multistream_decoder_destroy(decoder); }
  }
};

SoundDecoder::SoundDecoder() : state_(std::make_unique<State>()) {}
SoundDecoder::~SoundDecoder() = default;

std::unique_ptr<SoundDecoder> SoundDecoder::open(const OpusLayout& layout, unsigned packet_duration_ms,
                                                 std::string& error) {
  constexpr unsigned longest_ms = 120;  // of any Opus packet (RFC 6716, 3.2.5)
  if (layout.mapping.size() != layout.channels || layout.channels == 0 || packet_duration_ms == 0 ||
      packet_duration_ms > longest_ms) {
    error = "the Opus layout does not name a coded channel for each channel, or the packet duration is out of range";
    return nullptr;
  }
  std::unique_ptr<SoundDecoder> decoder(new SoundDecoder);
  int status = OPUS_OK;
  decoder->state_->decoder = opus_multistream_decoder_create(
      sample_rate_hz, static_cast<int>(layout.channels), static_cast<int>(layout.streams),
      static_cast<int>(layout.coupled), layout.mapping.data(), &status);
  if (status != OPUS_OK || decoder->state_->decoder == nullptr) {
    error = std::string("Opus refuses the layout: ") + opus_strerror(status);
    return nullptr;
  }
  decoder->channels_ = layout.channels;
  decoder->packet_frames_ = sample_rate_hz * packet_duration_ms / 1000;
  decoder->samples_.resize(std::size_t{sample_rate_hz} * longest_ms / 1000 * layout.channels);
  return decoder;
}

std::span<const float> SoundDecoder::decode(std::span<const std::uint8_t> packet) {
  const bool conceal = packet.empty();
  const int room = static_cast<int>(conceal ? packet_frames_ : samples_.size() / channels_);
  const int frames = opus_multistream_decode_float(state_->decoder, conceal ? nullptr : packet.data(),
                                                   static_cast<opus_int32>(packet.size()), samples_.data(), room, 0);
  if (frames <= 0) { return {}; }
  return {samples_.data(), static_cast<std::size_t>(frames) * channels_};
}

}  // namespace punktfunk::client
