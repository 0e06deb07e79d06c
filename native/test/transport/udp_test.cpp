#include "engine/transport/udp.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "engine/transport/bind_failure.h"
#include "test/need.h"

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
  if (kernel.error == 0) { return syscall(SYS_sendmsg, fd, message, flags); }
  errno = kernel.error;
  return -1;
}
int sendmmsg(int fd, mmsghdr* messages, unsigned count, int flags) {
  if (kernel.error == 0 && kernel.batch_room > 0) {
    const auto taken = static_cast<int>(syscall(SYS_sendmmsg, fd, messages, std::min(count, kernel.batch_room), flags));
    kernel = {EAGAIN, 0};
    return taken;
  }
  if (kernel.error == 0) { return static_cast<int>(syscall(SYS_sendmmsg, fd, messages, count, flags)); }
  errno = kernel.error;
  return -1;
}
}

namespace {

constexpr int deadline_ms = 60'000;
const std::string payload = "0123456789ABCDEF";

// The client's side: a plain socket on some loopback address.
struct Client {
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  std::uint16_t port = 0;
  explicit Client(const char* address = "127.0.0.1", int receive_buffer = 0) {
    sockaddr_in a{};
    a.sin_family = AF_INET;
    inet_pton(AF_INET, address, &a.sin_addr);
    if (receive_buffer > 0) { setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer); }
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
  void ping(const UdpEndpoint& to, std::uint32_t counter, const char* address = "127.0.0.1") const {
    std::string bytes = payload;
    for (const int shift : {24, 16, 8, 0}) { bytes += static_cast<char>(counter >> shift); }
    send(to, bytes, address);
  }

  // One datagram, or nothing when none comes in time. from: the sender's address.
  std::vector<std::uint8_t> receive(int timeout_ms = deadline_ms, std::string* from = nullptr) const {
    pollfd p{fd, POLLIN, 0};
    if (poll(&p, 1, timeout_ms) != 1) { return {}; }
    std::vector<std::uint8_t> bytes(65536);
    sockaddr_in a{};
    socklen_t length = sizeof a;
    const ssize_t n = recvfrom(fd, bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&a), &length);
    bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    char text[INET_ADDRSTRLEN];
    if (from != nullptr) { *from = inet_ntop(AF_INET, &a.sin_addr, text, sizeof text); }
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
  auto endpoint = test::need(UdpEndpoint::open(c));
  return endpoint;
}

// Loopback delivers before sendto returns, so what was sent is there to read.
bool meet(UdpEndpoint& endpoint, const Client& client, const char* address = "127.0.0.1") {
  client.ping(endpoint, 1, address);
  return endpoint.read_pings(0);
}

std::vector<std::uint8_t> pattern(std::size_t datagram_bytes, std::size_t count) {
  std::vector<std::uint8_t> bytes(datagram_bytes * count);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(i / datagram_bytes * 31 + i % datagram_bytes);
  }
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
  for (const auto& bytes : wrong) { client.send(*endpoint, bytes); }
  CHECK_FALSE(endpoint->read_pings(0));
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
  CHECK_FALSE(legacy->read_pings(0));
  right.send(*legacy, "PING");
  CHECK(legacy->read_pings(0));
  CHECK(legacy->peer() == MediaPeer{inet_addr("127.0.0.2"), right.port, 0});
}

namespace {

constexpr std::uint64_t ping_interval_ns = 500'000'000;
using Verdict = PeerTracker::Verdict;

// Addresses as small numbers.
struct Pinger {
  std::uint32_t address;
  std::uint16_t port = 5000;
  std::uint32_t counter = 0;
  Verdict ping(PeerTracker& tracker, std::uint64_t at) {
    return tracker.ping(address, port, ++counter, at * ping_interval_ns);
  }
};

}  // namespace

TEST_CASE("a ping that somebody repeats moves nothing, while the client pings and after it went") {
  PeerTracker tracker(0);
  Pinger client{1};
  REQUIRE(client.ping(tracker, 0) == Verdict::taken);
  for (std::uint64_t at = 1; at < 20; ++at) {
    CHECK(client.ping(tracker, at) == Verdict::known);
    CHECK(tracker.ping(2, 6000, client.counter, at * ping_interval_ns) == Verdict::stale);
    CHECK(tracker.ping(1, 6000, 1, at * ping_interval_ns) == Verdict::stale);
  }
  for (std::uint64_t at = 20; at < 60; ++at) {
    CHECK(tracker.ping(2, 6000, client.counter, at * ping_interval_ns) == Verdict::stale);
  }
  CHECK(tracker.peer().ipv4 == 1);
}

TEST_CASE("pings with counters of their own do not win against an address that pings, however many come") {
  PeerTracker tracker(0);
  Pinger client{1}, stranger{2};
  REQUIRE(client.ping(tracker, 0) == Verdict::taken);
  for (std::uint64_t at = 1; at < 40; ++at) {
    stranger.counter = client.counter + 1;
    for (int i = 0; i < 20; ++i) { CHECK(stranger.ping(tracker, at) != Verdict::taken); }
    CHECK(client.ping(tracker, at) == Verdict::known);
  }
  CHECK(tracker.peer().ipv4 == 1);
}

TEST_CASE("a client that moves is followed once its old address has been silent for three pings") {
  for (const std::uint32_t first : {0u, 1u}) {
    PeerTracker tracker(first);
    Pinger client{1};
    REQUIRE(client.ping(tracker, 0) == Verdict::taken);
    client.port = 5001;  // as after a NAT's rebinding
    for (const std::uint64_t at : {1, 2, 3}) { CHECK(client.ping(tracker, at) == Verdict::waiting); }
    CHECK(client.ping(tracker, 4) == Verdict::taken);
    client.address = 7;  // another network
    for (const std::uint64_t at : {5, 6, 7}) { CHECK(client.ping(tracker, at) == Verdict::waiting); }
    CHECK(client.ping(tracker, 8) == Verdict::taken);
    CHECK(client.ping(tracker, 9) == Verdict::known);
    CHECK(tracker.peer() == MediaPeer{7, 5001, 10});
  }
}

TEST_CASE("one ping from elsewhere, and another much later, are no client that moved") {
  PeerTracker tracker(0);
  Pinger client{1}, other{2, 5000, 1}, third{3, 5000, 1};
  REQUIRE(client.ping(tracker, 0) == Verdict::taken);
  CHECK(other.ping(tracker, 1) == Verdict::waiting);
  CHECK(other.ping(tracker, 30) == Verdict::waiting);
  CHECK(third.ping(tracker, 31) == Verdict::waiting);  // one at a time
  CHECK(third.ping(tracker, 34) == Verdict::waiting);  // the other one fell silent: from here on
  CHECK(third.ping(tracker, 35) == Verdict::waiting);
  CHECK(third.ping(tracker, 37) == Verdict::taken);
}

TEST_CASE("the first ping is expected from where the client asked; one from elsewhere must outlast it") {
  PeerTracker tracker(1);
  Pinger client{1}, stranger{2};
  CHECK(stranger.ping(tracker, 0) == Verdict::waiting);
  CHECK(stranger.ping(tracker, 1) == Verdict::waiting);
  CHECK(client.ping(tracker, 2) == Verdict::taken);
  PeerTracker behind_another_address(1);
  Pinger moved{2};
  for (const std::uint64_t at : {0, 1, 2}) { CHECK(moved.ping(behind_another_address, at) == Verdict::waiting); }
  CHECK(moved.ping(behind_another_address, 3) == Verdict::taken);
}

TEST_CASE("a forged counter far ahead does not make the client's own pings old") {
  PeerTracker tracker(0);
  Pinger client{1};
  REQUIRE(client.ping(tracker, 0) == Verdict::taken);
  CHECK(tracker.ping(1, 5000, 0xFFFFFFFF, ping_interval_ns) == Verdict::known);
  CHECK(client.ping(tracker, 2) == Verdict::known);
  CHECK(tracker.peer().ping_counter == client.counter);
}

TEST_CASE("pings forged in the client's name take it neither its address nor its voice") {
  PeerTracker tracker(0);
  Pinger client{1}, stranger{2, 6000};
  REQUIRE(client.ping(tracker, 0) == Verdict::taken);
  for (std::uint64_t at = 1; at < 40; ++at) {
    CHECK(client.ping(tracker, at) == Verdict::known);
    stranger.counter = client.counter + PeerTracker::max_counter_step;
    CHECK(tracker.ping(1, 5000, stranger.counter, at * ping_interval_ns) == Verdict::known);
    for (int i = 0; i < 5; ++i) { CHECK(stranger.ping(tracker, at) != Verdict::taken); }
  }
  CHECK(tracker.peer().ipv4 == 1);
}

TEST_CASE("clients without a counter are followed by silence alone") {
  PeerTracker tracker(1);
  CHECK(tracker.ping(1, 5000, std::nullopt, 0) == Verdict::taken);
  CHECK(tracker.ping(1, 5001, std::nullopt, ping_interval_ns) == Verdict::waiting);
  CHECK(tracker.ping(1, 5000, std::nullopt, ping_interval_ns) == Verdict::known);
  for (const std::uint64_t at : {2, 3, 4}) {
    CHECK(tracker.ping(1, 5001, std::nullopt, at * ping_interval_ns) == Verdict::waiting);
  }
  CHECK(tracker.ping(1, 5001, std::nullopt, 5 * ping_interval_ns) == Verdict::taken);
}

TEST_CASE("a repeated ping is counted and moves nothing; a client that moved gets what is sent") {
  const auto endpoint = open(config());
  const Client first, second;
  REQUIRE(meet(*endpoint, first));
  second.ping(*endpoint, 1);
  CHECK_FALSE(endpoint->read_pings(ping_interval_ns));
  CHECK(endpoint->stats().foreign_pings == 1);
  CHECK(endpoint->stats().last_foreign_ipv4 == inet_addr("127.0.0.1"));
  CHECK(endpoint->last_ping_ns() == 0);
  arrives(*endpoint, first, 200, 5);
  CHECK(second.receive(0).empty());
  for (std::uint32_t i = 1; i <= 4; ++i) {
    second.ping(*endpoint, 1 + i);
    CHECK(endpoint->read_pings((1 + i) * ping_interval_ns) == (i == 4));
  }
  CHECK(endpoint->last_ping_ns() == 5 * ping_interval_ns);
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
  endpoint->set_peer({inet_addr("127.0.0.1"), client.port, 12});
  CHECK(endpoint->has_peer());
  arrives(*endpoint, client, 300, 4);
}

TEST_CASE("a full buffer is counted and never waited for") {
  for (const bool gso : {true, false}) {
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
  for (std::size_t i = 0; i < 20; ++i) { CHECK(client.receive().at(0) == bytes[i * 1000]); }
  CHECK(endpoint->stats().would_block == 1);
}

TEST_CASE("what has no route is an error and done with") {
  const auto endpoint = open(config());
  endpoint->set_peer({inet_addr("255.255.255.255"), 9});  // broadcast without leave: EACCES
  const auto bytes = pattern(100, 3);
  CHECK(endpoint->send_run(bytes.data(), 100, 3) == 3);
  CHECK(endpoint->stats().errors > 0);
  CHECK(endpoint->stats().datagrams == 0);
}

TEST_CASE("what cannot be opened is named") {
  const auto refused = [](auto change) {
    UdpEndpointConfig c = config();
    change(c);
    return test::refusal(UdpEndpoint::open(c));
  };
  const auto first = open(config());
  CHECK(refused([&](UdpEndpointConfig& c) { c.port = first->port(); }) ==
        problem::port_taken(first->port(), config().bind_address));
  CHECK(refused([](UdpEndpointConfig& c) { c.bind_address = "192.0.2.1"; }) ==
        problem::address_unusable("192.0.2.1", "this machine has no such address"));
  CHECK(refused([](UdpEndpointConfig& c) { c.bind_address = "elsewhere"; }) ==
        problem::address_unusable("elsewhere", "it is not an IPv4 address"));
  CHECK(refused([](UdpEndpointConfig& c) { c.client_address = "::1"; }).code == ProblemCode::socket_unusable);
  CHECK(refused([](UdpEndpointConfig& c) { c.ping_payload = "short"; }).code == ProblemCode::socket_unusable);
  CHECK(bind_failure("0.0.0.0", 80, EACCES) == problem::port_forbidden(80));
  CHECK(bind_failure("0.0.0.0", 80, EMFILE) == problem::socket_unusable(std::strerror(EMFILE)));
}
