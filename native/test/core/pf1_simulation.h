// Both ends of a punktfunk/1 session with a simulated network between them, in virtual time.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <map>

#include "core/packet/bytes.h"
#include "core/session/pf1_client.h"
#include "core/session/pf1_host.h"
#include "impair/simulated_link.h"
#include "support.h"

namespace pf1_simulation {

using namespace punktfunk;
using namespace punktfunk::pf1;
using test::Bytes;

constexpr std::uint64_t ms = 1'000'000;

// The link, and nothing passes meanwhile.
inline Timeline with_outage(const LinkConfig& link, std::uint64_t from_ns, std::uint64_t to_ns) {
  LinkConfig down = link;
  down.down = true;
  return Timeline(std::vector<LinkStep>{{0, link}, {from_ns, down}, {to_ns, link}});
}

inline SessionSecret fresh_secret() {
  static std::uint64_t counter = 0x5E55104;
  SessionSecret secret{};
  store_u64_le(secret.data() + 8, counter++);
  return secret;
}

inline SessionConfig session_config() {
  SessionConfig config;
  config.secret = fresh_secret();
  config.datagram_bytes = 512;
  config.streams[0] = {40'000, 20, StreamKind::video};
  config.streams[1] = {1'000, 100, StreamKind::sound};
  return config;
}

// What the bytes of a frame are, so that nothing need be remembered.
inline Bytes content(std::size_t stream, std::uint32_t number, std::size_t bytes) {
  return test::Random(number * 4 + stream).bytes(bytes);
}

struct Simulation {
  Host host;
  Client client;
  SimulatedLink down, up;
  std::uint64_t now = 0;
  std::map<std::pair<std::size_t, std::uint32_t>, std::size_t> sent;  // size of each frame
  std::array<std::vector<std::uint32_t>, 2> delivered;
  std::vector<HostEvent> host_events;
  std::vector<ClientEvent> client_events;
  std::vector<std::uint64_t> sent_at_ns;
  std::uint64_t unclean = 0;
  bool idr_wanted = false;
  std::size_t picture_slices = 0;  // of a picture, a millisecond apart; 0 = whole

  Simulation(const SessionConfig& config, const Timeline& down_link, const Timeline& up_link, std::uint64_t seed)
      : host(config), client(config), down(down_link, seed), up(up_link, ~seed) {
    REQUIRE(host.status() == Status::ok);
    REQUIRE(client.status() == Status::ok);
  }

  void submit(std::size_t stream, std::size_t bytes, std::uint16_t flags = 0) {
    const std::uint32_t number = host.next_frame(stream);
    const Bytes frame = content(stream, number, bytes);
    const std::span<const std::uint8_t> slices[] = {std::span(frame).first(frame.size() / 2 + 1),
                                                    std::span(frame).subspan(frame.size() / 2 + 1)};
    REQUIRE(host.submit_frame(stream, std::span(slices).first(slices[1].empty() ? 1 : 2), {now, 5, flags}, now) ==
            Status::ok);
    sent[{stream, number}] = bytes;
  }

  // The same slice by slice, `gap_ns` apart: what there is leaves meanwhile.
  void submit_slices(std::size_t stream, std::size_t bytes, std::size_t count, std::uint64_t gap_ns,
                     std::uint16_t flags = 0, std::size_t expected_bytes = 0) {
    const std::uint32_t number = host.next_frame(stream);
    const Bytes frame = content(stream, number, bytes);
    REQUIRE(host.begin_frame(stream, expected_bytes == 0 ? bytes : expected_bytes, {now, 5, flags}, now) == Status::ok);
    CHECK(host.next_frame(stream) == number + 1);
    sent[{stream, number}] = bytes;
    count = std::min(count, bytes);
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t from = bytes * i / count, to = bytes * (i + 1) / count;
      REQUIRE(host.submit_slice(stream, std::span(frame).subspan(from, to - from), i + 1 == count) == Status::ok);
      if (i + 1 < count) { run_until(now + gap_ns); }
    }
  }

  void take_frame() {
    ClientFrame got;
    REQUIRE(client.next_frame(got) == Status::ok);
    CHECK(client.next_frame(got) == Status::again);
    const auto found = sent.find({got.stream, got.frame.number});
    REQUIRE(found != sent.end());
    const Bytes want = content(got.stream, got.frame.number, found->second);
    CHECK(std::equal(got.frame.bytes.begin(), got.frame.bytes.end(), want.begin(), want.end()));
    auto& numbers = delivered[got.stream];
    CHECK((numbers.empty() || numbers.back() < got.frame.number));
    numbers.push_back(got.frame.number);
    unclean += got.clean ? 0 : 1;
  }

  // Lets everything happen that is due until `until`.
  void run_until(std::uint64_t until) {
    Bytes bytes;
    std::span<const std::uint8_t> datagram;
    for (int guard = 0; guard < 10'000'000; ++guard) {
      while (host.poll_datagram(now, datagram) == Status::ok) {
        down.send(datagram, now);
        sent_at_ns.push_back(now);
      }
      while (down.receive(now, bytes)) {
        const Status status = client.feed_datagram(bytes, now);
        CHECK((status == Status::ok || status == Status::again || status == Status::replayed));
        if (status == Status::ok) { take_frame(); }
      }
      while (client.poll_datagram(now, datagram) == Status::ok) { up.send(datagram, now); }
      while (up.receive(now, bytes)) {
        const Status status = host.feed_datagram(bytes, now);
        CHECK((status == Status::ok || status == Status::replayed));
      }
      HostEvent host_event;
      while (host.poll_event(now, host_event) == Status::ok) {
        idr_wanted |= host_event.kind == HostEvent::Kind::recovery_wanted;
        host_events.push_back(host_event);
      }
      ClientEvent client_event;
      while (client.poll_event(now, client_event) == Status::ok) { client_events.push_back(client_event); }
      const std::uint64_t next = std::min({host.next_ns(), client.next_ns(), down.next_ns(), up.next_ns()});
      if (next > until) { break; }
      REQUIRE(next > now);
      now = next;
    }
    now = until;
  }

  // One picture interval: a video frame, an IDR when the client asked for recovery, and three packets of sound.
  void picture(std::size_t bytes) {
    const std::uint64_t start = now;
    const std::uint16_t flags = host.next_frame(0) == 1 || idr_wanted ? flag_idr : 0;
    idr_wanted = false;
    if (picture_slices == 0) {
      submit(0, bytes, flags);
    } else {
      submit_slices(0, bytes, picture_slices, ms, flags);
    }
    for (int i = 0; i < 3; ++i) {
      submit(1, 120);
      run_until(start + static_cast<std::uint64_t>(i + 1) * 5 * ms);
    }
    run_until(start + 16 * ms);
  }

  [[nodiscard]] std::size_t count(ClientEvent::Kind kind) const {
    return static_cast<std::size_t>(std::count_if(client_events.begin(), client_events.end(),
                                                  [&](const ClientEvent& e) { return e.kind == kind; }));
  }
  [[nodiscard]] std::size_t count(HostEvent::Kind kind) const {
    return static_cast<std::size_t>(
        std::count_if(host_events.begin(), host_events.end(), [&](const HostEvent& e) { return e.kind == kind; }));
  }
};

}  // namespace pf1_simulation
