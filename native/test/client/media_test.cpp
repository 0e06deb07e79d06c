// Receiving over loopback what the core's own packetizers produce: lossless, with seeded losses, with rubbish in
// between.
#include <doctest/doctest.h>
#include <opus/opus.h>

#include <atomic>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <numbers>
#include <optional>
#include <random>
#include <vector>

#include "client/audio_receiver.h"
#include "client/video_receiver.h"
#include "core/packet/gamestream_audio.h"
#include "core/packet/gamestream_video.h"
#include "h264_source.h"
#include "loopback.h"

using namespace punktfunk;
using namespace punktfunk::client;
using punktfunk::test::eventually;

namespace {

constexpr AesKey key = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
constexpr std::uint64_t pictures = 120;
constexpr std::uint64_t window = 4;  // pictures on their way at most: nothing is lost in socket buffers

struct VideoRun {
  std::optional<AesKey> aes;
  std::size_t packet_size = 1392;
  LossConfig loss;
  unsigned fec_percent = 20;
  bool rubbish = false;
  std::uint64_t damaged_picture = 0;  // this one's slice is spoiled before it is sent
  std::string dump;
  std::vector<std::uint8_t>* sent = nullptr;  // every access unit, one after the other
};

// Sends numbered pictures and an IDR whenever the client asks for one, until `pictures` are out.
VideoSummary stream_video(const VideoRun& run) {
  test::LoopbackSender host;
  std::atomic<bool> idr_wanted = true;
  std::atomic<int> first_frames = 0;
  std::string error;
  const auto receiver =
      VideoReceiver::start({.socket = {.address = "127.0.0.1", .port = host.port(), .ping_payload = "0123456789ABCDEF"},
                            .reassembly = {.packet_size = run.packet_size, .key = run.aes},
                            .sink = {.dump_path = run.dump},
                            .loss = run.loss},
                           {.request_idr = [&] { idr_wanted = true; }, .first_frame = [&] { ++first_frames; }}, error);
  REQUIRE_MESSAGE(receiver, error);
  CHECK(host.wait_for_ping() == std::string("0123456789ABCDEF\0\0\0\1", 20));

  test::H264Source source(640, 360);
  gamestream::VideoPacketizer packetizer(
      {.packet_size = run.packet_size, .fec_percent = run.fec_percent, .key = run.aes});
  std::mt19937 random(3);
  std::uint64_t sent_datagrams = 0;
  for (std::uint64_t number = 1; number <= pictures; ++number) {
    // A painted clock of its own where datagrams are lost: the pictures, and with them the losses, are then the same
    // each time.
    const std::uint64_t painted_ns = run.loss.percent > 0 ? number * 16'666'667 : monotonic_ns();
    auto encoded = source.next({number, painted_ns}, idr_wanted.exchange(false));
    if (number == run.damaged_picture) {
      for (std::size_t i = 8; i < encoded.bytes.size(); i += 2) { encoded.bytes[i] ^= 0x5a; }
    }
    if (run.sent != nullptr) { run.sent->insert(run.sent->end(), encoded.bytes.begin(), encoded.bytes.end()); }
    const std::span<const std::uint8_t> pieces[] = {encoded.bytes};
    gamestream::DatagramBatch batch;
    const auto type = encoded.idr ? gamestream::FrameType::idr : gamestream::FrameType::p;
    REQUIRE(packetizer.packetize(pieces, {.type = type, .host_latency_tenths_ms = 31}, batch) == Status::ok);
    for (std::size_t i = 0; i < batch.count; ++i) {
      const std::span<const std::uint8_t> datagram(batch.bytes + i * batch.datagram_stride, batch.datagram_bytes);
      if (run.rubbish) {
        std::vector<std::uint8_t> bad(datagram.begin(), datagram.end());
        bad.resize(1 + random() % bad.size());
        host.send(bad);
        for (std::uint8_t& byte : bad) { byte = static_cast<std::uint8_t>(random()); }
        host.send(bad);
        sent_datagrams += 2;
      }
      host.send(datagram);
      ++sent_datagrams;
    }
    REQUIRE(eventually([&] {
      const VideoSummary now = receiver->summary();
      return now.datagrams_received == sent_datagrams &&
             now.pictures.access_units + now.frames_skipped + window >= now.frames &&
             (number != run.damaged_picture || now.pictures.access_units == now.frames);
    }));
  }
  REQUIRE(eventually([&] {
    const VideoSummary now = receiver->summary();
    return now.pictures.access_units == now.frames - now.frames_skipped;
  }));
  receiver->stop();
  CHECK(first_frames == 1);
  const VideoSummary summary = receiver->summary();
  CHECK(summary.kernel_drops == 0);
  CHECK(summary.pictures.overruns == 0);
  const std::uint64_t damaged = run.damaged_picture != 0 ? 1 : 0;
  CHECK_MESSAGE(summary.pictures.decode_errors == damaged, summary.pictures.last_decode_error);
  CHECK(summary.pictures.beacon_backward == 0);
  return summary;
}

}  // namespace

TEST_CASE("lossless video arrives whole, in clear and sealed, with small and large packets") {
  for (const std::size_t packet_size : {1024u, 1360u}) {
    for (const bool sealed : {false, true}) {
      CAPTURE(packet_size);
      CAPTURE(sealed);
      const VideoSummary summary =
          stream_video({.aes = sealed ? std::optional(key) : std::nullopt, .packet_size = packet_size});
      CHECK(summary.frames == pictures);
      CHECK(summary.idr_frames == 1);
      CHECK(summary.idr_requests == 0);
      CHECK(summary.reassembly.frames_lost == 0);
      CHECK(summary.reassembly.frames_repaired == 0);
      CHECK(summary.first_frame_index == 1);
      CHECK(summary.last_frame_index == pictures);
      CHECK(summary.pictures.pictures == pictures);
      CHECK(summary.pictures.beacon_distinct == pictures);
      CHECK(summary.pictures.beacon_first == 1);
      CHECK(summary.pictures.beacon_last == pictures);
      CHECK(summary.pictures.painted_to_decoded_ms.count == pictures);
      CHECK(summary.pictures.painted_to_decoded_ms.p50 > summary.pictures.painted_to_received_ms.p50);
      CHECK(summary.frame_gap_ms.count == pictures - 1);
      CHECK(summary.host_latency_ms.p50 == doctest::Approx(3.1));
    }
  }
}

TEST_CASE("the dump is the stream, byte for byte") {
  char path[] = "/tmp/dump-XXXXXX";
  const int fd = mkstemp(path);
  REQUIRE(fd >= 0);
  close(fd);
  std::vector<std::uint8_t> sent;
  stream_video({.aes = key, .dump = path, .sent = &sent});
  std::ifstream file(path, std::ios::binary);
  const std::vector<std::uint8_t> dumped{std::istreambuf_iterator<char>(file), {}};
  std::remove(path);
  CHECK(dumped.size() > 10'000);
  CHECK(dumped == sent);
}

// The seed loses some twenty of the first 900 datagrams, never three close together: two parity shards are enough.
TEST_CASE("losses that the parity covers are repaired") {
  const VideoSummary summary = stream_video({.aes = key, .loss = {.percent = 2, .seed = 5}, .fec_percent = 100});
  CHECK(summary.datagrams_dropped > 0);
  CHECK(summary.reassembly.frames_repaired > 0);
  CHECK(summary.reassembly.frames_lost == 0);
  CHECK(summary.pictures.beacon_distinct == pictures);
}

TEST_CASE("losses beyond the parity: an IDR is asked for, nothing undecodable is decoded, the stream goes on") {
  const VideoSummary summary = stream_video({.loss = {.percent = 15, .burst_length = 6, .seed = 5}});
  CHECK(summary.reassembly.frames_lost > 0);
  CHECK(summary.idr_requests > 0);
  CHECK(summary.idr_frames > 1);
  CHECK(summary.pictures.beacon_distinct > 0);
  CHECK(summary.pictures.beacon_distinct < pictures);
  CHECK(summary.pictures.access_units == summary.frames - summary.frames_skipped);
}

TEST_CASE("a picture that does not decode is counted, and an IDR asked for") {
  const VideoSummary summary = stream_video({.damaged_picture = 40});
  CHECK(summary.reassembly.frames_lost == 0);
  CHECK(summary.pictures.last_decode_error != "");
  CHECK(summary.idr_requests == 1);
  CHECK(summary.idr_frames == 2);
  CHECK(summary.pictures.beacon_last == pictures);
}

TEST_CASE("truncated copies and random datagrams in between change nothing") {
  for (const bool sealed : {false, true}) {
    CAPTURE(sealed);
    const VideoSummary summary = stream_video({.aes = sealed ? std::optional(key) : std::nullopt, .rubbish = true});
    CHECK(summary.reassembly.malformed + summary.reassembly.not_authentic > 0);
    CHECK(summary.reassembly.frames_lost == 0);
    CHECK(summary.pictures.beacon_distinct == pictures);
  }
}

namespace {

// Ten seconds of 440 Hz left and 1000 Hz right.
AudioSummary stream_audio(std::optional<AesKey> aes, const LossConfig& loss, unsigned packet_duration_ms) {
  constexpr unsigned total_ms = 10'000;
  constexpr std::uint32_t rikey_id = 0xfffffffb;
  test::LoopbackSender host;
  std::string error;
  const auto receiver =
      AudioReceiver::start({.socket = {.address = "127.0.0.1", .port = host.port(), .ping_payload = ""},
                            .reassembly = {.key = aes, .rikey_id = rikey_id},
                            .layout = {},
                            .packet_duration_ms = packet_duration_ms,
                            .loss = loss},
                           error);
  REQUIRE_MESSAGE(receiver, error);
  CHECK(host.wait_for_ping() == "PING");

  int status = 0;
  OpusEncoder* const encoder = opus_encoder_create(48'000, 2, OPUS_APPLICATION_RESTRICTED_LOWDELAY, &status);
  REQUIRE(status == OPUS_OK);
  opus_encoder_ctl(encoder, OPUS_SET_VBR(0));
  opus_encoder_ctl(encoder, OPUS_SET_BITRATE(96'000));
  gamestream::AudioPacketizer packetizer({.packet_duration_ms = packet_duration_ms, .key = aes, .rikey_id = rikey_id});
  const unsigned frames = 48 * packet_duration_ms;
  std::vector<float> samples(frames * 2);
  std::uint64_t time = 0, sent = 0;
  for (unsigned packet = 0; packet < total_ms / packet_duration_ms; ++packet) {
    for (unsigned i = 0; i < frames; ++i, ++time) {
      const double phase = 2 * std::numbers::pi * static_cast<double>(time) / 48'000;
      samples[i * 2] = static_cast<float>(0.3 * std::sin(440 * phase));
      samples[i * 2 + 1] = static_cast<float>(0.3 * std::sin(1000 * phase));
    }
    std::uint8_t opus[1400];
    const int size = opus_encode_float(encoder, samples.data(), static_cast<int>(frames), opus, sizeof opus);
    REQUIRE(size > 0);
    std::span<const std::uint8_t> datagrams[3];
    std::size_t count = 0;
    REQUIRE(packetizer.packetize({opus, static_cast<std::size_t>(size)}, datagrams, count) == Status::ok);
    for (std::size_t i = 0; i < count; ++i) { host.send(datagrams[i]); }
    sent += count;
    if (packet % 20 != 19) {
      continue;  // a hundred milliseconds at most are on their way
    }
    REQUIRE(eventually([&] {
      const AudioSummary now = receiver->summary();
      return now.reassembly.datagrams + now.datagrams_dropped == sent;
    }));
  }
  opus_encoder_destroy(encoder);
  receiver->stop();
  const AudioSummary summary = receiver->summary();
  CHECK(summary.decode_errors == 0);
  CHECK(summary.kernel_drops == 0);
  REQUIRE(summary.tone_hz.size() == 2);
  CHECK(summary.tone_hz[0] == doctest::Approx(440).epsilon(0.005));
  CHECK(summary.tone_hz[1] == doctest::Approx(1000).epsilon(0.005));
  CHECK(summary.audible_ms >= total_ms - 500);
  return summary;
}

}  // namespace

TEST_CASE("sound: lossless in clear and sealed, 5 and 10 ms") {
  for (const unsigned packet_duration_ms : {5u, 10u}) {
    for (const bool sealed : {false, true}) {
      CAPTURE(packet_duration_ms);
      CAPTURE(sealed);
      const AudioSummary summary = stream_audio(sealed ? std::optional(key) : std::nullopt, {}, packet_duration_ms);
      CHECK(summary.reassembly.packets == 10'000 / packet_duration_ms);
      CHECK(summary.reassembly.packets_lost == 0);
      CHECK(summary.reassembly.packets_repaired == 0);
      CHECK(summary.reassembly.malformed == 0);
    }
  }
}

TEST_CASE("sound: most losses are repaired, the rest concealed") {
  const AudioSummary summary = stream_audio(key, {.percent = 5, .seed = 2}, 5);
  CHECK(summary.reassembly.packets_repaired > 50);
  CHECK(summary.reassembly.packets_lost < 20);
}
