// What our packetizer writes, field by field, and what it refuses.
#include "core/packet/gamestream_video.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "core/packet/bytes.h"
#include "core/packet/gamestream_video_layout.h"
#include "support.h"

using namespace punktfunk;
using namespace punktfunk::gamestream;
using test::Bytes;

namespace {

Status packetize(VideoPacketizer& packetizer, const Bytes& unit, DatagramBatch& batch, VideoFrameInfo info = {}) {
  const std::span<const std::uint8_t> pieces[] = {unit};
  return packetizer.packetize(pieces, info, batch);
}

std::span<const std::uint8_t> datagram(const DatagramBatch& batch, std::size_t i) {
  return {batch.bytes + i * batch.datagram_stride, batch.datagram_bytes};
}

}  // namespace

TEST_CASE("every block plan gives the client's parity count back and fits the protocol's fields") {
  std::size_t unprotected = 0;
  for (unsigned percent = 0; percent <= 255; ++percent) {
    for (std::size_t total = 1; total <= 4092; total += (total < 300 || percent == 20 ? 1 : 37)) {
      const BlockPlan plan = plan_blocks(total, percent, 2);
      bool good = plan.blocks >= 1 && plan.blocks <= 4 && plan.last_data_shards >= 1 &&
                  plan.last_data_shards <= plan.data_shards && plan.percent <= 255 &&
                  plan.data_shards * (plan.blocks - 1) + plan.last_data_shards == total;
      for (const std::size_t data : {plan.data_shards, plan.last_data_shards}) {
        const std::size_t parity = parity_shards(data, plan.percent);
        good &= plan.percent == 0 ? parity == 0 && data <= 1023 : data + parity <= 255 && parity >= 2;
      }
      if (percent > 0 && plan.percent == 0) {
        ++unprotected;
        good &= total > 4 * (25500 / (100 + percent)) && plan.blocks == 4;
      }
      CHECK_MESSAGE(good, "total " << total << " percent " << percent);
    }
  }
  CHECK(unprotected > 0);
}

TEST_CASE("the minimum of two parity shards, announced as other hosts announce it") {
  CHECK(plan_blocks(1, 20, 2).percent == 200);
  CHECK(plan_blocks(2, 20, 2).percent == 100);
  CHECK(plan_blocks(3, 20, 2).percent == 66);
  CHECK(plan_blocks(5, 20, 2).percent == 40);
  CHECK(plan_blocks(6, 20, 2).percent == 20);
  CHECK(plan_blocks(150, 1, 2).percent == 1);
  for (std::size_t data = 1; data <= 255; ++data) {
    for (const unsigned minimum : {1u, 2u, 3u, 5u, 40u, 1000u}) {
      const BlockPlan plan = plan_blocks(data, 20, minimum);
      CHECK(plan.percent >= 1);
      CHECK(plan.data_shards + parity_shards(plan.data_shards, plan.percent) <= 255);
      if (plan.blocks == 1 && data <= 100 && data * 255 > (minimum - 1) * 100 && data + minimum <= 255) {
        CHECK(parity_shards(data, plan.percent) >= minimum);
      }
    }
  }
  // Beyond 100 shards the other hosts' rounding falls short: one percent up.
  for (std::size_t data = 101; data <= 200; ++data) {
    CHECK(parity_shards(data, plan_blocks(data, 1, 3).percent) >= 3);
  }
  CHECK(plan_blocks(0, 20, 2).blocks == 0);
  CHECK(plan_blocks(4093, 20, 2).blocks == 0);
  CHECK(plan_blocks(1, 256, 2).blocks == 0);
}

TEST_CASE("at 20 % a block has at most 212 data shards, five blocks would be none") {
  CHECK(plan_blocks(212, 20, 2).blocks == 1);
  CHECK(plan_blocks(213, 20, 2).blocks == 2);
  CHECK(plan_blocks(213, 20, 2).data_shards == 107);
  CHECK(plan_blocks(213, 20, 2).last_data_shards == 106);
  CHECK(plan_blocks(848, 20, 2).percent == 20);
  CHECK(plan_blocks(849, 20, 2).percent == 0);
  CHECK(plan_blocks(849, 20, 2).blocks == 4);
}

TEST_CASE("fecInfo as in docs/gamestream.md, A") {
  for (const auto& [data, index, want] : {std::tuple{13, 14, "40e14003"}, std::tuple{1, 2, "802c4000"}}) {
    VideoPacketizer packetizer({});
    DatagramBatch batch;
    REQUIRE(packetize(packetizer, Bytes(static_cast<std::size_t>(data) * 1376 - 8, 1), batch) == Status::ok);
    REQUIRE(batch.data_shards == static_cast<std::size_t>(data));
    CHECK(test::to_hex(datagram(batch, static_cast<std::size_t>(index)).subspan(28, 4)) == want);
  }
}

TEST_CASE("shards of a small frame, byte by byte") {
  VideoPacketizerConfig config;
  config.packet_size = 256;  // payload 240
  VideoPacketizer packetizer(config, {.frame_index = 9, .packet_index = 0xFFFFFE});
  test::Random random(3);
  const Bytes unit = random.bytes(300);  // 308 bytes with the header: two data shards, 68 in the last
  const std::span<const std::uint8_t> pieces[] = {
      std::span(unit).first(5), {}, std::span(unit).subspan(5, 240), std::span(unit).subspan(245)};
  DatagramBatch batch;
  const VideoFrameInfo info{FrameType::idr, 0x01020304, 0x0506};
  REQUIRE(packetizer.packetize(pieces, info, batch) == Status::ok);
  CHECK(batch.count == 4);
  CHECK(batch.data_shards == 2);
  CHECK(batch.parity_shards == 2);
  CHECK(batch.blocks == 1);
  CHECK(batch.datagram_bytes == 272);
  CHECK(batch.datagram_stride == 272);
  for (std::size_t i = 0; i < 4; ++i) {
    const auto shard = datagram(batch, i);
    CAPTURE(i);
    const std::uint16_t sequence[] = {0xFFFE, 0xFFFF, 0, 1};
    CHECK(shard[0] == 0x90);
    CHECK(shard[1] == 0);
    CHECK(load_u16_be(shard.data() + 2) == sequence[i]);
    CHECK(load_u32_be(shard.data() + 4) == 0x01020304);
    CHECK(load_u32_be(shard.data() + 8) == 0);
    CHECK(load_u32_be(shard.data() + 12) == 0);
    CHECK(load_u32_le(shard.data() + 20) == 9);
    CHECK(shard[27] == 0);
    CHECK(load_u32_le(shard.data() + 28) == (100u << 4 | i << 12 | 2u << 22));
  }
  const auto first = datagram(batch, 0), second = datagram(batch, 1);
  CHECK(load_u32_le(first.data() + 16) == 0xFFFFFE00);
  CHECK(load_u32_le(second.data() + 16) == 0xFFFFFF00);
  CHECK(first[24] == 5);
  CHECK(second[24] == 3);
  CHECK(first[25] == 0);
  CHECK(first[26] == 0x10);
  CHECK(test::to_hex(first.subspan(32, 8)) == "0106050244000000");  // 68 bytes in the last shard
  Bytes joined(first.begin() + 40, first.end());
  joined.insert(joined.end(), second.begin() + 32, second.begin() + 32 + 68);
  CHECK(joined == unit);
  for (const std::uint8_t b : second.subspan(32 + 68)) { CHECK(b == 0); }
  CHECK(packetizer.counters().frame_index == 10);
  CHECK(packetizer.counters().packet_index == 2);  // 24 bits, on past the wrap
}

TEST_CASE("the last payload length, full when the frame ends with its shard") {
  VideoPacketizerConfig config;
  config.packet_size = 256;
  VideoPacketizer packetizer(config);
  for (std::size_t size = 1; size <= 1000; ++size) {
    DatagramBatch batch;
    REQUIRE(packetize(packetizer, Bytes(size, 1), batch) == Status::ok);
    const std::size_t want = (size + 8) % 240 == 0 ? 240 : (size + 8) % 240;
    CHECK(load_u16_le(batch.bytes + 36) == want);
    CHECK(batch.data_shards == (size + 8 + 239) / 240);
  }
}

TEST_CASE("every block starts and ends with its flags, in its place") {
  VideoPacketizerConfig config;
  config.packet_size = 256;
  VideoPacketizer packetizer(config);
  DatagramBatch batch;
  REQUIRE(packetize(packetizer, Bytes(500 * 240, 1), batch) == Status::ok);
  CHECK(batch.blocks == 3);
  std::map<unsigned, std::size_t> data_seen;
  for (std::size_t i = 0; i < batch.count; ++i) {
    const auto shard = datagram(batch, i);
    const unsigned block = shard[27] >> 4 & 3;
    const std::uint32_t info = load_u32_le(shard.data() + 28);
    const std::size_t index = info >> 12 & 0x3FF, data = info >> 22;
    CHECK((shard[27] >> 6) == 2);
    CHECK(load_u16_be(shard.data() + 2) == i);
    if (index < data) {
      CHECK(shard[24] == (1 | (index == 0 ? 4 : 0) | (index + 1 == data ? 2 : 0)));
      CHECK(load_u32_le(shard.data() + 16) == i << 8);
      CHECK(index == data_seen[block]++);
    }
  }
  CHECK(data_seen[0] + data_seen[1] + data_seen[2] == batch.data_shards);
}

TEST_CASE("sealed datagrams: counter nonces, the frame number in clear, the shard inside") {
  VideoPacketizerConfig clear;
  clear.packet_size = 512;
  VideoPacketizerConfig sealed = clear;
  const AesKey key = test::key_from_hex("000102030405060708090a0b0c0d0e0f");
  sealed.key = key;
  const VideoCounters start{.frame_index = 3, .packet_index = 100, .nonce_counter = 0x1122334455667788};
  VideoPacketizer plain_packetizer(clear, start), sealed_packetizer(sealed, start);
  Aes128Gcm aes(key);
  const Bytes unit(3000, 0xAB);
  DatagramBatch plain, cipher;
  REQUIRE(packetize(plain_packetizer, unit, plain) == Status::ok);
  REQUIRE(packetize(sealed_packetizer, unit, cipher) == Status::ok);
  REQUIRE(plain.count == cipher.count);
  CHECK(cipher.datagram_bytes == 512 + 48);
  for (std::size_t i = 0; i < plain.count; ++i) {
    const auto d = datagram(cipher, i);
    Bytes nonce(12);
    store_u64_le(nonce.data(), start.nonce_counter + i);
    nonce[11] = 'V';
    CHECK(test::to_hex(d.first(12)) == test::to_hex(nonce));
    CHECK(load_u32_le(d.data() + 12) == 3);
    Bytes shard(d.size() - 32);
    REQUIRE(aes.open(nonce, d.subspan(32), d.data() + 16, shard.data()) == Status::ok);
    CHECK(test::to_hex(shard) == test::to_hex(datagram(plain, i)));
  }
  CHECK(sealed_packetizer.counters().nonce_counter == start.nonce_counter + plain.count);
  CHECK(plain_packetizer.counters().nonce_counter == start.nonce_counter);
}

TEST_CASE("a successor that starts from the counters goes on without a gap or a repeat") {
  VideoPacketizerConfig config;
  config.key = AesKey{};
  VideoPacketizer whole(config);
  DatagramBatch a, b;
  for (int i = 0; i < 3; ++i) { REQUIRE(packetize(whole, Bytes(4000, 1), a) == Status::ok); }
  VideoPacketizer first(config);
  REQUIRE(packetize(first, Bytes(4000, 1), b) == Status::ok);
  VideoPacketizer second(config, first.counters());
  REQUIRE(packetize(second, Bytes(4000, 1), b) == Status::ok);
  REQUIRE(packetize(second, Bytes(4000, 1), b) == Status::ok);
  REQUIRE(a.count == b.count);
  CHECK(std::equal(a.bytes, a.bytes + a.count * a.datagram_bytes, b.bytes));
}

TEST_CASE("what cannot be sent is refused and consumes nothing") {
  VideoPacketizerConfig config;
  config.packet_size = 256;
  config.max_access_unit_bytes = 64u << 20;
  VideoPacketizer packetizer(config);
  DatagramBatch batch;
  CHECK(packetizer.packetize({}, {}, batch) == Status::invalid_argument);
  CHECK(packetize(packetizer, {}, batch) == Status::invalid_argument);
  CHECK(packetize(packetizer, Bytes(4092 * 240 - 8 + 1), batch) == Status::invalid_argument);
  CHECK(batch.count == 0);
  CHECK(packetizer.counters().frame_index == 1);
  CHECK(packetizer.counters().packet_index == 0);
  REQUIRE(packetize(packetizer, Bytes(4092 * 240 - 8), batch) == Status::ok);
  CHECK(batch.count == 4092);
  CHECK(batch.parity_shards == 0);
  CHECK(batch.blocks == 4);

  config.max_access_unit_bytes = 100;
  VideoPacketizer small(config);
  CHECK(packetize(small, Bytes(101), batch) == Status::invalid_argument);
  CHECK(packetize(small, Bytes(100), batch) == Status::ok);

  VideoPacketizer last(config, {.frame_index = UINT32_MAX});
  CHECK(packetize(last, Bytes(10), batch) == Status::exhausted);
}

TEST_CASE("configurations that cannot be are named by status and send nothing") {
  const auto status_of = [](std::size_t packet_size, unsigned percent, std::size_t unit, VideoCounters start) {
    VideoPacketizerConfig config;
    config.packet_size = packet_size;
    config.fec_percent = percent;
    config.max_access_unit_bytes = unit;
    VideoPacketizer packetizer(config, start);
    DatagramBatch batch;
    CHECK(packetize(packetizer, Bytes(10), batch) == packetizer.status());
    return packetizer.status();
  };
  CHECK(status_of(1392, 20, 1000, {}) == Status::ok);
  CHECK(status_of(8192, 255, 1000, {}) == Status::ok);
  for (const std::size_t size : {0, 16, 240, 1393, 8208, 1 << 20}) {
    CHECK(status_of(size, 20, 1000, {}) == Status::invalid_argument);
  }
  CHECK(status_of(1392, 256, 1000, {}) == Status::invalid_argument);
  CHECK(status_of(1392, 20, 0, {}) == Status::invalid_argument);
  CHECK(status_of(1392, 20, 1000, {.frame_index = 0}) == Status::invalid_argument);
  CHECK(status_of(1392, 20, 1000, {.packet_index = 1u << 24}) == Status::invalid_argument);
}

TEST_CASE("small frames get the parity that 2 % loss asks for, and announce what clients derive") {
  using namespace punktfunk::gamestream;
  // The chance that more than parity of data + parity shards are lost, exact.
  const auto breaks = [](std::size_t data, std::size_t parity) {
    const std::size_t n = data + parity;
    double broken = 0, term = std::pow(0.98, static_cast<double>(n));
    for (std::size_t lost = 0; lost <= n; ++lost) {
      if (lost > parity) { broken += term; }
      term *= 0.02 / 0.98 * static_cast<double>(n - lost) / static_cast<double>(lost + 1);
    }
    return broken;
  };
  VideoPacketizerConfig config;
  config.reinforce_small_frames = true;
  VideoPacketizer packetizer(config);
  const std::size_t payload = config.packet_size - 16;
  for (std::size_t data = 1; data <= 60; ++data) {
    CAPTURE(data);
    const std::vector<std::uint8_t> unit(data * payload - 8, 7);
    const std::span<const std::uint8_t> pieces[] = {unit};
    DatagramBatch batch;
    REQUIRE(packetizer.packetize(pieces, {}, batch) == Status::ok);
    REQUIRE(batch.data_shards == data);
    CHECK(breaks(data, batch.parity_shards) <= 1e-5);
    CHECK(batch.parity_shards >= (data + 4) / 5);
    CHECK(batch.parity_shards <= std::max<std::size_t>(6, (data + 4) / 5));
    const std::uint32_t info = load_u32_le(batch.bytes + 28);
    CHECK(parity_shards(data, (info >> 4) & 0xFF) == batch.parity_shards);
  }
}
