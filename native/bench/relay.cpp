#include "bench/relay.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>

#include "base/clock.h"
#include "impair/link_words.h"
#include "impair/relay.h"
#include "impair/udp_batch.h"

namespace bench {

namespace {

using punktfunk::monotonic_ns;
using punktfunk::Relay;
using punktfunk::RelayStats;
using punktfunk::UniqueFd;

constexpr std::size_t packet_bytes = 1392;
constexpr std::size_t run_packets = 32;
constexpr int patience_ms = 2000;
const char* const loopback = "127.0.0.1";

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "the relay's benchmark: %s\n", what.c_str());
  std::exit(1);
}

UniqueFd open_end() {
  auto opened = punktfunk::open_udp(loopback, 0);
  if (!opened) { fail(opened.error()); }
  return std::move(*opened);
}

sockaddr_in address_of(const UniqueFd& fd) {
  sockaddr_in bound{};
  socklen_t size = sizeof bound;
  if (getsockname(fd.get(), reinterpret_cast<sockaddr*>(&bound), &size) != 0) { fail("no socket"); }
  return bound;
}

// A host that sends and a client that receives, with the relay between them.
struct Path {
  UniqueFd client = open_end(), host = open_end();
  std::unique_ptr<Relay> relay;
  sockaddr_in seen{};  // where the host sees the client

  explicit Path(const char* words) {
    sockaddr_in listen;
    {
      const UniqueFd any = open_end();
      listen = address_of(any);
    }
    const auto link = punktfunk::parse_link(words);
    if (!link) { fail(link.error()); }
    const std::uint16_t port = ntohs(listen.sin_port);
    auto started = Relay::start({.listen_address = loopback,
                                 .host_address = loopback,
                                 .first_port = port,
                                 .last_port = port,
                                 .host_first_port = ntohs(address_of(host).sin_port),
                                 .down = *link});
    if (!started) { fail(started.error()); }
    relay = std::move(*started);
    const char hello = 1;
    pollfd wait{host.get(), POLLIN, 0};
    socklen_t size = sizeof seen;
    char got;
    if (sendto(client.get(), &hello, 1, 0, reinterpret_cast<const sockaddr*>(&listen), sizeof listen) != 1 ||
        poll(&wait, 1, patience_ms) != 1 ||
        recvfrom(host.get(), &got, 1, 0, reinterpret_cast<sockaddr*>(&seen), &size) != 1) {
      fail("nothing passes");
    }
  }
};

struct Load {
  double packets_per_core_s = 0, ns_a_packet = 0, passed_share = 0;
};

// Sends as one host does, in runs, so many packets; what the relay's thread needed for each.
Load load(const char* words, std::size_t packets) {
  Path path(words);
  punktfunk::UdpWriter writer(true);
  punktfunk::UdpReader reader;
  const std::vector<std::uint8_t> bytes(packet_bytes, 7);
  std::array<std::span<const std::uint8_t>, run_packets> run;
  run.fill(bytes);
  std::size_t arrived = 0;
  const auto drain = [&] {
    while (reader.read(path.client.get(), [&](auto, const sockaddr_in&) { ++arrived; })) {}
  };
  const std::uint64_t cpu_before = path.relay->stats().thread_cpu_ns;
  for (std::size_t sent = 0; sent < packets; sent += run_packets) {
    writer.write(path.host.get(), &path.seen, run);
    drain();
    // No further ahead than any socket's buffer holds: what is lost there says nothing about the relay.
    while (path.relay->stats().down.sent + 4 * run_packets < sent) {
      pollfd wait{path.client.get(), POLLIN, 0};
      poll(&wait, 1, 1);
      drain();
    }
  }
  pollfd wait{path.client.get(), POLLIN, 0};
  while (arrived < packets && poll(&wait, 1, 200) == 1) { drain(); }
  const double cpu_ns = static_cast<double>(path.relay->stats().thread_cpu_ns - cpu_before);
  const double each_ns = cpu_ns / static_cast<double>(packets);
  return {1e9 / each_ns, each_ns, static_cast<double>(arrived) / static_cast<double>(packets)};
}

// From the host's send to the client's receive, one packet at a time, us, rising.
std::vector<double> latencies(int from, const sockaddr_in& to, int at, std::size_t count) {
  std::vector<double> took_us;
  std::array<std::uint8_t, packet_bytes> bytes{};
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t sent = monotonic_ns();
    pollfd wait{at, POLLIN, 0};
    if (sendto(from, bytes.data(), bytes.size(), 0, reinterpret_cast<const sockaddr*>(&to), sizeof to) < 0 ||
        poll(&wait, 1, patience_ms) != 1 || recv(at, bytes.data(), bytes.size(), 0) < 0) {
      fail("a packet was lost");
    }
    took_us.push_back(static_cast<double>(monotonic_ns() - sent) / 1e3);
    poll(nullptr, 0, 1);  // an idle relay, asleep each time
  }
  std::sort(took_us.begin(), took_us.end());
  return took_us;
}

void report(std::vector<Result>& results, const char* what, const std::string& who, std::vector<double> values,
            const char* unit) {
  std::sort(values.begin(), values.end());
  const bool more = std::string(unit) == "packets/s";
  results.push_back(
      {what, who, "", 1, 0, packet_bytes, values[values.size() / 2], more ? values.back() : values.front(), unit});
}

}  // namespace

void bench_relay(std::vector<Result>& results, int rounds) {
  constexpr std::size_t packets = 200'000, pings = 2000;
  for (const char* const words : {"clean", "loss=1% delay=20ms jitter=5ms"}) {
    std::vector<double> rate, each;
    for (int round = 0; round < rounds; ++round) {
      const Load one = load(words, packets);
      rate.push_back(one.packets_per_core_s);
      each.push_back(one.ns_a_packet);
    }
    report(results, "relay, of one core", words, each, "ns");
    report(results, "relay, by one core", words, rate, "packets/s");
  }
  std::vector<double> p50, p99, direct_p50, direct_p99;
  for (int round = 0; round < rounds; ++round) {
    Path path("clean");
    const auto relayed = latencies(path.host.get(), path.seen, path.client.get(), pings);
    const auto direct = latencies(path.host.get(), address_of(path.client), path.client.get(), pings);
    p50.push_back(relayed[pings / 2]);
    p99.push_back(relayed[pings * 99 / 100]);
    direct_p50.push_back(direct[pings / 2]);
    direct_p99.push_back(direct[pings * 99 / 100]);
  }
  report(results, "one packet's way, idle", "through the relay, p50", p50, "us");
  report(results, "one packet's way, idle", "through the relay, p99", p99, "us");
  report(results, "one packet's way, idle", "without it, p50", direct_p50, "us");
  report(results, "one packet's way, idle", "without it, p99", direct_p99, "us");
}

}  // namespace bench
