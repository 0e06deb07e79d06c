#include "engine/control/client_message.h"

#include "core/packet/bytes.h"
#include "core/packet/gamestream_control.h"

namespace punktfunk {
namespace {

constexpr std::size_t invalidate_bytes = 24, fec_status_bytes = 21;

Status parse_invalidate(std::span<const std::uint8_t> p, ClientMessage& message) {
  if (p.size() != invalidate_bytes) { return Status::malformed; }
  message.kind = ClientMessage::Kind::invalidate;
  message.first_frame = load_u32_le(p.data());
  message.last_frame = load_u32_le(p.data() + 8);
  return message.first_frame <= message.last_frame ? Status::ok : Status::malformed;
}

Status parse_fec_status(std::span<const std::uint8_t> p, ClientMessage& message) {
  if (p.size() != fec_status_bytes) { return Status::malformed; }
  const unsigned data_shards = load_u16_be(p.data() + 10), parity_shards = load_u16_be(p.data() + 12);
  const unsigned received = load_u16_be(p.data() + 14) + load_u16_be(p.data() + 16);
  message.kind = ClientMessage::Kind::fec_status;
  message.frame = load_u32_be(p.data());
  message.repaired = received >= data_shards;
  // Of a frame that was repaired some may have been on their way still.
  message.missing_packets = message.repaired ? load_u16_be(p.data() + 8) : data_shards + parity_shards - received;
  return Status::ok;
}

}  // namespace

Status parse_client_message(std::uint16_t type, std::span<const std::uint8_t> payload,
                            ClientMessage& message) noexcept {
  message = ClientMessage{};
  switch (static_cast<gamestream::ControlMessage>(type)) {
    // What these say is in their type; payloads differ between client versions and mean nothing.
    case gamestream::ControlMessage::request_idr:
      message.kind = ClientMessage::Kind::request_idr;
      return Status::ok;
    case gamestream::ControlMessage::start_b:
      message.kind = ClientMessage::Kind::start_b;
      return Status::ok;
    case gamestream::ControlMessage::invalidate_reference_frames:
      return parse_invalidate(payload, message);
    case gamestream::ControlMessage::fec_status_or_led:
      return parse_fec_status(payload, message);
    case gamestream::ControlMessage::input:
      message.kind = ClientMessage::Kind::input;
      message.input = payload;
      return Status::ok;
    default:
      return Status::ok;
  }
}

}  // namespace punktfunk
