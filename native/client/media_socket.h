// A client's UDP socket for video or audio: pings tell the host where we are (docs/gamestream.md, 5.7), datagrams come
// back. Linux joins equal datagrams of one sender where it can (UDP_GRO), so that one buffer may hold many.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "base/wake.h"

namespace punktfunk::client {

struct MediaSocketConfig {
  std::string address;  // IPv4 of the host, dotted
  std::uint16_t port = 0;
  std::string ping_payload;  // 16 characters, or empty for the bare "PING"
  std::size_t receive_buffer_bytes = 8u << 20;
};

class MediaSocket {
 public:
  static constexpr std::uint64_t ping_interval_ns = 500'000'000;

  // Null and a sentence on failure.
  static std::unique_ptr<MediaSocket> open(const MediaSocketConfig& config, std::string& error);
  MediaSocket(const MediaSocket&) = delete;
  MediaSocket& operator=(const MediaSocket&) = delete;

  // Waits at most timeout_ms for datagrams or the wake, which it clears, pings when half a second has passed, and hands
  // each waiting datagram to the callback. False when the socket is broken.
  bool receive(const Wake& wake, int timeout_ms, const std::function<void(std::span<const std::uint8_t>)>& each);

  // Datagrams the kernel threw away because our buffer was full: loss that is this machine's own.
  [[nodiscard]] std::uint64_t kernel_drops() const noexcept { return kernel_drops_; }
  [[nodiscard]] std::uint64_t datagrams() const noexcept { return datagrams_; }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

 private:
  MediaSocket() = default;
  void ping() noexcept;

  static constexpr std::size_t batch = 16;
  static constexpr std::size_t buffer_bytes = 65536;

  UniqueFd fd_;
  std::string ping_payload_;
  std::uint32_t ping_count_ = 0;
  std::uint64_t next_ping_ns_ = 0;
  std::vector<std::uint8_t> buffers_;
  std::uint32_t kernel_drops_ = 0;
  std::uint64_t datagrams_ = 0, bytes_ = 0;
};

}  // namespace punktfunk::client
