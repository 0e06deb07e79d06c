// The control stream's outside bytes: datagrams that ask for a connection, sealed envelopes, and what is inside one
// (docs/gamestream.md, 8).
#include <array>
#include <cstdint>
#include <cstdlib>

#include "core/packet/gamestream_control.h"
#include "engine/control/client_message.h"
#include "engine/control/enet_server.h"
#include "engine/input/input.h"

using namespace punktfunk;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  (void)connect_request({data, size});
  if (size < 3) { return 0; }

  static Aes128Gcm aes(AesKey{});
  std::array<std::uint8_t, gamestream::max_control_plain_bytes> plain;
  std::uint32_t sequence = 0;
  std::uint16_t type = 0;
  std::span<const std::uint8_t> payload;
  const auto scheme = data[0] & 1 ? gamestream::NonceScheme::v2 : gamestream::NonceScheme::legacy16;
  if (gamestream::open_control(aes, scheme, gamestream::Side::client, {data + 1, size - 1}, plain, sequence, type,
                               payload) == Status::ok &&
      payload.size() > plain.size()) {
    std::abort();
  }

  ClientMessage message;
  const std::span<const std::uint8_t> rest(data + 2, size - 2);
  if (parse_client_message(static_cast<std::uint16_t>(data[0] | data[1] << 8), rest, message) != Status::ok) {
    return 0;
  }
  if (message.kind == ClientMessage::Kind::invalidate && message.first_frame > message.last_frame) { std::abort(); }
  InputEvent event;
  if (message.kind == ClientMessage::Kind::input) { (void)parse_gamestream_input(message.input, event); }
  return 0;
}
