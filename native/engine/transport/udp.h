// A GameStream media socket: learns the client's address from its pings (docs/gamestream.md, 5.7) and sends runs of
// equal datagrams, by GSO where the kernel has it, else sendmmsg. Sends go out from the local address that the ping
// reached.
#pragma once

#include <netinet/in.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/result.h"
#include "contract/problems.h"
#include "engine/transport/peer_tracker.h"

namespace punktfunk {

struct UdpEndpointConfig {
  std::string bind_address;  // IPv4
  std::uint16_t port = 0;
  std::string ping_payload;  // 16 characters, or empty for clients that send the bare "PING"
  // Where the first ping is expected from; the bare "PING" is taken from there only. Empty = anywhere.
  std::string client_address;
  std::size_t send_buffer_bytes = 2u << 20;
  bool gso = true;  // false: as on a kernel without UDP_SEGMENT
};

class UdpEndpoint {
 public:
  static Result<std::unique_ptr<UdpEndpoint>, Failure> open(const UdpEndpointConfig&);
  virtual ~UdpEndpoint() = default;

  [[nodiscard]] virtual int fd() const = 0;
  [[nodiscard]] virtual std::uint16_t port() const = 0;
  // Reads pending pings without blocking; returns true when the peer became known or changed. now_ns: CLOCK_MONOTONIC.
  // Thread: the owner of fd()'s polling, one alone.
  virtual bool read_pings(std::uint64_t now_ns) = 0;
  [[nodiscard]] virtual bool has_peer() const = 0;
  // Peer as learnt (for the checkpoint), and set from one. Thread: as read_pings.
  [[nodiscard]] virtual MediaPeer peer() const = 0;
  virtual void set_peer(const MediaPeer& peer) = 0;
  // now_ns of the last ping from the peer; 0 = none yet. Any thread.
  [[nodiscard]] virtual std::uint64_t last_ping_ns() const = 0;
  // Sends count datagrams of datagram_bytes that lie one after the other. Returns how many are done with: less than
  // count when the kernel's buffer is full (try again later); what it refuses for another reason (no route) counts as
  // done and as an error, like a loss on the wire. Never blocks. Allocation-free. Any thread.
  virtual std::size_t send_run(const std::uint8_t* bytes, std::size_t datagram_bytes, std::size_t count) noexcept = 0;
  virtual bool send_one(std::span<const std::uint8_t> datagram) noexcept = 0;
  struct Stats {
    std::uint64_t datagrams, bytes, send_calls, would_block, errors;
    bool gso;
    std::uint64_t foreign_pings;      // with the payload, from elsewhere or repeated: not followed
    std::uint32_t last_foreign_ipv4;  // network order
  };
  [[nodiscard]] virtual Stats stats() const = 0;
};

}  // namespace punktfunk
