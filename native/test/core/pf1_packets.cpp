// punktfunk/1 frames into packets and back, without the sealing.
#include <doctest/doctest.h>

#include <algorithm>
#include <memory>

#include "core/packet/bytes.h"
#include "core/packet/pf1_packetizer.h"
#include "core/reassembly/pf1_reassembler.h"
#include "support.h"

using namespace punktfunk;
using namespace punktfunk::pf1;
using test::Bytes;

namespace {

using Slices = std::vector<std::span<const std::uint8_t>>;

struct Sender {
  Packetizer packetizer;
  FramePackets room;
  std::uint64_t number = 0;

  explicit Sender(const PacketizerConfig& config) : packetizer(config), room(packetizer.make_room()) {
    REQUIRE(packetizer.status() == Status::ok);
  }
  // The frame's packets with their packet numbers, as they stand before sealing.
  std::vector<Bytes> numbered() {
    std::vector<Bytes> out;
    for (std::size_t i = 0; i < room.size(); ++i) {
      Bytes packet(room[i].begin(), room[i].end());
      store_u64_le(packet.data() + at_packet_number, number++);
      out.push_back(std::move(packet));
    }
    return out;
  }
  std::vector<Bytes> frame(std::uint32_t frame_number, const Slices& slices, const FrameInfo& info = {}) {
    REQUIRE(packetizer.packetize(frame_number, slices, info, room) == Status::ok);
    return numbered();
  }
};

Status add(Reassembler& reassembler, const Bytes& packet, ReassembledFrame& frame) {
  Shard shard;
  const Status parsed = parse_shard(std::span(packet).first(16), std::span(packet).subspan(16), shard);
  return parsed == Status::ok ? reassembler.add(shard, frame) : parsed;
}

Slices cut(const Bytes& bytes, std::size_t slices, test::Random& random) {
  std::vector<std::size_t> ends;
  for (std::size_t i = 1; i < slices; ++i) { ends.push_back(1 + random.below(bytes.size() - 1)); }
  ends.push_back(bytes.size());
  std::sort(ends.begin(), ends.end());
  ends.erase(std::unique(ends.begin(), ends.end()), ends.end());
  Slices out;
  std::size_t begin = 0;
  for (const std::size_t end : ends) {
    out.push_back(std::span(bytes).subspan(begin, end - begin));
    begin = end;
  }
  return out;
}

// Some `count` of the packets, in an order that a network within the reordering bound can make of them.
std::vector<Bytes> pick(std::vector<Bytes> packets, std::size_t count, test::Random& random) {
  std::vector<std::size_t> order(packets.size());
  for (std::size_t i = 0; i < order.size(); ++i) { order[i] = i; }
  random.shuffle(order);
  order.resize(count);
  std::vector<std::pair<std::size_t, std::size_t>> line;
  for (const std::size_t i : order) { line.emplace_back(i + random.below(60), i); }
  std::sort(line.begin(), line.end());
  std::vector<Bytes> out;
  for (const auto& [place, i] : line) { out.push_back(std::move(packets[i])); }
  return out;
}

}  // namespace

TEST_CASE("packets byte by byte") {
  PacketizerConfig config;
  config.stream = 1;
  config.datagram_bytes = 512;  // shards of at most 448 bytes, 444 of payload
  config.max_frame_bytes = 10'000;
  Sender sender(config);
  const Bytes bytes = test::Random(1).bytes(500);
  const auto packets = sender.frame(7, {std::span(bytes).first(30), std::span(bytes).subspan(30)},
                                    {0x1122334455667788, 0x99AABBCC, flag_idr});
  // 30 bytes and 470: three shards at any size, the smallest is 256 for 470 = 252 + 218.
  REQUIRE(packets.size() == 5);
  for (std::size_t i = 0; i < packets.size(); ++i) {
    CAPTURE(i);
    const Bytes& p = packets[i];
    REQUIRE(p.size() == 16 + 32 + 256);
    CHECK(p[0] == (i < 3 ? 0x10 : 0x11));
    CHECK(p[1] == 1);
    CHECK(load_u32_le(p.data() + 4) == 7);
    CHECK(load_u16_le(p.data() + 16) == (i < 3 ? i : i - 3));
    CHECK(load_u16_le(p.data() + 18) == 3);
    CHECK(load_u16_le(p.data() + 20) == 2);
    CHECK(load_u16_le(p.data() + 22) == (i == 2 ? 5 : 1));
    CHECK(load_u64_le(p.data() + 24) == 0x1122334455667788);
    CHECK(load_u32_le(p.data() + 32) == 0x99AABBCC);
    for (std::size_t b = 36; b < 48; ++b) { CHECK(p[b] == 0); }
  }
  CHECK(test::to_hex(std::span(packets[0]).subspan(48, 4)) == "1e000300");
  CHECK(test::to_hex(std::span(packets[1]).subspan(48, 4)) == "fc000100");
  CHECK(test::to_hex(std::span(packets[2]).subspan(48, 4)) == "da000200");
  CHECK(std::equal(bytes.begin() + 30, bytes.begin() + 282, packets[1].begin() + 52));
  CHECK(std::all_of(packets[0].begin() + 82, packets[0].end(), [](std::uint8_t b) { return b == 0; }));
}

TEST_CASE("shards are as small as their number allows, and multiples of 64") {
  PacketizerConfig config;
  config.max_frame_bytes = 100'000;
  Sender sender(config);
  const Bytes bytes(100'000, 1);
  for (std::size_t size = 1; size < 20'000; size += 97) {
    const auto packets = sender.frame(1, {std::span(bytes).first(size)});
    const std::size_t data = (size + 1403) / 1404, shard = packets[0].size() - 48;
    CHECK(load_u16_le(packets[0].data() + 18) == data);
    CHECK(shard % 64 == 0);
    CHECK(shard <= 1408);
    if (shard > 64) {
      CHECK(data * (shard - 64 - 4) < size);  // one step smaller would not do
    }
    CHECK(packets.size() == data + std::max<std::size_t>(2, (data * 20 + 99) / 100));
  }
}

TEST_CASE("any k of the k + m packets give the frame back, slices and all") {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    test::Random random(seed);
    PacketizerConfig config;
    const std::size_t datagrams[] = {512, 700, 1200, 1472, 9216};
    config.datagram_bytes = datagrams[random.below(5)];
    config.parity_percent = static_cast<unsigned>(random.below(101));
    config.max_frame_bytes = 200'000;
    Sender sender(config);
    Reassembler reassembler({0, config.datagram_bytes, config.max_frame_bytes, config.parity_percent});
    REQUIRE(reassembler.status() == Status::ok);
    for (std::uint32_t number = 1; number <= 4; ++number) {
      const Bytes bytes = random.bytes(1 + random.below(random.below(3) == 0 ? 200'000 : 8'000));
      const Slices slices = cut(bytes, 1 + random.below(std::min<std::size_t>(bytes.size(), 40)), random);
      auto packets = sender.frame(number, slices, {number * 1000ull, number, flag_repeat});
      const std::size_t data = load_u16_le(packets[0].data() + 18), all = packets.size();
      packets = pick(std::move(packets), data, random);
      ReassembledFrame frame;
      for (std::size_t i = 0; i < data; ++i) {
        const Status status = add(reassembler, packets[i], frame);
        REQUIRE(status == (i + 1 == data ? Status::ok : Status::again));
      }
      CHECK(frame.number == number);
      CHECK(std::equal(frame.bytes.begin(), frame.bytes.end(), bytes.begin(), bytes.end()));
      CHECK(frame.info.capture_ns == number * 1000ull);
      CHECK(frame.info.latency_us == number);
      CHECK(frame.info.flags == flag_repeat);
      CHECK(frame.data_shards == data);
      CHECK(frame.data_shards + frame.parity_shards == all);
      REQUIRE(frame.slice_ends.size() == slices.size());
      std::size_t end = 0;
      for (std::size_t i = 0; i < slices.size(); ++i) {
        end += slices[i].size();
        CHECK(frame.slice_ends[i] == end);
      }
      CHECK(add(reassembler, packets[0], frame) == Status::again);  // not needed any more
    }
    CHECK(reassembler.stats().frames == 4);
    CHECK(reassembler.stats().malformed == 0);
  }
}

TEST_CASE("slices leave before the frame is whole, and give the same frame") {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    CAPTURE(seed);
    test::Random random(seed);
    PacketizerConfig config;
    config.datagram_bytes = 512;
    config.parity_percent = seed % 4 == 0 ? 0 : 20;
    config.max_frame_bytes = 60'000;
    Sender sender(config);
    Reassembler reassembler({0, config.datagram_bytes, config.max_frame_bytes, config.parity_percent});
    ReassembledFrame frame;
    for (std::uint32_t number = 1; number <= 3; ++number) {
      const Bytes bytes = random.bytes(10 + random.below(50'000));
      const Slices slices = cut(bytes, 1 + random.below(8), random);
      REQUIRE(sender.packetizer.begin(number, random.below(2) ? bytes.size() : 1000, {}, sender.room) == Status::ok);
      CHECK(sender.packetizer.finish() == Status::wrong_state);
      for (std::size_t i = 0; i < slices.size(); ++i) {
        const std::size_t before = sender.room.size();
        REQUIRE(sender.packetizer.add(slices[i], i + 1 == slices.size()) == Status::ok);
        CHECK(sender.room.size() == before + (slices[i].size() + 443) / 444);
        if (i + 1 < slices.size()) { CHECK(load_u16_le(sender.room[before].data() + 18) == 0); }
      }
      CHECK(sender.packetizer.add(slices[0], false) == Status::wrong_state);
      const std::size_t data = sender.room.size();
      REQUIRE(sender.packetizer.finish() == Status::ok);
      const std::size_t parity = sender.room.size() - data;
      CHECK((config.parity_percent == 0 ? parity == 0 : parity >= 2));
      auto packets = sender.numbered();
      const std::size_t all = packets.size();
      packets = pick(std::move(packets), all, random);
      // Data alone is enough only once the last data shard or parity has told how much there is.
      std::size_t fed = 0;
      Status status = Status::again;
      for (; fed < packets.size() && status == Status::again; ++fed) { status = add(reassembler, packets[fed], frame); }
      REQUIRE(status == Status::ok);
      CHECK(fed >= data);
      CHECK(std::equal(frame.bytes.begin(), frame.bytes.end(), bytes.begin(), bytes.end()));
      CHECK(frame.slice_ends.size() == slices.size());
    }
  }
}

TEST_CASE("a frame that cannot be completed is given up before the next one is whole, and reported") {
  PacketizerConfig config;
  config.datagram_bytes = 512;
  config.max_frame_bytes = 100'000;
  Sender sender(config);
  Reassembler reassembler({0, 512, 100'000, 20});
  const Bytes bytes(444 * 100, 1);
  ReassembledFrame frame;
  std::uint32_t first = 0, last = 0;
  auto packets = sender.frame(1, {bytes});
  REQUIRE(packets.size() == 120);
  for (std::size_t i = 21; i < packets.size(); ++i) {
    CHECK(add(reassembler, packets[i], frame) == (i > 20 + 65 ? Status::replayed : Status::again));
    CHECK(reassembler.stats().frames_lost == (i >= 20 + 65 ? 1 : 0));
  }
  REQUIRE(reassembler.take_lost(first, last));
  CHECK(first == 1);
  CHECK(last == 1);
  CHECK_FALSE(reassembler.take_lost(first, last));
  CHECK(add(reassembler, packets[0], frame) == Status::replayed);

  // The end of a frame lost, and the next one long: known when 64 of that are in.
  packets = sender.frame(2, {bytes});
  for (std::size_t i = 0; i < 90; ++i) { CHECK(add(reassembler, packets[i], frame) == Status::again); }
  packets = sender.frame(3, {bytes});
  for (std::size_t i = 0; i < 66; ++i) {
    CHECK(reassembler.stats().frames_lost == 1);
    CHECK(add(reassembler, packets[i], frame) == Status::again);
  }
  CHECK(reassembler.stats().frames_lost == 2);
  // Lost whole: known the same way.
  for (std::size_t i = 66; i < 100; ++i) { CHECK(add(reassembler, packets[i], frame) >= Status::ok); }
  CHECK(frame.number == 3);
  sender.frame(4, {bytes});
  for (const auto& p : sender.frame(5, {bytes})) { CHECK(add(reassembler, p, frame) >= Status::ok); }
  CHECK(frame.number == 5);
  REQUIRE(reassembler.take_lost(first, last));
  CHECK(first == 2);
  CHECK(last == 4);
}

TEST_CASE("a shard that comes after it was counted lost is not lost") {
  PacketizerConfig config;
  config.datagram_bytes = 512;
  config.max_frame_bytes = 100'000;
  Sender sender(config);
  Reassembler reassembler({0, 512, 100'000, 20});
  const Bytes bytes(444 * 100, 1);
  const auto packets = sender.frame(1, {bytes});
  REQUIRE(packets.size() == 120);
  ReassembledFrame frame;
  // 0 to 19 and 30 are missing: one more than the parity, but 0 comes in time.
  for (std::size_t i = 20; i < 91; ++i) {
    if (i != 30) { CHECK(add(reassembler, packets[i], frame) == Status::again); }
  }
  CHECK(add(reassembler, packets[0], frame) == Status::again);
  Status status = Status::again;
  for (std::size_t i = 91; i < 120; ++i) { status = add(reassembler, packets[i], frame); }
  CHECK(status == Status::ok);
  CHECK(std::equal(frame.bytes.begin(), frame.bytes.end(), bytes.begin(), bytes.end()));
}

TEST_CASE("a frame that is overtaken by a whole one is lost, and the range says so") {
  PacketizerConfig config;
  config.datagram_bytes = 512;
  config.max_frame_bytes = 10'000;
  Sender sender(config);
  Reassembler reassembler({0, 512, 10'000, 20});
  ReassembledFrame frame;
  std::uint32_t first = 0, last = 0;
  CHECK(add(reassembler, sender.frame(1, {Bytes(3000, 1)})[0], frame) == Status::again);
  Status status = Status::again;
  for (const auto& p : sender.frame(2, {Bytes(300, 1)})) {
    if (status == Status::again) { status = add(reassembler, p, frame); }
  }
  CHECK(status == Status::ok);
  CHECK(reassembler.stats().frames_lost == 1);
  REQUIRE(reassembler.take_lost(first, last));
  CHECK(first == 1);
  CHECK(last == 1);
}

TEST_CASE("the first frame comes out though the second one's packet came before it") {
  PacketizerConfig config;
  config.datagram_bytes = 512;
  config.max_frame_bytes = 10'000;
  Sender sender(config);
  Reassembler reassembler({0, 512, 10'000, 20});
  ReassembledFrame frame;
  const auto one = sender.frame(1, {Bytes(300, 1)}), two = sender.frame(2, {Bytes(900, 1)});
  CHECK(add(reassembler, two[0], frame) == Status::again);
  CHECK(add(reassembler, one[0], frame) == Status::ok);
  CHECK(frame.number == 1);
}

TEST_CASE("a number of data shards below one that is already here is refused") {
  PacketizerConfig config;
  config.datagram_bytes = 512;
  config.max_frame_bytes = 10'000;
  Sender sender(config);
  Reassembler reassembler({0, 512, 10'000, 20});
  ReassembledFrame frame;
  const Bytes bytes(444 * 10, 1);
  REQUIRE(sender.packetizer.begin(1, bytes.size(), {}, sender.room) == Status::ok);
  REQUIRE(sender.packetizer.add(std::span(bytes).first(444 * 9), false) == Status::ok);
  auto packets = sender.numbered();
  REQUIRE(load_u16_le(packets[8].data() + 18) == 0);
  CHECK(add(reassembler, packets[8], frame) == Status::again);
  store_u16_le(packets[2].data() + 18, 5);
  CHECK(add(reassembler, packets[2], frame) == Status::malformed);
  store_u16_le(packets[2].data() + 18, 10);
  CHECK(add(reassembler, packets[2], frame) == Status::again);
}

TEST_CASE("small frames that swap places all come out") {
  PacketizerConfig config;
  config.datagram_bytes = 512;
  config.parity_percent = 0;
  config.max_frame_bytes = 10'000;
  Sender sender(config);
  Reassembler reassembler({0, 512, 10'000, 0});
  ReassembledFrame frame;
  for (std::uint32_t number = 1; number <= 199; number += 2) {
    const auto a = sender.frame(number, {Bytes(600, 1)}), b = sender.frame(number + 1, {Bytes(600, 2)});
    REQUIRE(a.size() == 2);
    CHECK(add(reassembler, a[0], frame) == Status::again);
    CHECK(add(reassembler, b[0], frame) == Status::again);
    CHECK(add(reassembler, a[1], frame) == Status::ok);
    CHECK(frame.number == number);
    CHECK(add(reassembler, b[1], frame) == Status::ok);
  }
  CHECK(reassembler.stats().frames == 200);
}

TEST_CASE("shards that contradict the bounds or each other are refused; the frame survives") {
  PacketizerConfig config;
  config.datagram_bytes = 512;
  config.max_frame_bytes = 10'000;
  Sender sender(config);
  Reassembler reassembler({0, 512, 10'000, 20});
  const Bytes bytes(5'000, 3);
  const auto packets = sender.frame(1, {bytes});
  ReassembledFrame frame;
  REQUIRE(add(reassembler, packets[0], frame) == Status::again);
  const auto lie = [&](std::size_t at, std::uint16_t value, Status want = Status::malformed) {
    Bytes p = packets[1];
    store_u16_le(p.data() + at, value);
    CHECK_MESSAGE(add(reassembler, p, frame) == want, "offset " << at << " value " << value);
  };
  lie(16, 60'000);  // index beyond its block
  lie(18, 1);       // fewer data shards than the index
  lie(18, 13);      // another number of data shards
  lie(18, 65'535);  // more than was negotiated
  lie(20, 4);       // another number of parity shards
  lie(20, 65'535);
  lie(22, flag_last_data);              // a last shard that is not last
  lie(4, 0);                            // frame 0
  lie(0, 0x0020, Status::unsupported);  // version 2
  lie(0, 0x001F, Status::unsupported);  // a kind to come
  Bytes cut_short = packets[1];
  cut_short.resize(cut_short.size() - 64);
  CHECK(add(reassembler, cut_short, frame) == Status::malformed);
  cut_short.resize(16 + 32 + 63);
  CHECK(add(reassembler, cut_short, frame) == Status::malformed);
  Status status = Status::again;
  for (std::size_t i = 1; i < packets.size() && status == Status::again; ++i) {
    status = add(reassembler, packets[i], frame);
  }
  CHECK(status == Status::ok);
  CHECK(std::equal(frame.bytes.begin(), frame.bytes.end(), bytes.begin(), bytes.end()));
}

TEST_CASE("shards whose slices make no sense lose their frame only") {
  PacketizerConfig config;
  config.datagram_bytes = 512;
  config.max_frame_bytes = 10'000;
  config.parity_percent = 0;
  Sender sender(config);
  Reassembler reassembler({0, 512, 10'000, 0});
  ReassembledFrame frame;
  std::uint32_t number = 0, lost = 0;
  const auto spoil = [&](std::size_t shard, std::size_t at, std::uint8_t value) {
    auto packets = sender.frame(++number, {Bytes(1000, 1)});
    REQUIRE(packets.size() == 3);
    packets[shard][48 + at] = value;
    Status status = Status::again;
    for (const auto& p : packets) { status = add(reassembler, p, frame); }
    CHECK(status == Status::malformed);
    CHECK(reassembler.stats().frames_lost == ++lost);
  };
  spoil(0, 2, 0);  // no slice begins
  spoil(1, 2, 1);  // one begins inside another
  spoil(2, 2, 0);  // the last does not end
  spoil(0, 2, 3);  // ends at once, the next does not begin
  spoil(0, 0, 1);  // not full though it goes on
  spoil(2, 1, 2);  // longer than a shard
  auto packets = sender.frame(++number, {Bytes(1000, 1)});
  Status status = Status::again;
  for (const auto& p : packets) { status = add(reassembler, p, frame); }
  CHECK(status == Status::ok);
}

TEST_CASE("what cannot be sent is refused, what cannot be configured is named") {
  PacketizerConfig config;
  config.max_frame_bytes = 1000;
  Sender sender(config);
  const auto refused = [&](const Slices& slices) {
    return sender.packetizer.packetize(1, slices, {}, sender.room) == Status::invalid_argument;
  };
  const Bytes bytes(1001, 1);
  CHECK(refused({}));
  CHECK(refused({std::span(bytes)}));
  CHECK(refused({std::span(bytes).first(10), std::span<const std::uint8_t>()}));
  CHECK(refused(Slices(65, std::span(bytes).first(1))));
  CHECK_FALSE(refused(Slices(64, std::span(bytes).first(1))));
  CHECK_FALSE(refused({std::span(bytes).first(1000)}));
  CHECK(sender.packetizer.add(bytes, true) == Status::wrong_state);
  FramePackets empty;
  CHECK(sender.packetizer.packetize(1, Slices{std::span(bytes).first(9)}, {}, empty) == Status::invalid_argument);

  const auto status_of = [](std::size_t datagram, std::size_t frame, unsigned percent, std::uint8_t stream) {
    const PacketizerConfig c{stream, datagram, frame, percent};
    Reassembler reassembler({stream, datagram, frame, percent});
    CHECK(reassembler.status() == Packetizer(c).status());
    return reassembler.status();
  };
  CHECK(status_of(512, 1000, 20, 0) == Status::ok);
  CHECK(status_of(9216, 1000, 100, 3) == Status::ok);
  CHECK(status_of(511, 1000, 20, 0) == Status::invalid_argument);
  CHECK(status_of(9217, 1000, 20, 0) == Status::invalid_argument);
  CHECK(status_of(1472, 0, 20, 0) == Status::invalid_argument);
  CHECK(status_of(1472, 1000, 101, 0) == Status::invalid_argument);
  CHECK(status_of(1472, 1000, 20, 4) == Status::invalid_argument);
  CHECK(status_of(512, 30'000'000, 20, 0) == Status::invalid_argument);  // over 65535 shards
  CHECK(status_of(512, SIZE_MAX, 20, 0) == Status::invalid_argument);
}
