// GameStream's control stream: ENet on a native thread of its own. Opens and orders messages, feeds input to its
// backend, tells the pipeline about IDR requests and the host about the client's life.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/crypto/aes.h"
#include "core/packet/gamestream_control.h"
#include "engine/checkpoint.h"
#include "engine/input/input.h"

namespace punktfunk {

struct ControlConfig {
  std::string bind_address;  // IPv4, "0.0.0.0" by default
  std::uint16_t port = 0;    // 0 = any; port() says which
  AesKey key{};
  gamestream::NonceScheme nonce_scheme = gamestream::NonceScheme::v2;
  bool encrypted = true;  // useReliableUdp 13; plaintext is refused then
  std::uint32_t connect_data = 0;
  bool require_connect_data = true;  // false for old clients: match client_address instead
  std::string client_address;
  unsigned client_timeout_ms = 10'000;  // a client that vanishes without a word
  unsigned connect_timeout_ms = 10'000;
  // CLOCK_MONOTONIC time of the client's last ping on its media sockets; 0 = none. A client that leaves stops pinging
  // first, so its goodbye is believed when no ping follows for a second. Absent: believed at once. Any thread.
  std::function<std::int64_t()> last_ping_ms;
};

// Called on the control thread; must not block.
struct ControlEvents {
  std::function<void()> connected;
  std::function<void()> started;  // start B
  std::function<void()> request_idr;
  std::function<void(std::uint32_t first, std::uint32_t last)> invalidate;
  std::function<void(std::uint32_t frame, bool repaired)> fec_status;
  std::function<void()> goodbye;         // the client says that it leaves; within a second it ends, or was forged
  std::function<void()> forged_goodbye;  // somebody else said that the client left; it stays
  // Input that comes and is of no use here, by a stable code: once a code.
  std::function<void(const std::string& code, const std::string& sentence)> problem;
  std::function<void(const std::string& reason)>
      ended;  // "client_quit", "client_timeout", "connect_timeout", "socket_error: …"
};

class ControlStream {
 public:
  // Binds and starts the thread, resuming a connected peer from the checkpoint when it holds one. Null and a sentence
  // on failure. input may be null (events are then counted and dropped).
  static std::unique_ptr<ControlStream> start(const ControlConfig&, std::unique_ptr<InputBackend> input,
                                              Checkpoint* checkpoint, ControlEvents, std::string& error);
  virtual ~ControlStream() = default;
  [[nodiscard]] virtual std::uint16_t port() const = 0;
  // Sends the termination message (GameStream note, 8.7), flushes it for at most linger_ms, then ends the thread. Any
  // thread.
  virtual void terminate(std::uint32_t reason, unsigned linger_ms) = 0;
  // Releases held input, disconnects and joins the thread without a termination message. Any thread but the control
  // thread.
  virtual void stop() = 0;
  struct Stats {
    std::uint64_t messages, refused, replayed, input_events, input_ignored, idr_requests, round_trip_ms;
  };
  [[nodiscard]] virtual Stats stats() const = 0;
};

}  // namespace punktfunk
