// The relay on sockets of this machine: a client and a host that tell what reached them.
#include "impair/relay.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sys/socket.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <map>
#include <optional>
#include <set>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "impair/simulated_link.h"
#include "impair/udp_batch.h"

using namespace punktfunk;

namespace {

constexpr std::uint64_t ms = 1'000'000;
constexpr int patience_ms = 60'000;  // of a busy machine
const char* const loopback = "127.0.0.1";

// A socket of a client or a host.
struct End {
  UniqueFd fd;
  std::uint16_t port = 0;

  explicit End(std::uint16_t wanted = 0) {
    auto opened = open_udp(loopback, wanted);
    REQUIRE(opened);
    fd = std::move(*opened);
    const int off = 0;
    setsockopt(fd.get(), SOL_UDP, UDP_GRO, &off, sizeof off);
    sockaddr_in bound{};
    socklen_t size = sizeof bound;
    REQUIRE(getsockname(fd.get(), reinterpret_cast<sockaddr*>(&bound), &size) == 0);
    port = ntohs(bound.sin_port);
  }

  void send(std::uint16_t to, std::uint32_t number, std::size_t bytes = 100) const {
    std::vector<std::uint8_t> datagram(bytes);
    std::memcpy(datagram.data(), &number, sizeof number);
    const sockaddr_in there = address(to);
    REQUIRE(sendto(fd.get(), datagram.data(), bytes, 0, reinterpret_cast<const sockaddr*>(&there), sizeof there) ==
            static_cast<ssize_t>(bytes));
  }

  struct Got {
    std::uint32_t number;
    std::size_t bytes;
    std::uint16_t from;
  };
  // The next datagram; none within the time.
  [[nodiscard]] std::optional<Got> receive(int wait_ms = patience_ms) const {
    pollfd wait{fd.get(), POLLIN, 0};
    if (poll(&wait, 1, wait_ms) != 1) { return std::nullopt; }
    std::uint8_t datagram[2048];
    sockaddr_in from{};
    socklen_t size = sizeof from;
    const ssize_t bytes = recvfrom(fd.get(), datagram, sizeof datagram, 0, reinterpret_cast<sockaddr*>(&from), &size);
    REQUIRE(bytes >= 4);
    Got got{0, static_cast<std::size_t>(bytes), ntohs(from.sin_port)};
    std::memcpy(&got.number, datagram, sizeof got.number);
    return got;
  }

  static sockaddr_in address(std::uint16_t port) {
    sockaddr_in there{};
    there.sin_family = AF_INET;
    there.sin_port = htons(port);
    inet_pton(AF_INET, loopback, &there.sin_addr);
    return there;
  }
};

// A port that is free now.
std::uint16_t free_port() {
  return End().port;
}

struct Rig {
  End client, host;
  std::uint16_t port = free_port();
  std::unique_ptr<Relay> relay;

  explicit Rig(const Timeline& down = {}, const Timeline& up = {}, std::uint64_t seed = 1, bool gso = true) {
    auto started = Relay::start({.listen_address = loopback,
                                 .host_address = loopback,
                                 .first_port = port,
                                 .last_port = port,
                                 .host_first_port = host.port,
                                 .seed = seed,
                                 .down = down,
                                 .up = up,
                                 .gso = gso});
    REQUIRE_MESSAGE(started, (started ? std::string() : started.error()));
    relay = std::move(*started);
  }

  // The client says hello; where the host sees it.
  std::uint16_t open() {
    client.send(port, 0);
    const auto hello = host.receive();
    REQUIRE(hello);
    return hello->from;
  }

  // Until the relay says so of its counts.
  void until(const std::function<bool(const RelayStats&)>& reached) const {
    const std::int64_t end = monotonic_ms() + patience_ms;
    while (!reached(relay->stats())) {
      REQUIRE(monotonic_ms() < end);
      poll(nullptr, 0, 1);
    }
  }
};

LinkConfig losing(double loss) {
  LinkConfig link;
  link.loss = loss;
  return link;
}

}  // namespace

TEST_CASE("datagrams of any size pass in both directions, whole and in order") {
  for (const bool gso : {true, false}) {
    CAPTURE(gso);
    Rig rig({}, {}, 1, gso);
    const std::uint16_t seen = rig.open();
    CHECK(seen != rig.client.port);
    for (std::uint32_t i = 1; i <= 200; ++i) { rig.host.send(seen, i, i % 3 == 0 ? 1400 : 4 + i); }
    for (std::uint32_t i = 1; i <= 200; ++i) {
      const auto got = rig.client.receive();
      REQUIRE(got);
      CHECK(got->number == i);
      CHECK(got->bytes == (i % 3 == 0 ? 1400 : 4 + i));
      CHECK(got->from == rig.port);
    }
    rig.client.send(rig.port, 77, 1200);
    const auto back = rig.host.receive();
    REQUIRE(back);
    CHECK(back->number == 77);
    CHECK(back->from == seen);
  }
}

TEST_CASE("which are lost is what the model says of the seed") {
  Rig rig(losing(0.05), {}, 42);
  const std::uint16_t seen = rig.open();
  constexpr std::uint32_t count = 5000;
  LinkModel model(losing(0.05), 42);
  std::set<std::uint32_t> due;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (model.decide(100, 0).copies > 0) { due.insert(i); }
    rig.host.send(seen, i);
    // One at a time is enough for the buffers of any machine.
    if (i % 64 == 63) {
      rig.until([&](const RelayStats& s) { return s.down.sent > i; });
    }
  }
  rig.until([](const RelayStats& s) { return s.down.sent == count; });
  std::set<std::uint32_t> got;
  while (got.size() < due.size()) {
    const auto next = rig.client.receive();
    REQUIRE(next);
    got.insert(next->number);
  }
  CHECK(got == due);
  CHECK_FALSE(rig.client.receive(0));
  const RelayStats stats = rig.relay->stats();
  CHECK(stats.down.lost == count - due.size());
  CHECK(stats.kernel_drops == 0);
  CHECK(stats.unsent == 0);
}

TEST_CASE("what a port's earlier sockets lost stays counted") {
  KernelDrops drops;
  drops.told(0);
  drops.told(3);
  drops.told(5);
  drops.begin_socket();  // a new client
  CHECK(drops.sum() == 5);
  drops.told(2);
  CHECK(drops.sum() == 7);
  drops.told(0xFFFFFFFFu);
  drops.told(1);  // beyond 32 bits
  CHECK(drops.sum() == 5 + 0x100000001ull);
}

TEST_CASE("each direction has a link and chances of its own") {
  Rig rig(losing(0.5), losing(0.5), 7);
  constexpr std::uint32_t count = 200;
  std::uint16_t seen = 0;
  std::set<std::uint32_t> up;
  for (std::uint32_t i = 0; i < count; ++i) {
    rig.client.send(rig.port, i);
    rig.until([&](const RelayStats& s) { return s.up.sent == i + 1; });
  }
  rig.until([](const RelayStats& s) { return s.up.lost + s.up.delivered == count; });
  while (const auto got = rig.host.receive(up.size() < rig.relay->stats().up.delivered ? patience_ms : 0)) {
    up.insert(got->number);
    seen = got->from;
  }
  std::set<std::uint32_t> down;
  for (std::uint32_t i = 0; i < count; ++i) {
    rig.host.send(seen, i);
    rig.until([&](const RelayStats& s) { return s.down.sent == i + 1; });
  }
  rig.until([](const RelayStats& s) { return s.down.lost + s.down.delivered == count; });
  while (const auto got = rig.client.receive(down.size() < rig.relay->stats().down.delivered ? patience_ms : 0)) {
    down.insert(got->number);
  }
  for (const auto& came : {up, down}) {
    CHECK(came.size() > count / 4);
    CHECK(came.size() < count * 3 / 4);
  }
  CHECK(up != down);

  Rig one_way({}, losing(1), 7);
  one_way.client.send(one_way.port, 1);
  one_way.until([](const RelayStats& s) { return s.up.lost == 1; });
}

TEST_CASE("where the kernel refuses runs of datagrams they go one by one") {
  const End from, to;
  const int on = 1;
  // Without checksums there is no UDP_SEGMENT (udp_send_skb of Linux).
  REQUIRE(setsockopt(from.fd.get(), SOL_SOCKET, SO_NO_CHECK, &on, sizeof on) == 0);
  const std::vector<std::uint8_t> datagram(100);
  const std::vector<std::span<const std::uint8_t>> run(10, datagram);
  const sockaddr_in there = End::address(to.port);
  UdpWriter writer(true);
  CHECK(writer.write(from.fd.get(), &there, run) == 10);
  CHECK_FALSE(writer.gso());
  for (std::size_t i = 0; i < run.size(); ++i) { CHECK(to.receive()); }
}

TEST_CASE("nothing arrives before its delay") {
  LinkConfig slow;
  slow.delay_ns = 30 * ms;
  Rig rig(slow, {});
  const std::uint16_t seen = rig.open();
  for (std::uint32_t i = 0; i < 20; ++i) {
    const std::uint64_t sent = monotonic_ns();
    rig.host.send(seen, i);
    REQUIRE(rig.client.receive());
    CHECK(monotonic_ns() - sent >= 30 * ms);
  }
  CHECK(rig.relay->stats().late.count() == 21);
}

TEST_CASE("the link changes while datagrams pass: an outage, and after it everything again") {
  Rig rig;
  const std::uint16_t seen = rig.open();
  LinkConfig down;
  down.down = true;
  rig.relay->change(Direction::down, down);
  rig.host.send(seen, 1);
  rig.until([](const RelayStats& s) { return s.down.outage_dropped == 1; });
  rig.client.send(rig.port, 2);  // the other direction is as it was
  CHECK(rig.host.receive());
  rig.relay->change(Direction::down, LinkConfig{});
  rig.host.send(seen, 3);
  const auto got = rig.client.receive();
  REQUIRE(got);
  CHECK(got->number == 3);
}

TEST_CASE("a flood of strangers reaches nobody, and the client goes on") {
  Rig rig;
  const std::uint16_t seen = rig.open();
  const End stranger;
  for (std::uint32_t i = 0; i < 500; ++i) {
    stranger.send(rig.port, 1'000'000 + i);
    if (i % 50 == 0) { rig.client.send(rig.port, i); }
  }
  for (std::uint32_t i = 0; i < 500; i += 50) {
    const auto got = rig.host.receive();
    REQUIRE(got);
    CHECK(got->number == i);
  }
  rig.until([](const RelayStats& s) { return s.strangers == 500; });
  CHECK(rig.relay->stats().up.sent == 11);
  // Nor does one who knows where the host sees us: that socket hears the host alone.
  stranger.send(seen, 9);
  rig.host.send(seen, 10);
  const auto got = rig.client.receive();
  REQUIRE(got);
  CHECK(got->number == 10);
}

TEST_CASE("a client that is silent loses its place to the next, which the host sees as another") {
  LinkConfig slow;
  slow.delay_ns = 1500 * ms;
  Rig rig;
  const std::uint16_t seen = rig.open();
  rig.relay->change(Direction::down, slow);
  rig.host.send(seen, 1);  // still on its way when its client is gone
  rig.until([](const RelayStats& s) { return s.down.sent == 1; });
  const End next;
  std::optional<End::Got> hello;
  for (std::uint32_t tries = 0; !hello && tries < 600; ++tries) {
    next.send(rig.port, 5);
    hello = rig.host.receive(100);
  }
  REQUIRE(hello);
  CHECK(hello->number == 5);
  CHECK(hello->from != seen);
  rig.relay->change(Direction::down, LinkConfig{});
  rig.until([](const RelayStats& s) { return s.down.delivered == 1; });
  rig.host.send(hello->from, 6);
  const auto got = next.receive();
  REQUIRE(got);
  CHECK(got->number == 6);
}

TEST_CASE("a host that is not there yet, or is gone, ends nothing") {
  Rig rig;
  { const End gone = std::move(rig.host); }
  for (std::uint32_t i = 0; i < 5; ++i) { rig.client.send(rig.port, i); }
  rig.until([](const RelayStats& s) { return s.up.delivered == 5; });
  // Another program has its port now.
  const auto port = rig.host.port;
  rig.host = End(port);
  std::optional<End::Got> got;
  for (std::uint32_t tries = 0; !got && tries < 600; ++tries) {
    rig.client.send(rig.port, 50);
    got = rig.host.receive(100);
  }
  CHECK(got);
}

TEST_CASE("several ports are several routes over one link") {
  const std::uint16_t first = [] {  // three free ones in a row
    for (;;) {
      const std::uint16_t port = free_port();
      if (port < 65'000 && open_udp(loopback, port + 1) && open_udp(loopback, port + 2)) { return port; }
    }
  }();
  const End client_a, client_b;
  auto relay = Relay::start({.listen_address = loopback,
                             .host_address = "127.0.0.3",
                             .first_port = first,
                             .last_port = static_cast<std::uint16_t>(first + 2)});
  REQUIRE(relay);
  const auto host_a = open_udp("127.0.0.3", first), host_b = open_udp("127.0.0.3", first + 2);
  REQUIRE(host_a);
  REQUIRE(host_b);
  client_a.send(first, 1);
  client_b.send(first + 2, 2);
  for (const auto& [fd, number] : {std::pair{host_a->get(), 1u}, {host_b->get(), 2u}}) {
    pollfd wait{fd, POLLIN, 0};
    REQUIRE(poll(&wait, 1, patience_ms) == 1);
    std::uint32_t got = 0;
    REQUIRE(recv(fd, &got, sizeof got, 0) == sizeof got);
    CHECK(got == number);
  }
  CHECK((*relay)->stats().up.sent == 2);
}

TEST_CASE("what cannot be is said: a port that is taken, addresses that are none, ports that are none") {
  const End taken;
  const auto sentence = [](const RelayConfig& config) {
    const auto started = Relay::start(config);
    return started ? std::string("it started") : started.error();
  };
  RelayConfig config{
      .listen_address = loopback, .host_address = loopback, .first_port = taken.port, .last_port = taken.port};
  CHECK(sentence(config) ==
        "UDP port " + std::to_string(taken.port) + " of 127.0.0.1 cannot be opened: Address already in use.");
  config.listen_address = "localhost";
  CHECK(sentence(config) == "\"localhost\" is not an IPv4 address.");
  config.listen_address = "192.0.2.1";
  CHECK(sentence(config).ends_with("of 192.0.2.1 cannot be opened: Cannot assign requested address."));
  config.host_address = "host";
  CHECK(sentence(config) == "The host's address is an IPv4 address, not \"host\".");
  config = {.listen_address = loopback, .host_address = loopback, .first_port = 5, .last_port = 4};
  CHECK(sentence(config) == "There are no ports to relay: the first is above 0 and not above the last.");
}
