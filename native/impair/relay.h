// Stands between a client and a host on a range of UDP ports, like a router with one address, and puts a link between
// them: what the client sends to port P here goes to port P of the host, and back. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "impair/lateness.h"
#include "impair/link.h"
#include "impair/link_model.h"

namespace punktfunk {

struct RelayConfig {
  std::string listen_address;  // IPv4, ours
  std::string host_address;    // IPv4
  std::uint16_t first_port = 0, last_port = 0;
  // Of the host, when not the same: tests have both on one address.
  std::uint16_t host_first_port = 0;
  std::uint64_t seed = 1;
  Timeline down, up;  // host to client, client to host
  bool gso = true;
};

struct RelayStats {
  LinkStats down, up;
  // Received from others than a port's client, whom it has as long as it was not silent for a second.
  std::uint64_t strangers = 0;
  // What was lost in this machine and not by the link's rules: full socket buffers, a port that the host has not open.
  std::uint64_t kernel_drops = 0, unsent = 0;
  // After it was due: until it was handed to the kernel.
  Lateness late;
  std::uint64_t thread_cpu_ns = 0;
};

enum class Direction : std::uint8_t { down, up };

class Relay {
 public:
  // A sentence where it cannot.
  static Result<std::unique_ptr<Relay>, std::string> start(const RelayConfig& config);
  virtual ~Relay() = default;
  // Any thread. The timeline begins now.
  virtual void change(Direction direction, const Timeline& timeline) = 0;
  [[nodiscard]] virtual RelayStats stats() const = 0;
};

}  // namespace punktfunk
