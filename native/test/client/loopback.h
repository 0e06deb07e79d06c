// The host's end of a media socket, and waiting for something with a deadline.
#pragma once

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <thread>

#include "base/clock.h"

namespace punktfunk::test {

// Looks again every millisecond until it holds; false after ten seconds.
template <typename Condition>
bool eventually(const Condition& holds) {
  const std::uint64_t deadline = monotonic_ns() + 60'000'000'000ull;
  while (!holds()) {
    if (monotonic_ns() > deadline) { return false; }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

class LoopbackSender {
 public:
  LoopbackSender() : fd_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(bind(fd_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
  }
  ~LoopbackSender() { close(fd_); }

  [[nodiscard]] std::uint16_t port() const { return port_; }

  // Waits for a ping, remembers who sent it, returns its bytes.
  std::string wait_for_ping() {
    pollfd wait{.fd = fd_, .events = POLLIN, .revents = 0};
    REQUIRE(poll(&wait, 1, 60'000) == 1);
    char bytes[64];
    socklen_t size = sizeof client_;
    const ssize_t got = recvfrom(fd_, bytes, sizeof bytes, 0, reinterpret_cast<sockaddr*>(&client_), &size);
    REQUIRE(got > 0);
    return {bytes, static_cast<std::size_t>(got)};
  }

  void send(std::span<const std::uint8_t> datagram) const {
    REQUIRE(sendto(fd_, datagram.data(), datagram.size(), 0, reinterpret_cast<const sockaddr*>(&client_),
                   sizeof client_) == static_cast<ssize_t>(datagram.size()));
  }

 private:
  int fd_;
  std::uint16_t port_ = 0;
  sockaddr_in client_{};
};

}  // namespace punktfunk::test
