#include "engine/transport/udp.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

using namespace punktfunk;

namespace {

// What the next sends meet: the kernel's buffers are never full on loopback, so the tests stand in for it.
struct Kernel {
  int error = 0;            // 0: the real one answers
  unsigned batch_room = 0;  // with an error of 0 and room: sendmmsg takes so many, then EAGAIN
};
Kernel kernel;

}  // namespace

extern "C" {
ssize_t sendmsg(int fd, const msghdr* message, int flags) {
  if (kernel.error == 0) return syscall(SYS_sendmsg, fd, message, flags);
  errno = kernel.error;
  return -1;
}
int sendmmsg(int fd, mmsghdr* messages, unsigned count, int flags) {
  if (kernel.error == 0 && kernel.batch_room > 0) {
    const auto taken = static_cast<int>(syscall(SYS_sendmmsg, fd, messages, std::min(count, kernel.batch_room), flags));
    kernel = {EAGAIN, 0};
    return taken;
  }
  if (kernel.error == 0) return static_cast<int>(syscall(SYS_sendmmsg, fd, messages, count, flags));
  errno = kernel.error;
  return -1;
}
}

namespace {

constexpr int deadline_ms = 5000;
const std::string payload = "0123456789ABCDEF";

// The client's side: a plain socket on some loopback address.
struct Client {
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  std::uint16_t port = 0;
  explicit Client(const char* address = "127.0.0.1", int receive_buffer = 0) {
    sockaddr_in a{};
    a.sin_family = AF_INET;
    inet_pton(AF_INET, address, &a.sin_addr);
    if (receive_buffer > 0) setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    REQUIRE(bind(fd, reinterpret_cast<sockaddr*>(&a), sizeof a) == 0);
    socklen_t length = sizeof a;
    getsockname(fd, reinterpret_cast<sockaddr*>(&a), &length);
    port = ntohs(a.sin_port);
  }
  ~Client() { close(fd); }
  Client(const Client&) = delete;

  void send(const UdpEndpoint& to, const std::string& bytes, const char* address = "127.0.0.1") const {
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_port = htons(to.port());
    inet_pton(AF_INET, address, &a.sin_addr);
    REQUIRE(sendto(fd, bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&a), sizeof a) ==
            static_cast<ssize_t>(bytes.size()));
  }
  void ping(const UdpEndpoint& to, const char* address = "127.0.0.1") const {
    send(to, payload + std::string("\0\0\0\1", 4), address);
  }

  // One datagram, or nothing when none comes in time. from: the sender's address.
  std::vector<std::uint8_t> receive(int timeout_ms = deadline_ms, std::string* from = nullptr) const {
    pollfd p{fd, POLLIN, 0};
    if (poll(&p, 1, timeout_ms) != 1) return {};
    std::vector<std::uint8_t> bytes(65536);
    sockaddr_in a{};
    socklen_t length = sizeof a;
    const ssize_t n = recvfrom(fd, bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&a), &length);
    bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    char text[INET_ADDRSTRLEN];
    if (from != nullptr) *from = inet_ntop(AF_INET, &a.sin_addr, text, sizeof text);
    return bytes;
  }
};

UdpEndpointConfig config() {
  UdpEndpointConfig c;
  c.bind_address = "0.0.0.0";
  c.ping_payload = payload;
  return c;
}

std::unique_ptr<UdpEndpoint> open(const UdpEndpointConfig& c) {
  std::string error;
  auto endpoint = UdpEndpoint::open(c, error);
  REQUIRE_MESSAGE(endpoint, error);
  return endpoint;
}

// Loopback delivers before sendto returns, so what was sent is there to read.
bool meet(UdpEndpoint& endpoint, const Client& client, const char* address = "127.0.0.1") {
  client.ping(endpoint, address);
  return endpoint.read_pings();
}

std::vector<std::uint8_t> pattern(std::size_t datagram_bytes, std::size_t count) {
  std::vector<std::uint8_t> bytes(datagram_bytes * count);
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<std::uint8_t>(i / datagram_bytes * 31 + i % datagram_bytes);
  return bytes;
}

void arrives(UdpEndpoint& endpoint, const Client& client, std::size_t datagram_bytes, std::size_t count) {
  const auto bytes = pattern(datagram_bytes, count);
  REQUIRE(endpoint.send_run(bytes.data(), datagram_bytes, count) == count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto got = client.receive();
    REQUIRE(got.size() == datagram_bytes);
    REQUIRE(std::equal(got.begin(), got.end(), bytes.begin() + static_cast<std::ptrdiff_t>(i * datagram_bytes)));
  }
  CHECK(client.receive(0).empty());
}

}  // namespace

TEST_CASE("runs arrive datagram by datagram, with GSO and without, in few calls") {
  for (const bool gso : {true, false}) {
    UdpEndpointConfig c = config();
    c.gso = gso;
    const auto endpoint = open(c);
    const Client client("127.0.0.1", 4 << 20);
    REQUIRE(meet(*endpoint, client));
    std::size_t total = 0, bytes = 0;
    for (const auto& [size, count] :
         {std::pair<std::size_t, std::size_t>{1408, 1}, {1408, 2}, {1408, 46}, {1408, 150}, {16, 200}, {9216, 9}}) {
      CAPTURE(size);
      CAPTURE(count);
      arrives(*endpoint, client, size, count);
      total += count;
      bytes += size * count;
    }
    const auto stats = endpoint->stats();
    CHECK(stats.datagrams == total);
    CHECK(stats.bytes == bytes);
    CHECK(stats.gso == gso);
    CHECK(stats.send_calls <= 1 + 1 + 1 + 4 + 4 + 2);
    CHECK(stats.errors == 0);
  }
}

TEST_CASE("when the kernel refuses GSO everything goes one by one from then on") {
  const auto endpoint = open(config());
  const Client client;
  REQUIRE(meet(*endpoint, client));
  const int on = 1;  // without checksums the kernel does not segment
  REQUIRE(setsockopt(endpoint->fd(), SOL_SOCKET, SO_NO_CHECK, &on, sizeof on) == 0);
  arrives(*endpoint, client, 1408, 20);
  CHECK_FALSE(endpoint->stats().gso);
  CHECK(endpoint->stats().datagrams == 20);
  arrives(*endpoint, client, 1408, 20);
}

TEST_CASE("nothing is sent before the client's ping is known") {
  const auto endpoint = open(config());
  const Client client;
  const auto bytes = pattern(100, 3);
  CHECK_FALSE(endpoint->has_peer());
  CHECK(endpoint->send_run(bytes.data(), 100, 3) == 0);
  CHECK_FALSE(endpoint->send_one({bytes.data(), 100}));
  CHECK(endpoint->stats().send_calls == 0);
  REQUIRE(meet(*endpoint, client));
  CHECK(endpoint->send_one({bytes.data(), 100}));
  CHECK(client.receive().size() == 100);
}

TEST_CASE("only the right ping counts") {
  const auto endpoint = open(config());
  const Client client;
  const std::string wrong[] = {"PING",
                               payload,
                               payload + "abc",
                               payload + "abcde",
                               "0123456789ABCDEX" + std::string(4, '\0'),
                               "",
                               std::string(1400, 'x')};
  for (const auto& bytes : wrong) client.send(*endpoint, bytes);
  CHECK_FALSE(endpoint->read_pings());
  CHECK_FALSE(endpoint->has_peer());
  CHECK(meet(*endpoint, client));
  CHECK_FALSE(meet(*endpoint, client));  // known already

  UdpEndpointConfig old = config();
  old.ping_payload.clear();
  old.client_address = "127.0.0.2";
  const auto legacy = open(old);
  const Client stranger("127.0.0.3"), right("127.0.0.2");
  stranger.send(*legacy, "PING");
  right.send(*legacy, "PONG");
  right.send(*legacy, payload + "0001");
  CHECK_FALSE(legacy->read_pings());
  right.send(*legacy, "PING");
  CHECK(legacy->read_pings());
  std::uint32_t address = 0;
  std::uint16_t port = 0;
  legacy->peer(address, port);
  CHECK(address == inet_addr("127.0.0.2"));
  CHECK(port == right.port);
}

TEST_CASE("a client that moves to another port is followed") {
  const auto endpoint = open(config());
  const Client first, second;
  REQUIRE(meet(*endpoint, first));
  REQUIRE(meet(*endpoint, second));
  arrives(*endpoint, second, 200, 5);
  CHECK(first.receive(0).empty());
}

TEST_CASE("replies leave from the address that the ping reached") {
  for (const bool gso : {true, false}) {
    UdpEndpointConfig c = config();
    c.gso = gso;
    const auto endpoint = open(c);
    const Client client;
    REQUIRE(meet(*endpoint, client, "127.0.0.77"));
    const auto bytes = pattern(100, 2);
    REQUIRE(endpoint->send_run(bytes.data(), 100, 2) == 2);
    std::string from;
    CHECK(client.receive(deadline_ms, &from).size() == 100);
    CHECK(from == "127.0.0.77");
  }
}

TEST_CASE("a peer from the checkpoint is sent to at once") {
  const auto endpoint = open(config());
  const Client client;
  endpoint->set_peer(inet_addr("127.0.0.1"), client.port);
  CHECK(endpoint->has_peer());
  arrives(*endpoint, client, 300, 4);
}

TEST_CASE("a full buffer is counted and never waited for") {
  for (const bool gso : {true, false})
    for (const int error : {EAGAIN, ENOBUFS}) {
      UdpEndpointConfig c = config();
      c.gso = gso;
      const auto endpoint = open(c);
      const Client client;
      REQUIRE(meet(*endpoint, client));
      const auto bytes = pattern(1408, 20);
      kernel.error = error;
      CHECK(endpoint->send_run(bytes.data(), 1408, 20) == 0);
      CHECK_FALSE(endpoint->send_one({bytes.data(), 1408}));
      kernel = {};
      CHECK(endpoint->stats().would_block == 2);
      CHECK(endpoint->stats().errors == 0);
      CHECK(endpoint->stats().datagrams == 0);
      CHECK(endpoint->stats().gso == gso);
      arrives(*endpoint, client, 1408, 20);
    }
}

TEST_CASE("a run that the kernel takes half of goes on where it stopped") {
  UdpEndpointConfig c = config();
  c.gso = false;
  const auto endpoint = open(c);
  const Client client;
  REQUIRE(meet(*endpoint, client));
  const auto bytes = pattern(1000, 20);
  kernel = {0, 7};
  CHECK(endpoint->send_run(bytes.data(), 1000, 20) == 7);
  kernel = {};
  CHECK(endpoint->send_run(bytes.data() + 7 * 1000, 1000, 13) == 13);
  for (std::size_t i = 0; i < 20; ++i) CHECK(client.receive().at(0) == bytes[i * 1000]);
  CHECK(endpoint->stats().would_block == 1);
}

TEST_CASE("what has no route is an error and done with") {
  const auto endpoint = open(config());
  endpoint->set_peer(inet_addr("255.255.255.255"), 9);  // broadcast without leave: EACCES
  const auto bytes = pattern(100, 3);
  CHECK(endpoint->send_run(bytes.data(), 100, 3) == 3);
  CHECK(endpoint->stats().errors > 0);
  CHECK(endpoint->stats().datagrams == 0);
}

TEST_CASE("what cannot be opened is explained") {
  const auto refused = [](auto change) {
    UdpEndpointConfig c = config();
    change(c);
    std::string error;
    CHECK_FALSE(UdpEndpoint::open(c, error));
    return error;
  };
  const auto first = open(config());
  CHECK(refused([&](UdpEndpointConfig& c) { c.port = first->port(); }).find("--base-port") != std::string::npos);
  CHECK(refused([](UdpEndpointConfig& c) { c.bind_address = "192.0.2.1"; }).find("--bind") != std::string::npos);
  CHECK(refused([](UdpEndpointConfig& c) { c.bind_address = "elsewhere"; }).find("'elsewhere'") != std::string::npos);
  CHECK(refused([](UdpEndpointConfig& c) { c.client_address = "::1"; }).find("'::1'") != std::string::npos);
  CHECK(refused([](UdpEndpointConfig& c) { c.ping_payload = "short"; }).find("16") != std::string::npos);
}
