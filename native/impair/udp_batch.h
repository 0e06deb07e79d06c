// Many datagrams a system call, in both directions: recvmmsg with UDP_GRO, sendmmsg with UDP_SEGMENT where datagrams of
// one size follow each other.
#pragma once

#include <netinet/in.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

namespace punktfunk {

// Bound to the address, or a sentence. port 0: any.
Result<UniqueFd, std::string> open_udp(const std::string& address, std::uint16_t port);

class UdpReader {
 public:
  UdpReader();
  // Each datagram that waits at the socket, as far as one call to the kernel gets; false: none waited.
  bool read(int fd, const std::function<void(std::span<const std::uint8_t>, const sockaddr_in& from)>& each);
  // How often the kernel threw away what came to this socket since its buffer was full, as of the last read: a
  // datagram, or several that came as one (UDP_GRO). 0: it has not told.
  [[nodiscard]] std::uint32_t kernel_drops() const { return kernel_drops_; }

 private:
  std::vector<std::uint8_t> buffers_;
  std::uint32_t kernel_drops_ = 0;
};

// What the kernel told of one socket after the other: each counts from nothing, in 32 bits.
class KernelDrops {
 public:
  void told(std::uint32_t of_socket) {
    sum_ += of_socket - before_;
    before_ = of_socket;
  }
  void begin_socket() { before_ = 0; }
  [[nodiscard]] std::uint64_t sum() const { return sum_; }

 private:
  std::uint64_t sum_ = 0;
  std::uint32_t before_ = 0;
};

class UdpWriter {
 public:
  explicit UdpWriter(bool gso) : gso_(gso) {}
  // Null `to`: where the socket is connected to. Returns how many the kernel took; the others are lost.
  std::size_t write(int fd, const sockaddr_in* to, std::span<const std::span<const std::uint8_t>> datagrams);
  [[nodiscard]] bool gso() const { return gso_; }

 private:
  bool gso_;
};

}  // namespace punktfunk
