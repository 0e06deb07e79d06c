// GameStream's control stream over ENet (docs/gamestream.md, 8).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "core/crypto/aes.h"
#include "core/packet/gamestream_control.h"
#include "engine/checkpoint.h"
#include "engine/control/control_link.h"
#include "engine/input/input_router.h"

namespace punktfunk {

struct GamestreamLinkConfig {
  std::string bind_address;  // IPv4, "0.0.0.0" by default
  std::uint16_t port = 0;    // 0 = any; port() says which
  AesKey key{};
  gamestream::NonceScheme nonce_scheme = gamestream::NonceScheme::v2;
  std::uint32_t connect_data = 0;
  bool require_connect_data = true;  // false for old clients: match client_address instead
  std::string client_address;
  unsigned client_timeout_ms = 10'000;  // a client that vanishes without a word
  unsigned connect_timeout_ms = 10'000;
  // monotonic_ms() of the client's last ping on its media sockets; 0 = none. A client that leaves stops pinging first,
  // so its goodbye is believed when no ping follows for a second. Absent: believed at once. Any thread.
  std::function<std::int64_t()> last_ping_ms;
};

// Binds and starts the thread, resuming a connected peer from the checkpoint when it holds one; null for a stream that
// nobody takes up.
Result<std::unique_ptr<ControlLink>, Failure> start_gamestream_link(const GamestreamLinkConfig& config,
                                                                    InputRouter input, Checkpoint* checkpoint,
                                                                    ControlEvents events);

}  // namespace punktfunk
