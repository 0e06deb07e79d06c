// Our reading of the video protocol against sessions recorded from a real host.
#include <doctest/doctest.h>

#include <set>

#include "core/fec/gf8.h"
#include "core/packet/bytes.h"
#include "core/packet/gamestream_video.h"
#include "core/reassembly/gamestream_shard.h"
#include "recorded_video.h"

using namespace punktfunk;
using namespace punktfunk::gamestream;
using test::Bytes;
using test::RecordedShard;
using test::RecordedVideo;

namespace {

using BlockKey = std::pair<std::size_t, std::size_t>;

std::map<BlockKey, std::vector<const RecordedShard*>> blocks_of(const RecordedVideo& session) {
  std::map<BlockKey, std::vector<const RecordedShard*>> blocks;
  for (const auto& shard : session.shards) { blocks[{shard.frame, shard.block}].push_back(&shard); }
  return blocks;
}

// What parity covers for every client (6.5): stream packet index, the three flag bytes, the payload.
Bytes covered(std::span<const std::uint8_t> shard) {
  Bytes out;
  for (std::size_t i = 16; i < shard.size(); ++i) {
    if (i < 20 || (i >= 24 && i < 27) || i >= 32) { out.push_back(shard[i]); }
  }
  return out;
}

struct Delivered {
  std::uint32_t type, timestamp, latency, repaired;
  std::string sha256;
};

std::map<std::uint32_t, Delivered> reassemble(const RecordedVideo& session, const std::vector<const Bytes*>& datagrams,
                                              VideoReassemblyStats& stats) {
  VideoReassembler reassembler(session.config);
  std::map<std::uint32_t, Delivered> out;
  for (const Bytes* datagram : datagrams) {
    ReassembledFrame frame;
    const Status status = reassembler.feed(*datagram, frame);
    if (status == Status::ok) {
      out[frame.frame_index] = {static_cast<std::uint32_t>(frame.type), frame.rtp_timestamp_90khz,
                                frame.host_latency_tenths_ms, frame.repaired_shards, test::sha256(frame.access_unit)};
    } else {
      CHECK(status == Status::again);
    }
  }
  stats = reassembler.stats();
  return out;
}

void check_frames(const RecordedVideo& session, const std::map<std::uint32_t, Delivered>& delivered) {
  const auto& frames = session.json.at("frames");
  CHECK(delivered.size() == frames.size());
  for (const auto& frame : frames) {
    const auto found = delivered.find(static_cast<std::uint32_t>(frame.at("frame").get<std::int64_t>()));
    REQUIRE(found != delivered.end());
    CHECK(found->second.sha256 == frame.at("accessUnitSha256").get<std::string>());
    CHECK(found->second.type == frame.at("type").get<std::int64_t>());
    CHECK(found->second.latency == frame.at("hostLatencyTenthsMs").get<std::int64_t>());
  }
}

}  // namespace

TEST_CASE("recorded shards parse to what the recording says of them") {
  for (const auto& session : test::recorded_video()) {
    CAPTURE(session.id);
    for (std::size_t i = 0; i < session.shards.size(); ++i) {
      const auto& want = session.json.at("packets")[i];
      ShardInfo got;
      REQUIRE(session.shards[i].plain.size() == shard_bytes(session.config.packet_size));
      REQUIRE(parse_shard(session.shards[i].plain, got));
      CHECK(got.sequence == want.at("seq").get<std::int64_t>());
      CHECK(got.timestamp == want.at("timestamp").get<std::int64_t>());
      CHECK(got.frame_index == want.at("frame").get<std::int64_t>());
      CHECK(got.block == want.at("block").get<std::int64_t>());
      CHECK(got.last_block == want.at("lastBlock").get<std::int64_t>());
      CHECK(got.index == static_cast<std::size_t>(want.at("index").get<std::int64_t>()));
      CHECK(got.data_shards == static_cast<std::size_t>(want.at("dataShards").get<std::int64_t>()));
      CHECK(got.percent == want.at("percent").get<std::int64_t>());
      CHECK(got.is_data() == !want.at("flags").is_null());
    }
  }
}

TEST_CASE("the recorded parity is what the matrix gives") {
  int blocks_checked = 0;
  for (const auto& session : test::recorded_video()) {
    for (const auto& [key, shards] : blocks_of(session)) {
      CAPTURE(session.id);
      CAPTURE(key.first);
      const std::size_t data = shards[0]->data_shards, parity = parity_shards(data, shards[0]->percent);
      REQUIRE(shards.size() == data + parity);
      std::vector<const std::uint8_t*> from;
      std::vector<Bytes> rows(parity, Bytes(shard_bytes(session.config.packet_size)));
      std::vector<std::uint8_t*> to;
      for (std::size_t i = 0; i < data; ++i) { from.push_back(shards[i]->plain.data()); }
      for (auto& row : rows) { to.push_back(row.data()); }
      REQUIRE(gf8::encode(gf8::Matrix::video, from, to, rows[0].size()) == Status::ok);
      for (std::size_t j = 0; j < parity; ++j) { CHECK(covered(rows[j]) == covered(shards[data + j]->plain)); }
      ++blocks_checked;
    }
  }
  CHECK(blocks_checked == 40);
}

TEST_CASE("recorded sessions reassemble to the recorded access units") {
  for (const auto& session : test::recorded_video()) {
    CAPTURE(session.id);
    std::vector<const Bytes*> all;
    for (const auto& shard : session.shards) { all.push_back(&shard.datagram); }
    VideoReassemblyStats stats;
    check_frames(session, reassemble(session, all, stats));
    CHECK(stats.shards_repaired == 0);
    CHECK(stats.malformed + stats.not_authentic + stats.duplicates + stats.late == 0);
  }
}

TEST_CASE("any loss of up to the parity of each block leaves the recorded access units whole") {
  for (const auto& session : test::recorded_video()) {
    CAPTURE(session.id);
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      CAPTURE(seed);
      test::Random random(seed);
      std::set<const RecordedShard*> erased;
      for (const auto& [key, shards] : blocks_of(session)) {
        auto order = shards;
        random.shuffle(order);
        const std::size_t parity = shards.size() - shards[0]->data_shards;
        const std::size_t losses = seed % 2 ? parity : random.below(parity + 1);
        erased.insert(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(losses));
      }
      std::vector<const Bytes*> left;
      std::size_t data_erased = 0;
      for (const auto& shard : session.shards) {
        if (!erased.count(&shard)) {
          left.push_back(&shard.datagram);
        } else {
          data_erased += shard.index < shard.data_shards ? 1 : 0;
        }
      }
      VideoReassemblyStats stats;
      check_frames(session, reassemble(session, left, stats));
      // A block is repaired by the first of its shards that suffice: data that comes later was repaired too.
      CHECK(stats.shards_repaired == data_erased);
    }
  }
}

TEST_CASE("one loss more than the parity loses that frame and no other") {
  for (const auto& session : test::recorded_video()) {
    const auto blocks = blocks_of(session);
    const auto victim = blocks.begin()->first;
    const auto& shards = blocks.begin()->second;
    if (session.json.at("frames").size() < 3) { continue; }
    CAPTURE(session.id);
    std::set<const RecordedShard*> erased;
    for (std::size_t i = 0; i <= shards.size() - shards[0]->data_shards; ++i) { erased.insert(shards[i]); }
    std::vector<const Bytes*> left;
    for (const auto& shard : session.shards) {
      if (!erased.count(&shard)) { left.push_back(&shard.datagram); }
    }
    VideoReassemblyStats stats;
    const auto delivered = reassemble(session, left, stats);
    CHECK(delivered.count(static_cast<std::uint32_t>(victim.first)) == 0);
    CHECK(delivered.size() == session.json.at("frames").size() - 1);
    CHECK(stats.frames_lost >= 1);
  }
}

TEST_CASE("given recorded access units and their geometry, our shards agree with the recorded ones") {
  int shards_compared = 0;
  for (const auto& session : test::recorded_video()) {
    CAPTURE(session.id);
    VideoReassembler reassembler(session.config);
    std::size_t at = 0;
    for (const auto& frame : session.json.at("frames")) {
      Bytes unit;
      ReassembledFrame got;
      const auto number = static_cast<std::size_t>(frame.at("frame").get<std::int64_t>());
      std::vector<const RecordedShard*> shards;
      for (; at < session.shards.size() && session.shards[at].frame == number; ++at) {
        shards.push_back(&session.shards[at]);
        if (reassembler.feed(session.shards[at].datagram, got) == Status::ok) {
          unit.assign(got.access_unit.begin(), got.access_unit.end());
        }
      }
      REQUIRE(!unit.empty());
      ShardInfo first;
      REQUIRE(parse_shard(shards[0]->plain, first));

      VideoPacketizerConfig config;
      config.packet_size = session.config.packet_size;
      config.fec_percent = 20;
      config.min_parity_shards =
          static_cast<unsigned>(session.json.at("session").at("minRequiredFecPackets").get<std::int64_t>());
      config.key = session.config.key;
      VideoCounters start;
      start.frame_index = first.frame_index;
      start.packet_index = first.stream_packet_index;
      if (session.config.key) { start.nonce_counter = load_u64_le(shards[0]->datagram.data()); }
      VideoPacketizer packetizer(config, start);
      REQUIRE(packetizer.status() == Status::ok);
      const std::span<const std::uint8_t> pieces[] = {unit};
      DatagramBatch batch;
      VideoFrameInfo info{got.type, got.rtp_timestamp_90khz, got.host_latency_tenths_ms};
      REQUIRE(packetizer.packetize(pieces, info, batch) == Status::ok);

      // That host cut into one or exactly three blocks; where our rule gives the same number, everything agrees.
      if (batch.blocks != frame.at("blocks").size()) { continue; }
      REQUIRE(batch.count == shards.size());
      std::optional<Aes128Gcm> aes;
      if (config.key) { aes.emplace(*session.config.key); }
      for (std::size_t i = 0; i < batch.count; ++i) {
        const std::span<const std::uint8_t> datagram(batch.bytes + i * batch.datagram_stride, batch.datagram_bytes);
        Bytes ours(datagram.begin(), datagram.end()), theirs = shards[i]->plain;
        if (aes) {
          ours.resize(datagram.size() - 32);
          REQUIRE(aes->open(datagram.first(12), datagram.subspan(32), datagram.data() + 16, ours.data()) == Status::ok);
          CHECK(test::to_hex(datagram.first(16)) == test::to_hex(std::span(shards[i]->datagram).first(16)));
        }
        for (std::size_t b = 4; b < 8; ++b) {
          ours[b] = theirs[b];  // that host stamps each datagram
        }
        CHECK(test::to_hex(ours) == test::to_hex(theirs));
        ++shards_compared;
      }
    }
  }
  CHECK(shards_compared == 173);
}
