#include "engine/transport/udp.h"

#include <arpa/inet.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "base/unique_fd.h"
#include "core/packet/bytes.h"
#include "engine/transport/bind_failure.h"

namespace punktfunk {
namespace {

constexpr std::size_t ping_payload_bytes = 16;
constexpr std::size_t new_ping_bytes = ping_payload_bytes + 4;  // and a counter
constexpr char legacy_ping[] = {'P', 'I', 'N', 'G'};
constexpr int max_pings_per_read = 64;        // a flood must not keep the thread
constexpr std::size_t max_gso_segments = 64;  // UDP_MAX_SEGMENTS of every kernel that has it
constexpr std::size_t max_gso_bytes = 65507;  // one UDP datagram over IPv4
constexpr std::size_t max_batch = 64;         // datagrams a sendmmsg

// The peer in one word, so that a sender on another thread never sees half of it.
std::uint64_t pack(const MediaPeer& p) {
  return static_cast<std::uint64_t>(p.ipv4) << 16 | p.port;
}
MediaPeer unpack(std::uint64_t v) {
  return {static_cast<std::uint32_t>(v >> 16), static_cast<std::uint16_t>(v)};
}

class Socket final : public UdpEndpoint {
 public:
  Socket(UniqueFd fd, const UdpEndpointConfig& config, in_addr client)
      : fd_(std::move(fd)), payload_(config.ping_payload), client_(client), tracker_(client.s_addr), gso_(config.gso) {
    sockaddr_in bound{};
    socklen_t length = sizeof bound;
    if (getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&bound), &length) == 0) { port_ = ntohs(bound.sin_port); }
  }

  [[nodiscard]] int fd() const override { return fd_.get(); }
  [[nodiscard]] std::uint16_t port() const override { return port_; }

  bool read_pings(std::uint64_t now_ns) override {
    bool taken = false;
    for (int i = 0; i < max_pings_per_read; ++i) {
      char bytes[new_ping_bytes + 1];
      alignas(cmsghdr) char control[CMSG_SPACE(sizeof(in_pktinfo))];
      sockaddr_in from{};
      iovec part{bytes, sizeof bytes};
      msghdr message{&from, sizeof from, &part, 1, control, sizeof control, 0};
      const ssize_t length = recvmsg(fd_.get(), &message, MSG_DONTWAIT);
      if (length < 0) { break; }
      const std::span<const char> ping{bytes, static_cast<std::size_t>(length)};
      if (!is_ping(ping, from)) { continue; }
      switch (tracker_.ping(from.sin_addr.s_addr, ntohs(from.sin_port), counter_of(ping), now_ns)) {
        case PeerTracker::Verdict::taken:
          taken = true;
          peer_.store(pack(tracker_.peer()), std::memory_order_release);
          [[fallthrough]];
        case PeerTracker::Verdict::known:
          last_ping_ns_.store(now_ns, std::memory_order_relaxed);
          keep_local_address(message);
          break;
        case PeerTracker::Verdict::waiting:
        case PeerTracker::Verdict::stale:
          last_foreign_ipv4_.store(from.sin_addr.s_addr, std::memory_order_relaxed);
          foreign_pings_.fetch_add(1, std::memory_order_relaxed);
          break;
      }
    }
    return taken;
  }

  [[nodiscard]] bool has_peer() const override { return unpack(peer_.load(std::memory_order_acquire)).port != 0; }
  [[nodiscard]] MediaPeer peer() const override { return tracker_.peer(); }
  void set_peer(const MediaPeer& peer) override {
    tracker_.set_peer(peer);
    peer_.store(pack(peer), std::memory_order_release);
  }
  [[nodiscard]] std::uint64_t last_ping_ns() const override { return last_ping_ns_.load(std::memory_order_relaxed); }

  std::size_t send_run(const std::uint8_t* bytes, std::size_t datagram_bytes, std::size_t count) noexcept override {
    Destination to;
    if (!destination(to) || datagram_bytes == 0) { return 0; }
    std::size_t sent = 0;
    while (sent < count) {
      const bool gso = gso_.load(std::memory_order_relaxed) && count - sent > 1;
      const std::uint8_t* from = bytes + sent * datagram_bytes;
      const std::size_t taken = gso ? send_segments(to, from, datagram_bytes, count - sent)
                                    : send_batch(to, from, datagram_bytes, count - sent);
      sent += taken;
      if (taken == 0 && gso == gso_.load(std::memory_order_relaxed)) {
        break;  // full; else it is the fall-back's turn
      }
    }
    return sent;
  }

  bool send_one(std::span<const std::uint8_t> datagram) noexcept override {
    Destination to;
    return destination(to) && send_batch(to, datagram.data(), datagram.size(), 1) == 1;
  }

  [[nodiscard]] Stats stats() const override {
    const auto get = [](const std::atomic<std::uint64_t>& v) { return v.load(std::memory_order_relaxed); };
    return {get(datagrams_),     get(bytes_),
            get(send_calls_),    get(would_block_),
            get(errors_),        gso_.load(std::memory_order_relaxed),
            get(foreign_pings_), last_foreign_ipv4_.load(std::memory_order_relaxed)};
  }

 private:
  struct Destination {
    sockaddr_in address{};
    in_pktinfo from{};
  };

  // docs/gamestream.md, 5.7.
  [[nodiscard]] bool is_ping(std::span<const char> bytes, const sockaddr_in& from) const {
    if (!payload_.empty()) {
      return bytes.size() == new_ping_bytes && std::memcmp(bytes.data(), payload_.data(), ping_payload_bytes) == 0;
    }
    const bool is_legacy =
        bytes.size() == sizeof legacy_ping && std::memcmp(bytes.data(), legacy_ping, sizeof legacy_ping) == 0;
    return is_legacy && (client_.s_addr == INADDR_ANY || client_.s_addr == from.sin_addr.s_addr);
  }

  [[nodiscard]] std::optional<std::uint32_t> counter_of(std::span<const char> ping) const {
    if (payload_.empty()) { return std::nullopt; }
    return load_u32_be(reinterpret_cast<const std::uint8_t*>(ping.data()) + ping_payload_bytes);
  }

  // What is sent leaves from the address that the ping reached.
  void keep_local_address(msghdr& message) {
    for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
      if (c->cmsg_level != IPPROTO_IP || c->cmsg_type != IP_PKTINFO) { continue; }
      in_pktinfo info;
      std::memcpy(&info, CMSG_DATA(c), sizeof info);
      local_.store(info.ipi_spec_dst.s_addr, std::memory_order_relaxed);
    }
  }

  bool destination(Destination& to) const {
    const MediaPeer p = unpack(peer_.load(std::memory_order_acquire));
    if (p.port == 0) { return false; }
    to.address.sin_family = AF_INET;
    to.address.sin_addr.s_addr = p.ipv4;
    to.address.sin_port = htons(p.port);
    to.from.ipi_spec_dst.s_addr = local_.load(std::memory_order_relaxed);  // 0: the kernel's choice
    return true;
  }

  static void add_control(msghdr& message, cmsghdr*& last, int level, int type, const void* value, std::size_t bytes) {
    last = last == nullptr ? CMSG_FIRSTHDR(&message) : CMSG_NXTHDR(&message, last);
    last->cmsg_level = level;
    last->cmsg_type = type;
    last->cmsg_len = CMSG_LEN(bytes);
    std::memcpy(CMSG_DATA(last), value, bytes);
  }

  void count_sent(std::size_t datagrams, std::size_t bytes) {
    datagrams_.fetch_add(datagrams, std::memory_order_relaxed);
    bytes_.fetch_add(bytes, std::memory_order_relaxed);
  }

  // What became of a refused send: how many datagrams are done with. Buffers full: none, the caller tries again.
  // Anything else (no route, no network) is like a loss on the wire.
  std::size_t refused(int error, std::size_t datagrams) {
    if (error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS || error == EINTR) {
      would_block_.fetch_add(1, std::memory_order_relaxed);
      return 0;
    }
    errors_.fetch_add(1, std::memory_order_relaxed);
    return datagrams;
  }

  std::size_t send_segments(Destination& to, const std::uint8_t* bytes, std::size_t datagram_bytes, std::size_t count) {
    count = std::min({count, max_gso_segments, std::max<std::size_t>(1, max_gso_bytes / datagram_bytes)});
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(in_pktinfo)) + CMSG_SPACE(sizeof(std::uint16_t))] = {};
    iovec part{const_cast<std::uint8_t*>(bytes), count * datagram_bytes};
    msghdr message{&to.address, sizeof to.address, &part, 1, control, sizeof control, 0};
    cmsghdr* last = nullptr;
    const auto segment = static_cast<std::uint16_t>(datagram_bytes);
    add_control(message, last, IPPROTO_IP, IP_PKTINFO, &to.from, sizeof to.from);
    add_control(message, last, IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof segment);
    send_calls_.fetch_add(1, std::memory_order_relaxed);
    if (sendmsg(fd_.get(), &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) {
      count_sent(count, count * datagram_bytes);
      return count;
    }
    const int error = errno;
    // An old kernel, a device without checksum offload, a datagram larger than the device's MTU: one by one it goes all
    // the same.
    if (error == EIO || error == EINVAL || error == EOPNOTSUPP || error == ENOPROTOOPT || error == EMSGSIZE) {
      gso_.store(false, std::memory_order_relaxed);
      return 0;
    }
    return refused(error, count);
  }

  std::size_t send_batch(Destination& to, const std::uint8_t* bytes, std::size_t datagram_bytes, std::size_t count) {
    count = std::min(count, max_batch);
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(in_pktinfo))] = {};
    iovec parts[max_batch];
    mmsghdr messages[max_batch];
    for (std::size_t i = 0; i < count; ++i) {
      parts[i] = {const_cast<std::uint8_t*>(bytes + i * datagram_bytes), datagram_bytes};
      messages[i] = {{&to.address, sizeof to.address, &parts[i], 1, control, sizeof control, 0}, 0};
    }
    cmsghdr* last = nullptr;
    add_control(messages[0].msg_hdr, last, IPPROTO_IP, IP_PKTINFO, &to.from, sizeof to.from);
    send_calls_.fetch_add(1, std::memory_order_relaxed);
    const int taken = sendmmsg(fd_.get(), messages, static_cast<unsigned>(count), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (taken > 0) {
      count_sent(static_cast<std::size_t>(taken), static_cast<std::size_t>(taken) * datagram_bytes);
      return static_cast<std::size_t>(taken);
    }
    return refused(errno, 1);
  }

  UniqueFd fd_;
  std::uint16_t port_ = 0;
  std::string payload_;
  in_addr client_;
  PeerTracker tracker_;  // of the thread that reads pings
  std::atomic<std::uint64_t> peer_{0}, last_ping_ns_{0}, foreign_pings_{0};
  std::atomic<std::uint32_t> last_foreign_ipv4_{0};
  std::atomic<std::uint32_t> local_{0};
  std::atomic<bool> gso_;
  std::atomic<std::uint64_t> datagrams_{0}, bytes_{0}, send_calls_{0}, would_block_{0}, errors_{0};
};

}  // namespace

Result<std::unique_ptr<UdpEndpoint>, Failure> UdpEndpoint::open(const UdpEndpointConfig& config) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(config.port);
  in_addr client{INADDR_ANY};
  if (inet_pton(AF_INET, config.bind_address.c_str(), &address.sin_addr) != 1) {
    return problem::address_unusable(config.bind_address, "it is not an IPv4 address");
  }
  if (!config.client_address.empty() && inet_pton(AF_INET, config.client_address.c_str(), &client) != 1) {
    return problem::socket_unusable("the client's address is not an IPv4 address");
  }
  if (!config.ping_payload.empty() && config.ping_payload.size() != ping_payload_bytes) {
    return problem::socket_unusable("a ping payload has 16 characters");
  }
  UniqueFd fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) { return problem::socket_unusable(std::strerror(errno)); }
  const int on = 1, buffer = static_cast<int>(config.send_buffer_bytes);
  setsockopt(fd.get(), IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
  setsockopt(fd.get(), SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return bind_failure(config.bind_address, config.port, errno);
  }
  return std::make_unique<Socket>(std::move(fd), config, client);
}

}  // namespace punktfunk
