// Our packetizer into our reassembler over a bad network, and datagrams that nobody sent.
#include <doctest/doctest.h>

#include <algorithm>
#include <deque>
#include <map>

#include "case_count.h"
#include "core/packet/bytes.h"
#include "core/packet/gamestream_video.h"
#include "core/reassembly/gamestream_video.h"
#include "support.h"

using namespace punktfunk;
using namespace punktfunk::gamestream;
using test::Bytes;

namespace {

struct Stream {
  VideoPacketizer packetizer;
  VideoReassembler reassembler;
  test::Random random;
  std::uint32_t frame = 0;
  std::map<std::uint32_t, Bytes> sent;

  Stream(VideoPacketizerConfig config, std::uint64_t seed)
      : packetizer(config), reassembler({config.packet_size, config.max_access_unit_bytes, config.key}), random(seed) {}

  // Datagrams of the next frame.
  std::vector<Bytes> next(std::size_t bytes) {
    Bytes unit = random.bytes(bytes);
    const std::span<const std::uint8_t> pieces[] = {unit};
    DatagramBatch batch;
    ++frame;
    REQUIRE(packetizer.packetize(pieces, {frame == 1 ? FrameType::idr : FrameType::p, frame * 1500}, batch) ==
            Status::ok);
    sent[frame] = std::move(unit);
    std::vector<Bytes> out;
    for (std::size_t i = 0; i < batch.count; ++i) {
      const std::uint8_t* p = batch.bytes + i * batch.datagram_stride;
      out.emplace_back(p, p + batch.datagram_bytes);
    }
    return out;
  }

  // Feeds one datagram; a frame that comes out is checked against what was sent. Returns its number or 0.
  std::uint32_t feed(const Bytes& datagram, Status* status = nullptr) {
    ReassembledFrame got;
    const Status s = reassembler.feed(datagram, got);
    if (status) { *status = s; }
    if (s != Status::ok) { return 0; }
    REQUIRE(sent.count(got.frame_index) == 1);
    CHECK(std::equal(got.access_unit.begin(), got.access_unit.end(), sent[got.frame_index].begin(),
                     sent[got.frame_index].end()));
    CHECK(got.rtp_timestamp_90khz == got.frame_index * 1500);
    return got.frame_index;
  }
};

VideoPacketizerConfig config_of(test::Random& random) {
  VideoPacketizerConfig config;
  const std::size_t sizes[] = {256, 512, 1024, 1360, 1392};
  config.packet_size = sizes[random.below(5)];
  config.fec_percent = random.below(4) == 0 ? 0 : static_cast<unsigned>(5 + random.below(60));
  config.max_access_unit_bytes = 1u << 20;
  if (random.below(2)) { config.key = AesKey{1, 2, 3}; }
  return config;
}

}  // namespace

TEST_CASE("loss, reordering and duplication: what comes out is what went in, in order, and all that can") {
  for (std::uint64_t seed = 1; seed <= test::case_count(200); ++seed) {
    CAPTURE(seed);
    test::Random random(seed);
    const VideoPacketizerConfig config = config_of(random);
    Stream stream(config, seed);
    const double loss = random.below(3) == 0 ? 0 : static_cast<double>(random.below(8)) / 100;
    const double duplicate = static_cast<double>(random.below(10)) / 100;
    const std::size_t reach = random.below(24);  // how far datagrams are shuffled
    std::uint32_t last = 0, delivered = 0, possible = 0;
    std::deque<std::pair<std::uint64_t, Bytes>> line;  // ordered by a jittered departure number
    std::uint64_t number = 0;
    for (int frame = 0; frame < 30; ++frame) {
      const std::size_t payload = config.packet_size - 16;
      const auto datagrams = stream.next(1 + random.below(random.below(4) == 0 ? 300 * payload : 20 * payload));
      std::map<unsigned, std::pair<std::size_t, std::size_t>> blocks;  // survivors, needed
      for (const Bytes& d : datagrams) {
        const bool lost = random.chance(loss);
        if (!config.key) {
          auto& [survivors, needed] = blocks[d[27] >> 4 & 3];
          needed = load_u32_le(d.data() + 28) >> 22;
          survivors += lost ? 0 : 1;
        }
        ++number;
        if (lost) { continue; }
        line.emplace_back(number + random.below(reach + 1), d);
        if (random.chance(duplicate)) { line.emplace_back(number + random.below(reach + 1), d); }
      }
      bool all = !config.key;
      for (const auto& [block, counts] : blocks) { all &= counts.first >= counts.second; }
      possible += all ? 1 : 0;
    }
    std::stable_sort(line.begin(), line.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& [at, d] : line) {
      Status status = Status::internal;
      if (const std::uint32_t got = stream.feed(d, &status)) {
        CHECK(got > last);
        last = got;
        ++delivered;
      }
      CHECK((status == Status::ok || status == Status::again || status == Status::replayed));
    }
    const auto& stats = stream.reassembler.stats();
    CHECK(stats.datagrams == line.size());
    CHECK(stats.frames == delivered);
    CHECK(stats.malformed + stats.not_authentic == 0);
    CHECK(stats.frames + stats.frames_lost >= last);
    // Without reordering every frame that has enough comes out.
    if (!config.key && reach == 0) { CHECK(delivered == possible); }
    if (loss == 0 && reach == 0) { CHECK(delivered == 30); }
  }
}

TEST_CASE("frames shuffled within the reordering bound all come out when nothing is lost") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    CAPTURE(seed);
    VideoPacketizerConfig config;
    config.packet_size = 512;
    config.fec_percent = 0;  // nothing can be repaired: every datagram must find its place
    Stream stream(config, seed);
    std::vector<std::pair<std::size_t, Bytes>> line;
    std::size_t number = 0;
    for (int frame = 0; frame < 20; ++frame) {
      for (auto& d : stream.next(40000)) {
        ++number;
        line.emplace_back(number + stream.random.below(60), std::move(d));
      }
    }
    std::stable_sort(line.begin(), line.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::uint32_t delivered = 0;
    for (const auto& [at, d] : line) { delivered += stream.feed(d) ? 1 : 0; }
    CHECK(delivered == 20);
    CHECK(stream.reassembler.stats().frames_lost == 0);
  }
}

TEST_CASE("a frame is given up as soon as more of it is lost than its parity, before the next one comes") {
  VideoPacketizerConfig config;
  config.packet_size = 256;
  config.max_access_unit_bytes = 1u << 20;
  Stream stream(config, 1);
  for (const auto& d : stream.next(1000)) { stream.feed(d); }
  const auto big = stream.next(200 * 240 - 8);  // 200 data, 40 parity
  REQUIRE(big.size() == 240);
  for (std::size_t i = 41; i < big.size(); ++i) {  // the first 41 are lost: one too many
    stream.feed(big[i]);
    const auto lost = stream.reassembler.stats().frames_lost;
    CHECK(lost == (i >= 40 + 65 ? 1 : 0));
  }
  // With one less it is repaired.
  const auto next = stream.next(200 * 240 - 8);
  std::uint32_t got = 0;
  for (std::size_t i = 40; i < next.size(); ++i) { got += stream.feed(next[i]); }
  CHECK(got == 3);
  CHECK(stream.reassembler.stats().shards_repaired == 40);
}

TEST_CASE("a shard that comes after it was counted lost is not lost") {
  VideoPacketizerConfig config;
  config.packet_size = 256;
  config.max_access_unit_bytes = 1u << 20;
  Stream stream(config, 1);
  const auto datagrams = stream.next(100 * 240 - 8);
  REQUIRE(datagrams.size() == 120);
  // 0 to 19 and 30 are missing: one more than the parity, but 0 comes in time.
  std::uint32_t got = 0;
  for (std::size_t i = 20; i < 91; ++i) {
    if (i != 30) { got += stream.feed(datagrams[i]); }
  }
  got += stream.feed(datagrams[0]);
  for (std::size_t i = 91; i < 120; ++i) { got += stream.feed(datagrams[i]); }
  CHECK(got == 1);
  CHECK(stream.reassembler.stats().frames_lost == 0);
}

TEST_CASE("whole frames lost are counted, the stream goes on") {
  Stream stream({}, 1);
  for (int i = 1; i <= 40; ++i) {
    const auto datagrams = stream.next(3000);
    if (i > 5 && i < 30) { continue; }
    std::uint32_t got = 0;
    for (const auto& d : datagrams) { got += stream.feed(d); }
    CHECK(got == static_cast<std::uint32_t>(i));
  }
  CHECK(stream.reassembler.stats().frames == 16);
  CHECK(stream.reassembler.stats().frames_lost == 24);
}

TEST_CASE("a stream may be joined in the middle, and after a long outage") {
  Stream stream({}, 1);
  for (int i = 1; i <= 1000; ++i) {
    const auto datagrams = stream.next(20000);
    if (i < 400 || (i > 450 && i < 900)) { continue; }
    std::uint32_t got = 0;
    for (const auto& d : datagrams) { got += stream.feed(d); }
    CHECK(got == static_cast<std::uint32_t>(i));
  }
  CHECK(stream.reassembler.stats().frames_lost == 449);
}

TEST_CASE("datagrams of other lengths, and every field that lies, are refused; the frame survives") {
  VideoPacketizerConfig config;
  config.packet_size = 256;
  Stream stream(config, 9);
  const auto datagrams = stream.next(5000);
  Status status = Status::ok;
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{31}, std::size_t{271}, std::size_t{273}}) {
    Bytes d = datagrams[0];
    d.resize(size);
    stream.feed(d, &status);
    CHECK(status == Status::malformed);
  }
  stream.feed(datagrams[0]);
  const auto lie = [&](std::size_t at, std::uint8_t value) {
    Bytes d = datagrams[1];
    d[at] = value;
    stream.feed(d, &status);
    CHECK_MESSAGE(status == Status::malformed, "byte " << at);
  };
  lie(0, 0x80);
  lie(3, 77);     // a sequence that does not fit the block
  lie(16, 1);     // low byte of the stream packet index
  lie(17, 99);    // stream packet index out of step
  lie(24, 0);     // no picture data
  lie(24, 0x05);  // frame start in the middle
  lie(24, 0x09);  // unknown flag
  lie(27, 0x10);  // a block beyond the last
  lie(27, 0x40);  // another number of blocks
  lie(28, 0x50);  // another percentage
  lie(30, 0xFF);  // index beyond the block
  lie(31, 0);     // no data shards
  Bytes zero = datagrams[1];
  std::fill(zero.begin() + 20, zero.begin() + 24, std::uint8_t{0});  // frame 0
  stream.feed(zero, &status);
  CHECK(status == Status::malformed);
  std::uint32_t got = 0;
  for (std::size_t i = 1; i < datagrams.size(); ++i) { got += stream.feed(datagrams[i]); }
  CHECK(got == 1);
  CHECK(stream.reassembler.stats().malformed == 18);
}

TEST_CASE("a repair that yields an impossible header gives the frame up") {
  VideoPacketizerConfig config;
  config.packet_size = 256;
  Stream stream(config, 9);
  auto datagrams = stream.next(3000);
  REQUIRE(datagrams.size() > 13);
  datagrams[13][24] ^= 0x40;  // parity over the flags, forged
  std::uint32_t got = 0;
  for (std::size_t i = 1; i < datagrams.size(); ++i) { got += stream.feed(datagrams[i]); }
  CHECK(got == 0);
  CHECK(stream.reassembler.stats().frames_lost == 1);
  for (const auto& d : stream.next(3000)) { got += stream.feed(d); }
  CHECK(got == 2);
}

TEST_CASE("an impossible frame header loses its frame only") {
  for (const auto& [at, value] : {std::pair<std::size_t, std::uint8_t>{32, 0x81}, {36, 0}, {37, 0xFF}, {36, 8}}) {
    VideoPacketizerConfig config;
    config.packet_size = 256;
    config.fec_percent = 0;
    Stream stream(config, 9);
    auto datagrams = stream.next(100);
    REQUIRE(datagrams.size() == 1);
    datagrams[0][at] = value;
    Status status = Status::ok;
    CHECK(stream.feed(datagrams[0], &status) == 0);
    CHECK(status == Status::malformed);
    CHECK(stream.feed(stream.next(100)[0]) == 2);
    CHECK(stream.reassembler.stats().frames_lost == 1);
  }
}

TEST_CASE("one datagram from far away disturbs nothing in a clear stream") {
  VideoPacketizerConfig config;
  config.packet_size = 256;
  for (const std::uint32_t number : {7u, 200u, 100000u, 0x7FFFFFFFu, 0xFFFFFE00u}) {
    Stream stream(config, 9);
    for (int i = 0; i < 20; ++i) {
      for (const auto& d : stream.next(3000)) { stream.feed(d); }
    }
    const auto datagrams = stream.next(3000);
    stream.feed(datagrams[0]);
    Bytes stray = datagrams[1];
    store_u32_le(stray.data() + 20, number);
    stream.feed(stray);
    std::uint32_t got = 0;
    for (std::size_t i = 1; i < datagrams.size(); ++i) { got += stream.feed(datagrams[i]); }
    CHECK(got == 21);
    CHECK(stream.reassembler.stats().frames_lost == 0);
  }
}

TEST_CASE("a stray first datagram does not hide the stream that follows") {
  VideoPacketizerConfig config;
  config.packet_size = 256;
  Stream stream(config, 9);
  const auto first = stream.next(3000);
  Bytes stray = first[0];
  store_u32_le(stray.data() + 20, 5'000'000);
  stream.feed(stray);
  std::uint32_t delivered = 0;
  for (const auto& d : first) { delivered += stream.feed(d) ? 1 : 0; }
  for (int i = 0; i < 5; ++i) {
    for (const auto& d : stream.next(3000)) { delivered += stream.feed(d) ? 1 : 0; }
  }
  CHECK(delivered >= 5);
}

TEST_CASE("sealed streams refuse what does not authenticate, and take each datagram once") {
  VideoPacketizerConfig config;
  config.packet_size = 256;
  config.key = AesKey{5};
  Stream stream(config, 4);
  const auto datagrams = stream.next(2000);
  Status status = Status::ok;
  for (std::size_t at : {std::size_t{0}, std::size_t{16}, std::size_t{40}, datagrams[0].size() - 1}) {
    Bytes bad = datagrams[0];
    bad[at] ^= 1;
    stream.feed(bad, &status);
    CHECK(status == Status::not_authentic);
  }
  Bytes other_frame = datagrams[0];
  other_frame[12] ^= 4;  // the number in clear is not authenticated, but must agree with the one inside
  stream.feed(other_frame, &status);
  CHECK(status == Status::malformed);
  stream.feed(datagrams[0], &status);
  CHECK(status == Status::again);
  stream.feed(datagrams[0], &status);
  CHECK(status == Status::replayed);
  std::uint32_t got = 0;
  for (std::size_t i = 1; i < datagrams.size(); ++i) { got += stream.feed(datagrams[i]); }
  CHECK(got == 1);
  for (const auto& d : stream.next(2000)) { got += stream.feed(d); }
  CHECK(got == 3);
  for (const auto& d : datagrams) {  // the whole first frame again
    CHECK(stream.feed(d, &status) == 0);
    CHECK(status == Status::replayed);
  }
  CHECK(stream.reassembler.stats().not_authentic == 4);
}

TEST_CASE("a peer that claims more than was negotiated is refused") {
  VideoPacketizerConfig large;
  large.packet_size = 256;
  large.max_access_unit_bytes = 1u << 20;
  VideoPacketizer packetizer(large);
  VideoReassemblerConfig small{256, 10000, {}};
  VideoReassembler reassembler(small);
  const Bytes unit(60000, 1);
  const std::span<const std::uint8_t> pieces[] = {unit};
  DatagramBatch batch;
  REQUIRE(packetizer.packetize(pieces, {}, batch) == Status::ok);
  ReassembledFrame frame;
  for (std::size_t i = 0; i < batch.count; ++i) {
    CHECK(reassembler.feed({batch.bytes + i * batch.datagram_stride, batch.datagram_bytes}, frame) ==
          Status::malformed);
  }
  VideoReassembler invalid({250, 10000, {}});
  CHECK(invalid.feed({batch.bytes, batch.datagram_bytes}, frame) == Status::invalid_argument);
}

TEST_CASE("random bytes with a plausible header never break the reassembler") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    VideoPacketizerConfig config;
    config.packet_size = 256;
    Stream stream(config, seed);
    for (int i = 0; i < 2000; ++i) {
      Bytes d = stream.random.bytes(272);
      d[0] = 0x90;
      store_u32_le(d.data() + 20, static_cast<std::uint32_t>(1 + stream.random.below(6)));
      d[24] = static_cast<std::uint8_t>(stream.random.below(8));
      d[16] = 0;
      ReassembledFrame frame;
      const Status status = stream.reassembler.feed(d, frame);
      CHECK(status != Status::internal);
    }
  }
}
