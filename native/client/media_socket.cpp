#include "client/media_socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "base/clock.h"
#include "base/received_run.h"
#include "core/packet/bytes.h"

namespace punktfunk::client {

std::unique_ptr<MediaSocket> MediaSocket::open(const MediaSocketConfig& config, std::string& error) {
  sockaddr_in host{};
  host.sin_family = AF_INET;
  host.sin_port = htons(config.port);
  if (inet_pton(AF_INET, config.address.c_str(), &host.sin_addr) != 1) {
    error = "\"" + config.address + "\" is not an IPv4 address";
    return nullptr;
  }
  std::unique_ptr<MediaSocket> socket(new MediaSocket);
  socket->fd_ = UniqueFd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  // Connected, so that only the host's datagrams come in and a closed port shows.
  if (!socket->fd_ || connect(socket->fd_.get(), reinterpret_cast<const sockaddr*>(&host), sizeof host) != 0) {
    error = "no UDP socket to " + config.address + ": " + std::strerror(errno);
    return nullptr;
  }
  const int bytes = static_cast<int>(config.receive_buffer_bytes);
  // Without the right to exceed net.core.rmem_max the second call takes what is allowed.
  if (setsockopt(socket->fd_.get(), SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) != 0) {
    setsockopt(socket->fd_.get(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  }
  const int on = 1;
  setsockopt(socket->fd_.get(), SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on);
  setsockopt(socket->fd_.get(), SOL_UDP, UDP_GRO, &on, sizeof on);  // an older kernel gives single datagrams
  socket->ping_payload_ = config.ping_payload;
  socket->buffers_.resize(batch * buffer_bytes);
  return socket;
}

void MediaSocket::ping() noexcept {
  std::uint8_t bytes[20] = {'P', 'I', 'N', 'G'};
  std::size_t size = 4;
  if (ping_payload_.size() == 16) {
    std::memcpy(bytes, ping_payload_.data(), 16);
    store_u32_be(bytes + 16, ++ping_count_);
    size = sizeof bytes;
  }
  // A refusal (nothing listens yet) is not the end: the next ping tries again.
  [[maybe_unused]] const ssize_t sent = send(fd_.get(), bytes, size, MSG_NOSIGNAL);
}

bool MediaSocket::receive(const Wake& wake, int timeout_ms,
                          const std::function<void(std::span<const std::uint8_t>)>& each) {
  const std::uint64_t now = monotonic_ns();
  if (now >= next_ping_ns_) {
    ping();
    next_ping_ns_ = now + ping_interval_ns;
  }
  const int until_ping_ms = static_cast<int>((next_ping_ns_ - now + 999'999) / 1'000'000);
  pollfd waits[2] = {{.fd = fd_.get(), .events = POLLIN, .revents = 0},
                     {.fd = wake.fd(), .events = POLLIN, .revents = 0}};
  if (poll(waits, 2, timeout_ms < until_ping_ms ? timeout_ms : until_ping_ms) < 0) { return errno == EINTR; }
  if (waits[1].revents != 0) { wake.clear(); }

  for (;;) {
    mmsghdr messages[batch] = {};
    iovec vectors[batch];
    alignas(cmsghdr) char controls[batch][CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(std::uint32_t))];
    for (std::size_t i = 0; i < batch; ++i) {
      vectors[i] = {.iov_base = buffers_.data() + i * buffer_bytes, .iov_len = buffer_bytes};
      messages[i].msg_hdr.msg_iov = &vectors[i];
      messages[i].msg_hdr.msg_iovlen = 1;
      messages[i].msg_hdr.msg_control = controls[i];
      messages[i].msg_hdr.msg_controllen = sizeof controls[i];
    }
    const int count = recvmmsg(fd_.get(), messages, batch, MSG_DONTWAIT, nullptr);
    if (count < 0) {
      // ECONNREFUSED is the host's answer to an early ping.
      if (errno == ECONNREFUSED || errno == EINTR) { continue; }
      return errno == EAGAIN || errno == EWOULDBLOCK;
    }
    for (int i = 0; i < count; ++i) {
      const std::size_t segment = segment_bytes(messages[i].msg_hdr, messages[i].msg_len, kernel_drops_);
      std::span<const std::uint8_t> rest(buffers_.data() + static_cast<std::size_t>(i) * buffer_bytes,
                                         messages[i].msg_len);
      bytes_ += rest.size();
      while (!rest.empty()) {
        const std::size_t size = segment < rest.size() ? segment : rest.size();
        ++datagrams_;
        each(rest.first(size));
        rest = rest.subspan(size);
      }
    }
    if (static_cast<std::size_t>(count) < batch) { return true; }
  }
}

}  // namespace punktfunk::client
