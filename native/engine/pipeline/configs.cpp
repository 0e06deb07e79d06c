#include "engine/pipeline/configs.h"

#include <charconv>

namespace punktfunk {
namespace {

// None is left out that the wire can hold: an IDR would take its place, which is as large, and the client would see
// nothing ever again. A large picture at a low rate is many times its budget, since the encoder's coarsest quantizer is
// no coarser. Memory is held for what pictures were, not for this.
std::size_t max_access_unit_bytes(const contract::Video& v) {
  return std::size_t{v.width} * v.height * 3 / 2;  // as raw NV12
}

AesKey key_of(const contract::GameStreamTransport& transport) {
  AesKey key{};
  const std::string& hex = transport.key_hex;
  for (std::size_t i = 0; i < key.size() && i * 2 + 2 <= hex.size(); ++i) {
    std::from_chars(hex.data() + i * 2, hex.data() + i * 2 + 2, key[i], 16);
  }
  return key;
}

UdpEndpointConfig endpoint_config(const contract::GameStreamTransport& transport, std::uint16_t port) {
  UdpEndpointConfig c;
  c.bind_address = transport.bind_address;
  c.port = port;
  c.ping_payload = transport.ping_payload;
  c.client_address = transport.client_address;
  return c;
}

}  // namespace

EncoderConfig encoder_config(const contract::Video& video) {
  // All fields by name: the compiler says here when the contract has another one.
  const auto& [target, width, height, fps, codec, bit_depth, chroma, colorspace, full_range, bitrate_kbps, slices,
               max_reference_frames, crf, preset] = video;
  EncoderConfig c;
  c.width = width;
  c.height = height;
  c.fps = fps;
  c.bitrate_kbps = bitrate_kbps;
  c.slices = slices;
  c.max_reference_frames = max_reference_frames;
  c.crf = crf;
  c.colorspace = colorspace;
  c.full_range = full_range;
  const std::string_view name = text(preset);
  c.preset[name.copy(c.preset, sizeof c.preset - 1)] = 0;
  return c;
}

SourceConfig source_config(const contract::Video& video) {
  return {.width = video.width, .height = video.height, .fps = video.fps};
}

AudioConfig audio_config(const contract::Audio& audio) {
  return {.audio = audio};
}

GamestreamLinkConfig link_config(const contract::GameStreamTransport& transport) {
  GamestreamLinkConfig c;
  c.bind_address = transport.bind_address;
  c.port = transport.control_port;
  c.key = key_of(transport);
  c.nonce_scheme = transport.nonce_scheme == contract::NonceScheme::v2 ? gamestream::NonceScheme::v2
                                                                       : gamestream::NonceScheme::legacy16;
  c.connect_data = transport.connect_data;
  c.require_connect_data = transport.require_connect_data;
  c.client_address = transport.client_address;
  c.client_timeout_ms = transport.client_timeout_ms;
  c.connect_timeout_ms = transport.connect_timeout_ms;
  return c;
}

GamestreamSenderConfig sender_config(const contract::Start& start, const contract::GameStreamTransport& transport) {
  GamestreamSenderConfig c;
  c.video_socket = endpoint_config(transport, transport.video_port);
  if (start.audio) { c.sound_socket = endpoint_config(transport, transport.audio_port); }
  c.fps = start.video.fps;
  c.video = {.packet_size = transport.packet_size,
             .fec_percent = transport.fec_percent,
             .min_parity_shards = transport.min_parity_shards,
             .reinforce_small_frames = true,
             .max_access_unit_bytes = max_access_unit_bytes(start.video)};
  if (transport.encrypt_video) { c.video.key = key_of(transport); }
  if (start.audio) { c.sound.packet_duration_ms = start.audio->packet_duration_ms; }
  if (transport.encrypt_audio) { c.sound.key = key_of(transport); }
  c.sound.rikey_id = transport.rikey_id;
  return c;
}

}  // namespace punktfunk
