// Peers that hold the secret and lie, and a host that forgets what it has sent.
#include <sys/wait.h>
#include <unistd.h>

#include "pf1_simulation.h"
#include "test/thread_allocations.h"

using namespace pf1_simulation;

namespace {

SessionConfig largest_datagrams() {
  SessionConfig config;
  config.secret = fresh_secret();
  config.datagram_bytes = max_datagram_bytes;
  config.streams[0] = {100'000, 20, StreamKind::video};
  return config;
}

}  // namespace

TEST_CASE("a peer that claims 65535 shards of 9216 bytes is refused, and costs no memory") {
  const SessionConfig config = largest_datagrams();
  Client client(config);
  PacketSealer liar({config.suite, config.secret, Direction::host_to_client, 0, 0});
  Bytes packet(max_datagram_bytes - aead_tag_bytes), datagram(max_datagram_bytes);
  const std::size_t before = punktfunk::thread_allocations();
  std::uint64_t sent = 0;
  bool refused = true;
  for (std::uint32_t frame = 1; frame <= 20; ++frame) {
    for (const std::uint16_t data : {1, 14, 90, 65534, 65535}) {
      for (const std::uint16_t parity : {0, 1, 23, 65535}) {
        for (const std::uint16_t index : {0, 1, 65534, 65535}) {
          const bool within = data <= frame_bounds(max_datagram_bytes, 100'000, 20).data_shards &&
                              parity <= frame_bounds(max_datagram_bytes, 100'000, 20).parity_shards;
          if (within) { continue; }
          packet[at_kind] = kind_byte(sent % 2 ? Kind::parity : Kind::data);
          store_u32_le(packet.data() + at_frame, frame);
          std::uint8_t* const shard = packet.data() + packet_header_bytes;
          store_u16_le(shard + at_index, index);
          store_u16_le(shard + at_data_shards, data);
          store_u16_le(shard + at_parity_shards, parity);
          refused &= liar.seal(packet, datagram) == Status::ok;
          refused &= client.feed_datagram(datagram, sent) == Status::malformed;
          ++sent;
        }
      }
    }
  }
  const std::size_t during = punktfunk::thread_allocations() - before;
  CHECK(refused);
  CHECK(sent > 1000);
  CHECK(during == 0);
  CHECK(client.stats().malformed == sent);
  CHECK(client.stats().streams[0].frames_lost == 0);

  // Nothing is disturbed: an honest host goes on where the other one stopped.
  SessionConfig next = config;
  next.first_epoch = 1;
  next.first_packet_number = sent;
  Host host(next);
  const Bytes bytes = content(0, 1, 90'000);
  const std::span<const std::uint8_t> slices[] = {bytes};
  REQUIRE(host.submit_frame(0, slices, {0, 0, flag_idr}, sent) == Status::ok);
  std::span<const std::uint8_t> out;
  ClientFrame frame;
  for (std::uint64_t now = sent; now < sent + 20 * ms; now += ms / 10) {
    while (host.poll_datagram(now, out) == Status::ok) {
      if (client.feed_datagram(out, now) == Status::ok) { CHECK(client.next_frame(frame) == Status::ok); }
    }
  }
  CHECK(std::equal(frame.frame.bytes.begin(), frame.frame.bytes.end(), bytes.begin(), bytes.end()));
}

TEST_CASE("a host that starts again with a used secret in another process gets nothing past the client") {
  const SessionConfig config = session_config();
  const auto send_frame = [&](std::uint8_t fill, auto&& take) {
    Host host(config);
    const Bytes bytes(30'000, fill);
    const std::span<const std::uint8_t> slices[] = {bytes};
    std::span<const std::uint8_t> datagram;
    bool good = host.submit_frame(0, slices, {0, 0, flag_idr}, 0) == Status::ok;
    for (std::uint64_t now = 0; good && now < 20 * ms; now += ms / 10) {
      while (host.poll_datagram(now, datagram) == Status::ok) { take(datagram); }
    }
    return good;
  };
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const pid_t child = fork();
  if (child == 0) {  // knows nothing of what its parent seals below
    const bool good = send_frame(1, [&](std::span<const std::uint8_t> d) {
      if (write(ends[1], d.data(), d.size()) != static_cast<ssize_t>(d.size())) { _exit(2); }
    });
    _exit(good ? 0 : 1);
  }
  close(ends[1]);
  Bytes repeated;
  std::uint8_t buffer[4096];
  for (ssize_t got; (got = read(ends[0], buffer, sizeof buffer)) > 0;) {
    repeated.insert(repeated.end(), buffer, buffer + got);
  }
  close(ends[0]);
  int ended = -1;
  REQUIRE(waitpid(child, &ended, 0) == child);
  REQUIRE(ended == 0);

  Client client(config);
  std::size_t datagrams = 0, datagram_bytes = 0, frames = 0;
  REQUIRE(send_frame(2, [&](std::span<const std::uint8_t> d) {
    ++datagrams;
    datagram_bytes = d.size();
    frames += client.feed_datagram(d, 0) == Status::ok;
  }));
  CHECK(frames == 1);
  REQUIRE(repeated.size() == datagrams * datagram_bytes);
  for (std::size_t at = 0; at < repeated.size(); at += datagram_bytes) {
    CHECK(client.feed_datagram(std::span(repeated).subspan(at, datagram_bytes), 1) == Status::replayed);
  }
  CHECK(client.stats().replayed == datagrams);
  CHECK(Host(config).status() == Status::exhausted);  // and in this process it is not even made
}
