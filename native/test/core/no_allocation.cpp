// The frame paths allocate nothing after construction: every allocation of the thread that walks them is counted.
#include <doctest/doctest.h>
#include <openssl/crypto.h>

#include <cstdlib>

#include "core/packet/gamestream_audio.h"
#include "core/packet/gamestream_video.h"
#include "core/reassembly/gamestream_audio.h"
#include "core/reassembly/gamestream_video.h"
#include "core/session/pf1_client.h"
#include "core/session/pf1_host.h"
#include "support.h"
#include "test/thread_allocations.h"

using namespace punktfunk;
using namespace punktfunk::gamestream;

namespace {

// The crypto library's allocations too. It takes these functions only before its first allocation, hence the static
// object.
void* crypto_malloc(std::size_t bytes, const char*, int) {
  count_allocation();
  return std::malloc(bytes);
}
void* crypto_realloc(void* p, std::size_t bytes, const char*, int) {
  count_allocation();
  return std::realloc(p, bytes);
}
void crypto_free(void* p, const char*, int) {
  std::free(p);
}
const int crypto_counted = CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free);

}  // namespace

TEST_CASE("the counter counts") {
  const std::size_t before = thread_allocations();
  int* volatile seen = new int(1);  // a compiler may leave out what nobody sees
  delete seen;
  CHECK(thread_allocations() == before + 1);
  REQUIRE(crypto_counted == 1);
  const std::size_t before_key = thread_allocations();
  { Aes128Gcm aes(AesKey{}); }
  CHECK(thread_allocations() > before_key + 2);
}

TEST_CASE("video: packetize, seal, feed, repair without allocation") {
  for (const bool sealed : {false, true}) {
    VideoPacketizerConfig config;
    if (sealed) { config.key = AesKey{1}; }
    VideoPacketizer packetizer(config);
    VideoReassembler reassembler({config.packet_size, config.max_access_unit_bytes, config.key});
    test::Random random(1);
    const test::Bytes unit = random.bytes(900'000);
    std::size_t frames = 0;
    const std::size_t before = thread_allocations();
    for (int i = 0; i < 40; ++i) {
      const std::span<const std::uint8_t> pieces[] = {std::span(unit).first(1 + random.below(unit.size()))};
      DatagramBatch batch;
      if (packetizer.packetize(pieces, {}, batch) != Status::ok) { break; }
      for (std::size_t d = 0; d < batch.count; ++d) {
        if (random.chance(0.03)) { continue; }
        ReassembledFrame frame;
        frames +=
            reassembler.feed({batch.bytes + d * batch.datagram_stride, batch.datagram_bytes}, frame) == Status::ok;
      }
    }
    const std::size_t during = thread_allocations() - before;
    CHECK(during == 0);
    CHECK(frames > 30);
    CHECK(reassembler.stats().frames_repaired > 20);
  }
}

TEST_CASE("sound: packetize, encrypt, feed, repair without allocation") {
  AudioPacketizer packetizer({5, AesKey{1}, 5});
  AudioReassembler reassembler({AesKey{1}, 5});
  test::Random random(1);
  const test::Bytes opus = random.bytes(320);
  std::size_t packets = 0;
  const std::size_t before = thread_allocations();
  for (int i = 0; i < 400; ++i) {
    std::span<const std::uint8_t> datagrams[3], out;
    std::size_t count = 0;
    if (packetizer.packetize(opus, datagrams, count) != Status::ok) { break; }
    for (std::size_t d = 0; d < count; ++d) {
      if (!random.chance(0.1) && reassembler.feed(datagrams[d]) != Status::ok) { continue; }
    }
    std::uint16_t sequence = 0;
    bool lost = false;
    while (reassembler.next(out, sequence, lost) == Status::ok) { ++packets; }
  }
  const std::size_t during = thread_allocations() - before;
  CHECK(during == 0);
  CHECK(packets > 390);
  CHECK(reassembler.stats().packets_repaired > 20);
}

TEST_CASE("punktfunk/1: submit, seal, open, repair, feedback without allocation") {
  for (const pf1::StreamKind kind : {pf1::StreamKind::video, pf1::StreamKind::sound}) {
    pf1::SessionConfig config;
    config.secret = {0xA1, 0x10, static_cast<std::uint8_t>(kind)};
    config.streams[0] = {500'000, 20, kind};
    pf1::Host host(config);
    pf1::Client client(config);
    test::Random random(1);
    const test::Bytes bytes = random.bytes(500'000);
    std::size_t frames = 0;
    std::uint64_t now = 0;
    const std::size_t before = thread_allocations();
    for (int i = 0; i < 40; ++i, now += 16'000'000) {
      const std::span<const std::uint8_t> slices[] = {std::span(bytes).first(1 + random.below(bytes.size()))};
      if (i % 2 == 0) {
        if (host.submit_frame(0, slices, {now, 0, 0}, now) != Status::ok) { break; }
      } else {
        if (host.begin_frame(0, 300'000, {now, 0, 0}, now) != Status::ok) { break; }
        const std::size_t half = (slices[0].size() + 1) / 2;
        if (host.submit_slice(0, slices[0].first(half), false) != Status::ok) { break; }
        if (half < slices[0].size() && host.submit_slice(0, slices[0].subspan(half), true) != Status::ok) { break; }
      }
      for (std::uint64_t t = now; t < now + 16'000'000; t += 100'000) {
        std::span<const std::uint8_t> datagram;
        while (host.poll_datagram(t, datagram) == Status::ok) {
          pf1::ClientFrame frame;
          if (!random.chance(0.05) && client.feed_datagram(datagram, t) == Status::ok) {
            frames += client.next_frame(frame) == Status::ok;
          }
        }
        while (client.poll_datagram(t, datagram) == Status::ok) {
          if (host.feed_datagram(datagram, t) != Status::ok) { break; }
        }
      }
    }
    const std::size_t during = thread_allocations() - before;
    CHECK(during == 0);
    CHECK(frames > 35);
    CHECK(client.stats().streams[0].frames_repaired > 20);
    CHECK(host.stats().feedback > 3);
  }
}
