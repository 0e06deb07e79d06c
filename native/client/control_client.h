// The client's end of the control stream: ENet on a thread of its own, sealed messages both ways (docs/gamestream.md,
// 8). Sends start A and start B when connected, a ping every 100 ms, and what it is given; reports what the host sends.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/crypto/aes.h"
#include "core/packet/gamestream_control.h"

namespace punktfunk::client {

struct ControlConfig {
  std::string address;  // IPv4 of the host, dotted
  std::uint16_t port = 0;
  std::uint32_t connect_data = 0;
  AesKey key{};
  gamestream::NonceScheme nonce_scheme = gamestream::NonceScheme::v2;
  unsigned connect_timeout_ms = 10'000;
  unsigned peer_timeout_ms = 10'000;
};

struct ControlEnd {
  enum class Kind {
    stopped,         // stop() was called
    terminated,      // the host said so; reason is its code (docs/gamestream.md, 8.7)
    disconnected,    // the host closed without a word
    timed_out,       // the host fell silent
    connect_failed,  // no connection in time, or refused
  };
  Kind kind = Kind::stopped;
  std::uint32_t reason = 0;
};

// Called on the control thread; must not block, and must not call stop().
struct ControlEvents {
  std::function<void()> connected;
  std::function<void(std::uint16_t type, std::span<const std::uint8_t> payload)> message;
  std::function<void(ControlEnd)> ended;  // once, the last call
};

struct ControlStats {
  std::uint64_t messages_sent = 0, messages_received = 0, refused = 0;
  std::uint32_t round_trip_ms = 0;
};

class ControlClient {
 public:
  // Starts connecting. Null and a sentence on failure.
  static std::unique_ptr<ControlClient> start(const ControlConfig& config, ControlEvents events, std::string& error);
  virtual ~ControlClient() = default;

  enum class Delivery { reliable, unreliable };
  // Queues a message (docs/gamestream.md, 8.2 has the channels). False when the queue is full or the stream has ended.
  // Any thread.
  virtual bool send(std::uint16_t type, std::span<const std::uint8_t> payload, std::uint8_t channel,
                    Delivery delivery) = 0;
  // Sends what is queued, disconnects (waiting at most 2 s for the host) and joins the thread. Any thread but its own.
  virtual void stop() = 0;
  [[nodiscard]] virtual ControlStats stats() const = 0;
};

}  // namespace punktfunk::client
