#include "impair/relay.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <stop_token>
#include <vector>

#include "base/clock.h"
#include "base/poll_until.h"
#include "base/unique_fd.h"
#include "base/worker.h"
#include "impair/simulated_link.h"
#include "impair/udp_batch.h"

namespace punktfunk {

namespace {

constexpr std::uint64_t client_silence_ns = 1'000'000'000;
constexpr std::size_t send_batch = 128;
constexpr int most_reads = 8;  // of one socket, before what is due elsewhere has its turn

bool is_same(const sockaddr_in& a, const sockaddr_in& b) {
  return a.sin_addr.s_addr == b.sin_addr.s_addr && a.sin_port == b.sin_port;
}

// One port: the socket that its client sends to, and one of ours, new for each client, that the host knows.
struct Route {
  UniqueFd client_side, host_side;
  sockaddr_in host{}, client{};
  std::uint64_t client_heard_ns = 0;
  std::uint32_t clients = 0;  // so far; what was meant for one before is not for this one
  KernelDrops client_side_drops, host_side_drops;
};

// Of a datagram on its way: where it goes, and for which of a port's clients it is.
std::uint64_t tag_of(std::size_t route, std::uint32_t client) {
  return std::uint64_t{client} << 32 | route;
}

class ThreadedRelay final : public Relay {
 public:
  ThreadedRelay(const RelayConfig& config, std::vector<Route> routes)
      : routes_(std::move(routes)),
        links_{SimulatedLink(config.down, config.seed), SimulatedLink(config.up, ~config.seed)},
        writer_(config.gso) {
    const std::uint64_t now = monotonic_ns();
    links_[0].change(config.down, now);
    links_[1].change(config.up, now);
  }

  bool begin() {
    if (!worker_.ok()) { return false; }
    worker_.start("pf-relay", [this](const std::stop_token& stop) { run(stop); });
    return true;
  }

  void change(Direction direction, const Timeline& timeline) override {
    const std::lock_guard lock(mutex_);
    link(direction).change(timeline, monotonic_ns());
  }

  RelayStats stats() const override {
    const std::lock_guard lock(mutex_);
    RelayStats result = stats_;
    result.down = links_[0].stats();
    result.up = links_[1].stats();
    for (const Route& route : routes_) {
      result.kernel_drops += route.client_side_drops.sum() + route.host_side_drops.sum();
    }
    return result;
  }

 private:
  SimulatedLink& link(Direction direction) { return links_[static_cast<std::size_t>(direction)]; }

  void run(const std::stop_token& stop) {
    prctl(PR_SET_TIMERSLACK, 1);  // ns: a wait ends when something is due, not up to 50 us later
    // Where this process may: it is not to wait for what it measures.
    const sched_param first{.sched_priority = 1};
    sched_setscheduler(0, SCHED_FIFO, &first);
    std::vector<pollfd> waits;
    while (!stop.stop_requested()) {
      waits.assign(1, {worker_.wake().fd(), POLLIN, 0});
      for (const Route& route : routes_) {
        waits.push_back({route.client_side.get(), POLLIN, 0});
        waits.push_back({route.host_side.get(), POLLIN, 0});  // below 0 where there is none, which poll() passes over
      }
      // Only this thread sends: what is due next cannot come nearer while it waits.
      poll_until(waits, std::min(links_[0].next_ns(), links_[1].next_ns()));
      if (waits[0].revents != 0) { worker_.wake().clear(); }
      const std::lock_guard lock(mutex_);
      for (std::size_t i = 0; i < routes_.size(); ++i) {
        // The host's first: a new client makes that socket a new one.
        if (waits[2 + 2 * i].revents != 0) { read_host(i); }
        if (waits[1 + 2 * i].revents != 0) { read_client(i); }
      }
      deliver(Direction::down);
      deliver(Direction::up);
      stats_.thread_cpu_ns = thread_cpu_ns();
    }
  }

  void read_client(std::size_t index) {
    Route& route = routes_[index];
    for (int reads = 0; reads < most_reads; ++reads) {
      const std::uint64_t now = monotonic_ns();
      const bool more = reader_.read(route.client_side.get(), [&](auto datagram, const sockaddr_in& from) {
        if (!is_client(route, from, now)) {
          ++stats_.strangers;
          return;
        }
        link(Direction::up).send(datagram, now, tag_of(index, route.clients));
      });
      if (!more) { break; }
      route.client_side_drops.told(reader_.kernel_drops());
    }
  }

  void read_host(std::size_t index) {
    Route& route = routes_[index];
    for (int reads = 0; reads < most_reads; ++reads) {
      const std::uint64_t now = monotonic_ns();
      const bool more = reader_.read(route.host_side.get(), [&](auto datagram, const sockaddr_in&) {
        link(Direction::down).send(datagram, now, tag_of(index, route.clients));
      });
      if (!more) { break; }
      route.host_side_drops.told(reader_.kernel_drops());
    }
  }

  // The first that sends to a port has it, until it is silent.
  static bool is_client(Route& route, const sockaddr_in& from, std::uint64_t now) {
    if (route.clients == 0 || !is_same(route.client, from)) {
      if (route.clients != 0 && now - route.client_heard_ns < client_silence_ns) { return false; }
      auto fresh = open_udp("0.0.0.0", 0);
      // Connected, so that nobody else's datagrams come in.
      if (!fresh || connect(fresh->get(), reinterpret_cast<const sockaddr*>(&route.host), sizeof route.host) != 0) {
        return false;
      }
      route.host_side = std::move(*fresh);
      route.host_side_drops.begin_socket();
      route.client = from;
      ++route.clients;
    }
    route.client_heard_ns = now;
    return true;
  }

  void deliver(Direction direction) {
    Arrived due[send_batch];
    std::span<const std::uint8_t> run[send_batch];
    for (;;) {
      const std::size_t count = link(direction).take(monotonic_ns(), due);
      for (std::size_t from = 0; from < count;) {
        std::size_t length = 0;
        while (from + length < count && due[from + length].tag == due[from].tag) {
          run[length] = due[from + length].bytes;
          ++length;
        }
        send(direction, due[from].tag, {run, length});
        const std::uint64_t now = monotonic_ns();
        for (std::size_t i = 0; i < length; ++i) { stats_.late.add(now - due[from + i].at_ns); }
        from += length;
      }
      if (count < send_batch) { return; }
    }
  }

  void send(Direction direction, std::uint64_t tag, std::span<const std::span<const std::uint8_t>> datagrams) {
    Route& route = routes_[static_cast<std::uint32_t>(tag)];
    if (tag >> 32 != route.clients) { return; }  // of a client that is gone
    const bool up = direction == Direction::up;
    const int fd = up ? route.host_side.get() : route.client_side.get();
    stats_.unsent += datagrams.size() - writer_.write(fd, up ? nullptr : &route.client, datagrams);
  }

  std::vector<Route> routes_;
  mutable std::mutex mutex_;
  SimulatedLink links_[2];
  UdpReader reader_;
  UdpWriter writer_;
  RelayStats stats_;
  Worker worker_;
};

}  // namespace

Result<std::unique_ptr<Relay>, std::string> Relay::start(const RelayConfig& config) {
  sockaddr_in host{};
  host.sin_family = AF_INET;
  if (inet_pton(AF_INET, config.host_address.c_str(), &host.sin_addr) != 1) {
    return "The host's address is an IPv4 address, not \"" + config.host_address + "\".";
  }
  if (config.first_port == 0 || config.last_port < config.first_port) {
    return std::string("There are no ports to relay: the first is above 0 and not above the last.");
  }
  const std::uint16_t host_first = config.host_first_port != 0 ? config.host_first_port : config.first_port;
  std::vector<Route> routes;
  for (unsigned port = config.first_port; port <= config.last_port; ++port) {
    auto opened = open_udp(config.listen_address, static_cast<std::uint16_t>(port));
    if (!opened) { return opened.error(); }
    Route route{.client_side = std::move(*opened), .host = host};
    route.host.sin_port = htons(static_cast<std::uint16_t>(host_first + (port - config.first_port)));
    routes.push_back(std::move(route));
  }
  auto relay = std::make_unique<ThreadedRelay>(config, std::move(routes));
  if (!relay->begin()) { return std::string("The relay cannot run: this process has no file descriptors left."); }
  return std::unique_ptr<Relay>(std::move(relay));
}

}  // namespace punktfunk
