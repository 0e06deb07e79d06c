// A GameStream media socket: learns the client's address from its pings (5.7) and sends runs of equal datagrams, by GSO
// where the kernel has it, else sendmmsg. Sends go out from the local address that the ping reached.
#pragma once

#include <netinet/in.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace punktfunk {

struct UdpEndpointConfig {
  std::string bind_address;  // IPv4
  std::uint16_t port = 0;
  std::string ping_payload;    // 16 characters, or empty for clients that send the bare "PING"
  std::string client_address;  // pings without our payload are taken from this address only; empty = any
  std::size_t send_buffer_bytes = 2u << 20;
  int dscp = -1;    // -1 = leave
  bool gso = true;  // false: as on a kernel without UDP_SEGMENT
};

class UdpEndpoint {
 public:
  static std::unique_ptr<UdpEndpoint> open(const UdpEndpointConfig&, std::string& error);
  virtual ~UdpEndpoint() = default;

  [[nodiscard]] virtual int fd() const = 0;
  [[nodiscard]] virtual std::uint16_t port() const = 0;
  // Reads pending pings without blocking; returns true when the peer became known or changed. Thread: the owner of
  // fd()'s polling.
  virtual bool read_pings() = 0;
  [[nodiscard]] virtual bool has_peer() const = 0;
  // Peer as learnt (for the checkpoint), and set from one.
  virtual void peer(std::uint32_t& ipv4_network_order, std::uint16_t& port) const = 0;
  virtual void set_peer(std::uint32_t ipv4_network_order, std::uint16_t port) = 0;
  // Sends count datagrams of datagram_bytes that lie one after the other. Returns how many are done with: less than
  // count when the kernel's buffer is full (try again later); what it refuses for another reason (no route) counts as
  // done and as an error, like a loss on the wire. Never blocks. Allocation-free. Any thread.
  virtual std::size_t send_run(const std::uint8_t* bytes, std::size_t datagram_bytes, std::size_t count) noexcept = 0;
  virtual bool send_one(std::span<const std::uint8_t> datagram) noexcept = 0;
  struct Stats {
    std::uint64_t datagrams, bytes, send_calls, would_block, errors;
    bool gso;
  };
  [[nodiscard]] virtual Stats stats() const = 0;
};

}  // namespace punktfunk
