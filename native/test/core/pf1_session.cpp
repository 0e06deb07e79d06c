// Both ends of punktfunk/1 over a simulated network: two thousand seeds, each a whole session in virtual time.
#include <doctest/doctest.h>

#include <cstdio>

#include "case_count.h"
#include "pf1_simulation.h"

using namespace pf1_simulation;

namespace {

Timeline random_link(test::Random& random) {
  LinkConfig link;
  link.delay_ns = random.below(60) * ms;
  link.jitter_ns = random.below(5) * ms;
  switch (random.below(5)) {
    case 0:
      break;
    case 1:
      link.loss = static_cast<double>(random.below(15)) / 100;
      break;
    case 2:
      link.bad_ends = 1.0 / static_cast<double>(2 + random.below(40));
      link.bad_begins = static_cast<double>(random.below(8)) / 100 * link.bad_ends;
      break;
    case 3:
      link.reorder = static_cast<double>(random.below(10)) / 100;
      link.reorder_ns = random.below(3) * ms;
      link.duplicate = static_cast<double>(random.below(10)) / 100;
      break;
    case 4:
      link.rate_bps = 5e6 + static_cast<double>(random.below(40)) * 1e6;
      link.queue_bytes = 5'000 + random.below(100'000);
      break;
  }
  if (random.below(6) == 0) {
    const std::uint64_t from = random.below(300) * ms;
    return with_outage(link, from, from + random.below(200) * ms);
  }
  return link;
}

// The commit that a failing seed belongs to.
std::string commit() {
  std::string out;
  if (std::FILE* git = popen("git -C " PUNKTFUNK_TESTDATA " rev-parse --short HEAD 2>/dev/null", "r")) {
    char line[64];
    if (std::fgets(line, sizeof line, git)) { out = line; }
    pclose(git);
  }
  return out.empty() ? "unknown" : out.substr(0, out.find('\n'));
}

}  // namespace

TEST_CASE("a clean network: every frame of both streams, at once, and the round trip is known") {
  LinkConfig link;
  link.delay_ns = 20 * ms;
  Simulation sim(session_config(), link, link, 1);
  for (int i = 0; i < 60; ++i) { sim.picture(6'000); }
  sim.run_until(sim.now + 100 * ms);
  CHECK(sim.delivered[0].size() == 60);
  CHECK(sim.delivered[1].size() == 180);
  CHECK(sim.unclean == 0);
  CHECK(sim.count(ClientEvent::Kind::frames_lost) == 0);
  CHECK(sim.count(HostEvent::Kind::feedback) >= 9);
  CHECK(sim.host.stats().rtt_ns == 40 * ms);
  CHECK(sim.host.stats().frames_cut == 0);
  CHECK(sim.client.stats().streams[0].frames_lost == 0);
  CHECK(sim.host_events.back().packet_loss == 0);
}

TEST_CASE(
    "many seeds of bad networks: nothing false comes out, and when the network heals the stream is whole "
    "again") {
  const std::string at_commit = commit();
  CAPTURE(at_commit);
  std::uint64_t video = 0, repaired = 0, lost = 0;
  for (std::uint64_t seed = 1; seed <= test::case_count(2000); ++seed) {
    CAPTURE(seed);
    test::Random random(seed);
    SessionConfig config = session_config();
    config.suite = seed % 2 ? AeadSuite::aes128_gcm : AeadSuite::chacha20_poly1305;
    config.streams[0].parity_percent = static_cast<unsigned>(random.below(50));
    config.spread = static_cast<double>(random.below(11)) / 10;
    Simulation sim(config, random_link(random), random_link(random), seed);
    sim.picture_slices = seed % 3 == 0 ? 1 + seed % 5 : 0;
    for (int i = 0; i < 25; ++i) { sim.picture(100 + random.below(random.below(5) == 0 ? 39'000 : 6'000)); }
    sim.run_until(sim.now + 400 * ms);
    const ClientStats stats = sim.client.stats();
    CHECK(stats.malformed == 0);
    CHECK(stats.not_authentic == 0);
    CHECK(stats.streams[0].frames == sim.delivered[0].size());
    CHECK(stats.streams[0].frames + stats.streams[0].frames_lost <= 25);
    CHECK(stats.datagrams == sim.down.stats().delivered);
    CHECK(sim.host.stats().datagrams == sim.down.stats().sent);
    CHECK(sim.host.stats().data_shards + sim.host.stats().parity_shards == sim.host.stats().datagrams);
    LinkConfig healed;
    healed.delay_ns = 5 * ms;
    sim.down.change(healed, sim.now);
    sim.up.change(healed, sim.now);
    for (int i = 0; i < 20; ++i) { sim.picture(2'000); }
    const std::uint64_t unclean = sim.unclean;
    const std::size_t delivered = sim.delivered[0].size();
    for (int i = 0; i < 3; ++i) { sim.picture(2'000); }
    CHECK(sim.delivered[0].size() == delivered + 3);
    CHECK(sim.unclean == unclean);
    video += stats.streams[0].frames;
    repaired += stats.streams[0].frames_repaired;
    lost += stats.streams[0].frames_lost;
    const LinkStats& down = sim.down.stats();
    if (down.lost + down.queue_dropped + down.outage_dropped == 0 && sim.host.stats().frames_cut == 0 &&
        stats.streams[0].late == 0) {
      CHECK(stats.streams[0].frames == 25);
    }
  }
  // The sweep was no walk in the park, nor a desert.
  CHECK(video > test::case_count(40'000));
  CHECK(repaired > test::case_count(2'000));
  CHECK(lost > test::case_count(1'000));
}

TEST_CASE("after an outage the client asks, the host sends a recovery point, the picture is clean again") {
  LinkConfig down;
  down.delay_ns = 10 * ms;
  LinkConfig up;
  up.delay_ns = 10 * ms;
  up.loss = 0.5;  // the request itself is lost now and then, and repeated
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    CAPTURE(seed);
    Simulation sim(session_config(), with_outage(down, 200 * ms, 260 * ms), up, seed);
    for (int i = 0; i < 60; ++i) { sim.picture(3'000); }
    CHECK(sim.count(ClientEvent::Kind::frames_lost) >= 1);
    CHECK(sim.count(HostEvent::Kind::recovery_wanted) >= 1);
    CHECK(sim.count(ClientEvent::Kind::recovered) >= 1);
    CHECK(sim.unclean >= 1);
    CHECK(sim.delivered[0].back() >= 59);
    ClientFrame frame;
    const std::uint64_t before = sim.unclean;
    for (int i = 0; i < 5; ++i) { sim.picture(3'000); }
    CHECK(sim.unclean == before);
  }
}

TEST_CASE("a large frame is paced, sound does not wait for it") {
  SessionConfig config = session_config();
  config.streams[0].max_frame_bytes = 400'000;
  config.max_rate_bps = 100e6;
  Simulation sim(config, {}, {}, 1);
  sim.submit(0, 200'000, flag_idr);
  sim.submit(1, 120);
  std::span<const std::uint8_t> datagram;
  REQUIRE(sim.host.poll_datagram(0, datagram) == Status::ok);
  CHECK(datagram[at_stream] == 1);
  sim.run_until(50 * ms);
  CHECK(sim.delivered[0].size() == 1);
  const double bytes = static_cast<double>(sim.host.stats().bytes);
  const auto took_ns = static_cast<double>(sim.sent_at_ns.back() - sim.sent_at_ns.front());
  CHECK(took_ns >= (bytes - 80 * 512) * 8e9 / 100e6);
  CHECK(took_ns < 25e6);
}

TEST_CASE("of a third frame waiting the oldest is cut, and the stream recovers") {
  SessionConfig config = session_config();
  config.max_rate_bps = 2e6;
  Simulation sim(config, {}, {}, 1);
  for (int i = 0; i < 4; ++i) { sim.submit(0, 30'000, flag_idr); }
  CHECK(sim.host.stats().frames_cut == 2);
  sim.run_until(1000 * ms);
  CHECK(sim.delivered[0] == std::vector<std::uint32_t>{3, 4});
}

TEST_CASE("what is sent of a frame before it is cut counts against the rate") {
  SessionConfig config = session_config();
  config.max_rate_bps = 2e6;
  Simulation sim(config, {}, {}, 1);
  sim.submit(0, 30'000, flag_idr);
  std::span<const std::uint8_t> datagram;
  for (int i = 0; i < 3; ++i) { REQUIRE(sim.host.poll_datagram(0, datagram) == Status::ok); }
  const std::uint64_t took_ns = 3 * datagram.size() * 8 * 500;  // at 2 Mbit/s
  sim.submit(0, 30'000, flag_idr);
  sim.submit(0, 30'000, flag_idr);
  CHECK(sim.host.stats().frames_cut == 1);
  CHECK(sim.host.poll_datagram(took_ns / 2, datagram) == Status::again);
  CHECK(sim.host.poll_datagram(took_ns + 1000, datagram) == Status::ok);
}

TEST_CASE("a request for recovery that nobody answers is repeated every 30 ms, ordinary feedback every 100") {
  LinkConfig up;
  up.loss = 1;
  Simulation sim(session_config(), with_outage({}, 200 * ms, 240 * ms), up, 1);
  while (sim.now < 190 * ms) { sim.picture(2'000); }
  const std::uint64_t calm = sim.client.stats().feedback;
  CHECK(calm >= 2);
  CHECK(calm <= 3);
  while (sim.now < 600 * ms) { sim.picture(2'000); }
  CHECK(sim.count(ClientEvent::Kind::frames_lost) >= 1);
  const std::uint64_t asking = sim.client.stats().feedback - calm;
  CHECK(asking >= 10);
  CHECK(asking <= 15);
}

TEST_CASE("silence of the other side is told once, and its return") {
  const Timeline silent = with_outage({}, 100 * ms, 5000 * ms);
  Simulation sim(session_config(), silent, {}, 1);
  for (int i = 0; i < 400; ++i) { sim.picture(500); }
  CHECK(sim.count(ClientEvent::Kind::host_silent) == 1);
  CHECK(sim.count(ClientEvent::Kind::host_back) == 1);
  CHECK(sim.count(HostEvent::Kind::client_silent) == 0);
  Simulation other(session_config(), {}, silent, 1);
  for (int i = 0; i < 400; ++i) { other.picture(500); }
  CHECK(other.count(HostEvent::Kind::client_silent) == 1);
  CHECK(other.count(HostEvent::Kind::client_back) == 1);
}

TEST_CASE("loss is measured and told to the host") {
  LinkConfig down;
  down.loss = 0.1;
  Simulation sim(session_config(), down, {}, 3);
  for (int i = 0; i < 300; ++i) { sim.picture(6'000); }
  double sum = 0, n = 0;
  for (const HostEvent& e : sim.host_events) {
    if (e.kind != HostEvent::Kind::feedback) { continue; }
    sum += e.packet_loss;
    n += 1;
  }
  CHECK(sum / n > 0.07);
  CHECK(sum / n < 0.13);
}

TEST_CASE("forged, foreign, changed and repeated datagrams are refused, counted, and disturb nothing") {
  Simulation sim(session_config(), {}, {}, 1), other(session_config(), {}, {}, 2);
  test::Random random(1);
  std::span<const std::uint8_t> datagram;
  std::uint64_t refused = 0;
  for (int i = 0; i < 30; ++i) {
    sim.submit(0, 3'000, i == 0 ? flag_idr : std::uint16_t{0});
    other.submit(0, 3'000);
    while (other.host.poll_datagram(other.now, datagram) == Status::ok) {
      CHECK(sim.client.feed_datagram(datagram, sim.now) == Status::not_authentic);
      CHECK(sim.host.feed_datagram(datagram, sim.now) == Status::not_authentic);
      ++refused;
    }
    while (sim.host.poll_datagram(sim.now, datagram) == Status::ok) {
      Bytes bytes(datagram.begin(), datagram.end());
      Bytes changed = bytes;
      changed[random.below(changed.size())] ^= static_cast<std::uint8_t>(1 + random.below(255));
      const Status status = sim.client.feed_datagram(changed, sim.now);
      CHECK((status == Status::not_authentic || status == Status::replayed));
      if (sim.client.feed_datagram(bytes, sim.now) == Status::ok) { sim.take_frame(); }
      CHECK(sim.client.feed_datagram(bytes, sim.now) == Status::replayed);
      CHECK(sim.client.feed_datagram(random.bytes(random.below(600)), sim.now) != Status::ok);
      CHECK(sim.host.feed_datagram(bytes, sim.now) == Status::not_authentic);
    }
    sim.now += 16 * ms;
    other.now = sim.now;
  }
  CHECK(sim.delivered[0].size() == 30);
  CHECK(sim.client.stats().not_authentic >= refused);
  CHECK(sim.host.stats().refused > 0);
}

TEST_CASE("a successor in another process goes on where the host stopped") {
  const SessionConfig config = session_config();
  Simulation sim(config, {}, {}, 1);
  for (int i = 0; i < 10; ++i) { sim.picture(2'000); }
  const std::size_t before = sim.delivered[0].size();
  SessionConfig next = config;
  CHECK(Host(next).status() == Status::exhausted);  // the same start again would repeat nonces
  next.first_epoch = static_cast<std::uint16_t>(sim.host.epoch() + 1);
  next.first_packet_number = sim.host.packet_number();
  next.first_frame = sim.host.next_frame(0);
  const std::uint32_t first = next.first_frame;
  // Each stream of the successor numbers from first_frame on; sound may skip some.
  next.first_frame = std::max(first, sim.host.next_frame(1));
  sim.host = Host(next);
  REQUIRE(sim.host.status() == Status::ok);
  sim.idr_wanted = true;
  for (int i = 0; i < 10; ++i) { sim.picture(2'000); }
  CHECK(sim.delivered[0].size() == before + 10);
}

TEST_CASE("sessions that cannot be are named by status") {
  const auto status_of = [](auto change) {
    SessionConfig config = session_config();
    change(config);
    const Status host = Host(config).status();
    CHECK(Client(config).status() == host);
    Host h(config);
    Client c(config);
    std::span<const std::uint8_t> datagram;
    CHECK(h.poll_datagram(0, datagram) != Status::ok);
    CHECK(c.poll_datagram(0, datagram) != Status::ok);
    ClientFrame frame;
    CHECK(c.next_frame(frame) != Status::ok);
    return host;
  };
  CHECK(status_of([](SessionConfig&) {}) == Status::ok);
  CHECK(status_of([](SessionConfig& c) { c.streams = {}; }) == Status::invalid_argument);
  CHECK(status_of([](SessionConfig& c) { c.datagram_bytes = 100; }) == Status::invalid_argument);
  CHECK(status_of([](SessionConfig& c) { c.streams[2] = {1000, 101, StreamKind::video}; }) == Status::invalid_argument);
  CHECK(status_of([](SessionConfig& c) { c.suite = static_cast<AeadSuite>(0); }) == Status::invalid_argument);
  CHECK(status_of([](SessionConfig& c) { c.first_frame = 0; }) == Status::invalid_argument);
  CHECK(status_of([](SessionConfig& c) { c.spread = 2; }) == Status::invalid_argument);
  CHECK(status_of([](SessionConfig& c) { c.frame_interval_ns = 0; }) == Status::invalid_argument);

  Host host(session_config());
  const Bytes bytes(2000, 1);
  const std::span<const std::uint8_t> slices[] = {bytes};
  CHECK(host.submit_frame(2, slices, {}, 0) == Status::invalid_argument);
  CHECK(host.submit_frame(9, slices, {}, 0) == Status::invalid_argument);
  CHECK(host.submit_frame(1, slices, {}, 0) == Status::invalid_argument);  // too large for that stream
  CHECK(host.submit_frame(0, {}, {}, 0) == Status::invalid_argument);
  CHECK(host.stats().frames == 0);
  CHECK(host.submit_frame(0, slices, {}, 0) == Status::ok);
}
