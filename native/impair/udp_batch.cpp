#include "impair/udp_batch.h"

#include <arpa/inet.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/received_run.h"

namespace punktfunk {

namespace {

constexpr std::size_t read_batch = 32;
constexpr std::size_t read_buffer_bytes = 65536;
constexpr std::size_t most_segments = 64;      // UDP_MAX_SEGMENTS of every kernel that has it
constexpr std::size_t most_run_bytes = 65507;  // one UDP datagram over IPv4
constexpr std::size_t write_batch = 64;
constexpr int socket_buffer_bytes = 8 << 20;

// Datagrams from `first` on that one call may carry as a run: all of one size but the last.
std::size_t run_length(std::span<const std::span<const std::uint8_t>> datagrams, std::size_t first, bool gso) {
  const std::size_t size = datagrams[first].size();
  std::size_t count = 1, bytes = size;
  if (!gso || size == 0) { return 1; }
  for (; first + count < datagrams.size() && count < most_segments; ++count) {
    const std::size_t next = datagrams[first + count].size();
    if (next == 0 || next > size || bytes + next > most_run_bytes) { break; }
    bytes += next;
    if (next < size) { return count + 1; }
  }
  return count;
}

bool is_gso_refusal(int error) {
  return error == EIO || error == EINVAL || error == EOPNOTSUPP || error == ENOPROTOOPT || error == EMSGSIZE;
}

}  // namespace

Result<UniqueFd, std::string> open_udp(const std::string& address, std::uint16_t port) {
  sockaddr_in local{};
  local.sin_family = AF_INET;
  local.sin_port = htons(port);
  if (inet_pton(AF_INET, address.c_str(), &local.sin_addr) != 1) {
    return "\"" + address + "\" is not an IPv4 address.";
  }
  UniqueFd fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) { return std::string("A UDP socket cannot be opened: ") + std::strerror(errno) + "."; }
  for (const auto& [forced, allowed] : {std::pair{SO_RCVBUFFORCE, SO_RCVBUF}, {SO_SNDBUFFORCE, SO_SNDBUF}}) {
    // Without the right to exceed the machine's bound the second call takes what is allowed.
    if (setsockopt(fd.get(), SOL_SOCKET, forced, &socket_buffer_bytes, sizeof socket_buffer_bytes) != 0) {
      setsockopt(fd.get(), SOL_SOCKET, allowed, &socket_buffer_bytes, sizeof socket_buffer_bytes);
    }
  }
  const int on = 1;
  setsockopt(fd.get(), SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on);
  setsockopt(fd.get(), SOL_UDP, UDP_GRO, &on, sizeof on);  // an older kernel gives single datagrams
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&local), sizeof local) != 0) {
    return "UDP port " + std::to_string(port) + " of " + address + " cannot be opened: " + std::strerror(errno) + ".";
  }
  return fd;
}

UdpReader::UdpReader() : buffers_(read_batch * read_buffer_bytes) {}

bool UdpReader::read(int fd, const std::function<void(std::span<const std::uint8_t>, const sockaddr_in& from)>& each) {
  kernel_drops_ = 0;  // told with each datagram, once there were any
  mmsghdr messages[read_batch] = {};
  iovec parts[read_batch];
  sockaddr_in from[read_batch] = {};
  alignas(cmsghdr) char controls[read_batch][CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(std::uint32_t))];
  for (std::size_t i = 0; i < read_batch; ++i) {
    parts[i] = {buffers_.data() + i * read_buffer_bytes, read_buffer_bytes};
    messages[i].msg_hdr = {&from[i], sizeof from[i], &parts[i], 1, controls[i], sizeof controls[i], 0};
  }
  const int count = recvmmsg(fd, messages, read_batch, MSG_DONTWAIT, nullptr);
  // What the peer's machine says of a port that nobody has open comes as an error, once; what waits comes next time.
  if (count < 0) { return false; }
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    const std::size_t segment = segment_bytes(messages[i].msg_hdr, messages[i].msg_len, kernel_drops_);
    std::span<const std::uint8_t> rest(buffers_.data() + i * read_buffer_bytes, messages[i].msg_len);
    do {
      const std::size_t size = std::min(segment, rest.size());
      each(rest.first(size), from[i]);
      rest = rest.subspan(size);
    } while (!rest.empty());
  }
  return count > 0;
}

std::size_t UdpWriter::write(int fd, const sockaddr_in* to, std::span<const std::span<const std::uint8_t>> datagrams) {
  std::size_t done = 0, taken = 0;
  while (done < datagrams.size()) {
    mmsghdr messages[write_batch] = {};
    std::size_t runs[write_batch];
    iovec parts[write_batch * 2];
    alignas(cmsghdr) char controls[write_batch][CMSG_SPACE(sizeof(std::uint16_t))] = {};
    std::size_t count = 0, used = 0;
    for (std::size_t at = done; count < write_batch && at < datagrams.size(); ++count) {
      const std::size_t run = run_length(datagrams, at, gso_);
      if (used + run > std::size(parts)) { break; }
      for (std::size_t i = 0; i < run; ++i) {
        const auto& one = datagrams[at + i];
        parts[used + i] = {const_cast<std::uint8_t*>(one.data()), one.size()};
      }
      msghdr& header = messages[count].msg_hdr;
      header.msg_name = const_cast<sockaddr_in*>(to);
      header.msg_namelen = to == nullptr ? 0 : sizeof *to;
      header.msg_iov = parts + used;
      header.msg_iovlen = run;
      if (run > 1) {
        header.msg_control = controls[count];
        header.msg_controllen = sizeof controls[count];
        cmsghdr* const part = CMSG_FIRSTHDR(&header);
        part->cmsg_level = SOL_UDP;
        part->cmsg_type = UDP_SEGMENT;
        part->cmsg_len = CMSG_LEN(sizeof(std::uint16_t));
        const auto segment = static_cast<std::uint16_t>(datagrams[at].size());
        std::memcpy(CMSG_DATA(part), &segment, sizeof segment);
      }
      runs[count] = run;
      used += run;
      at += run;
    }
    const int sent = sendmmsg(fd, messages, static_cast<unsigned>(count), MSG_DONTWAIT | MSG_NOSIGNAL);
    for (int i = 0; i < sent; ++i) {
      done += runs[i];
      taken += runs[i];
    }
    if (sent > 0 || errno == EINTR) { continue; }
    if (runs[0] > 1 && is_gso_refusal(errno)) {
      gso_ = false;  // an old kernel, a device without checksum offload, a datagram beyond its MTU: one by one it goes
    } else {
      done += runs[0];
    }
  }
  return taken;
}

}  // namespace punktfunk
