#include "core/packet/gamestream_control.h"

#include <array>
#include <cstring>

#include "core/packet/bytes.h"

namespace punktfunk::gamestream {
namespace {

constexpr std::uint16_t sealed_marker = 0x0001;
constexpr std::size_t at_length = 2, at_sequence = 4, at_tag = 8;
constexpr std::size_t length_overhead = 4 + gcm_tag_bytes;  // the length field counts sequence and tag
constexpr std::size_t plain_header_bytes = 4;

struct Nonce {
  std::array<std::uint8_t, 16> bytes{};
  std::size_t size = 0;
  [[nodiscard]] std::span<const std::uint8_t> span() const { return {bytes.data(), size}; }
};

Nonce nonce_of(NonceScheme scheme, Side sender, std::uint32_t sequence) {
  Nonce nonce;
  if (scheme == NonceScheme::legacy16) {
    nonce.size = 16;
    nonce.bytes[0] = static_cast<std::uint8_t>(sequence);
    return nonce;
  }
  nonce.size = 12;
  store_u32_le(nonce.bytes.data(), sequence);
  nonce.bytes[10] = sender == Side::client ? 'C' : 'H';
  nonce.bytes[11] = 'C';
  return nonce;
}

}  // namespace

Status open_control(Aes128Gcm& aes, NonceScheme scheme, Side sender, std::span<const std::uint8_t> message,
                    std::span<std::uint8_t> plain, std::uint32_t& sequence, std::uint16_t& type,
                    std::span<const std::uint8_t>& payload) noexcept {
  if (message.size() < control_envelope_bytes + plain_header_bytes ||
      message.size() > control_envelope_bytes + max_control_plain_bytes) {
    return Status::malformed;
  }
  const std::uint8_t* p = message.data();
  const std::size_t cipher_bytes = message.size() - control_envelope_bytes;
  if (load_u16_le(p) != sealed_marker || load_u16_le(p + at_length) != length_overhead + cipher_bytes) {
    return Status::malformed;
  }
  if (plain.size() < cipher_bytes) { return Status::buffer_too_small; }
  const std::uint32_t number = load_u32_le(p + at_sequence);
  const Status opened = aes.open(nonce_of(scheme, sender, number).span(), message.subspan(control_envelope_bytes),
                                 p + at_tag, plain.data());
  if (opened != Status::ok) { return opened; }
  if (load_u16_le(plain.data() + 2) != cipher_bytes - plain_header_bytes) { return Status::malformed; }
  sequence = number;
  type = load_u16_le(plain.data());
  payload = plain.subspan(plain_header_bytes, cipher_bytes - plain_header_bytes);
  return Status::ok;
}

Status seal_control(Aes128Gcm& aes, NonceScheme scheme, Side sender, std::uint32_t sequence, std::uint16_t type,
                    std::span<const std::uint8_t> payload, std::span<std::uint8_t> out,
                    std::size_t& out_bytes) noexcept {
  out_bytes = 0;
  const std::size_t plain_bytes = plain_header_bytes + payload.size();
  if (plain_bytes > max_control_plain_bytes) { return Status::invalid_argument; }
  if (out.size() < control_envelope_bytes + plain_bytes) { return Status::buffer_too_small; }
  std::uint8_t* p = out.data();
  std::uint8_t* body = p + control_envelope_bytes;
  store_u16_le(p, sealed_marker);
  store_u16_le(p + at_length, static_cast<std::uint16_t>(length_overhead + plain_bytes));
  store_u32_le(p + at_sequence, sequence);
  store_u16_le(body, type);
  store_u16_le(body + 2, static_cast<std::uint16_t>(payload.size()));
  if (!payload.empty()) { std::memcpy(body + plain_header_bytes, payload.data(), payload.size()); }
  const Status sealed = aes.seal(nonce_of(scheme, sender, sequence).span(), {body, plain_bytes}, body, p + at_tag);
  if (sealed == Status::ok) { out_bytes = control_envelope_bytes + plain_bytes; }
  return sealed;
}

}  // namespace punktfunk::gamestream
