// The instruments themselves: losses, percentiles, tones, pictures.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdio>
#include <fstream>
#include <numbers>
#include <sstream>

#include "client/click.h"
#include "client/loss_model.h"
#include "client/picture_decoder.h"
#include "client/samples.h"
#include "client/snapshot.h"
#include "client/tone.h"
#include "h264_source.h"

using namespace punktfunk;
using namespace punktfunk::client;

TEST_CASE("losses: rate, mean burst and the same run for the same seed") {
  struct Case {
    double percent, burst;
  };
  for (const auto [percent, burst] : {Case{2, 1}, Case{2, 8}, Case{20, 3}, Case{0, 1}, Case{100, 1}}) {
    CAPTURE(percent);
    CAPTURE(burst);
    LossModel model({.percent = percent, .burst_length = burst, .seed = 7});
    LossModel twin({.percent = percent, .burst_length = burst, .seed = 7});
    constexpr int total = 400'000;
    int lost = 0, bursts = 0, differences = 0;
    bool before = false;
    for (int i = 0; i < total; ++i) {
      const bool now = model.drop();
      if (now != twin.drop()) { ++differences; }
      lost += now;
      bursts += now && !before;
      before = now;
    }
    CHECK(differences == 0);
    CHECK(100.0 * lost / total == doctest::Approx(percent).epsilon(0.05));
    if (percent > 0 && percent < 100) {
      const double expected = burst == 1 ? 1 / (1 - percent / 100) : burst;
      CHECK(static_cast<double>(lost) / bursts == doctest::Approx(expected).epsilon(0.05));
    }
  }
}

TEST_CASE("a click is heard at its first loud sample, once, and only after silence") {
  constexpr std::uint64_t packet_ns = 5'000'000, frame_ns = 1'000'000'000 / 48'000;
  constexpr std::size_t packet_frames = 240, channels = 2, start = 100;
  ClickMeter meter;
  const auto feed = [&](std::size_t packet, std::size_t loud_from, std::size_t loud_to) {
    std::vector<float> samples(packet_frames * channels, 0.01f);
    for (std::size_t i = loud_from; i < loud_to; ++i) { samples[i * channels] = i % 3 == 0 ? -0.4f : 0.1f; }
    meter.feed(samples, channels, packet * packet_ns);
  };
  for (std::size_t packet = 1; packet <= 20; ++packet) { feed(packet, 0, 0); }
  feed(21, start, packet_frames);  // over two packets
  feed(22, 0, start);
  feed(23, 50, 80);  // too soon to be another one
  for (std::size_t packet = 24; packet <= 40; ++packet) { feed(packet, 0, 0); }
  feed(41, 0, 50);
  REQUIRE(meter.heard_ns().size() == 2);
  CHECK(meter.heard_ns()[0] == doctest::Approx(21 * packet_ns + 102 * frame_ns).epsilon(1e-6));
  CHECK(meter.heard_ns()[1] == 41 * packet_ns);
}

TEST_CASE("a click is measured against its own picture") {
  constexpr std::uint64_t ms = 1'000'000;
  const std::vector<Flash> flashes = {{1000 * ms, 1020 * ms}, {1500 * ms, 1505 * ms}, {2500 * ms, 2520 * ms}};
  const std::vector<std::uint64_t> heard = {500 * ms, 1010 * ms, 1512 * ms, 2010 * ms, 2515 * ms};
  const ClickSummary summary = judge_clicks(heard, flashes);
  CHECK(summary.painted_to_heard_ms.count == 3);  // before any picture, or when its own did not come: left out
  CHECK(summary.painted_to_heard_ms.p50 == doctest::Approx(12));
  CHECK(summary.painted_to_heard_ms.max == doctest::Approx(15));
  CHECK(summary.picture_after_sound_ms.p50 == doctest::Approx(5));
  CHECK(summary.picture_after_sound_ms.max == doctest::Approx(10));
  CHECK(summary.apart_ms.p50 == doctest::Approx(7));
  CHECK(judge_clicks({}, flashes).painted_to_heard_ms.count == 0);
}

TEST_CASE("percentiles by nearest rank, of the newest values only") {
  Samples samples;
  CHECK(samples.percentiles().count == 0);
  for (int i = 1; i <= 100; ++i) { samples.add(i); }
  CHECK(samples.percentiles().p50 == 50);
  CHECK(samples.percentiles().p95 == 95);
  CHECK(samples.percentiles().p99 == 99);
  CHECK(samples.percentiles().max == 100);
  for (std::size_t i = 0; i < Samples::capacity; ++i) { samples.add(5); }
  CHECK(samples.percentiles().max == 5);
  for (std::size_t i = 0; i < Samples::capacity * 3 / 4; ++i) { samples.add(7); }
  CHECK(samples.percentiles().p50 == 7);
  CHECK(samples.percentiles().count == 100 + Samples::capacity * 7 / 4);
}

TEST_CASE("tones: holes in the sound are not a lower tone") {
  ToneMeter meter(48'000);
  std::vector<float> samples(48'000);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const bool hole = i % 2400 < 240;  // 5 ms of each 50
    samples[i] = hole ? 0.0f : 0.4f * static_cast<float>(std::sin(2 * M_PI * 1000 * static_cast<double>(i) / 48'000));
  }
  meter.feed(samples.data(), samples.size(), 1);
  CHECK(meter.tone_hz() == doctest::Approx(1000).epsilon(0.003));
}

TEST_CASE("tones: frequency through noise, and silence") {
  for (const double hz : {60.0, 440.0, 997.0, 5000.0}) {
    CAPTURE(hz);
    ToneMeter meter(48'000);
    std::uint32_t noise = 1;
    std::vector<float> stereo;
    for (int i = 0; i < 48'000; ++i) {
      noise = noise * 1664525u + 1013904223u;
      const double hiss = (static_cast<double>(noise >> 8) / (1 << 24) - 0.5) * 0.02;
      stereo.push_back(static_cast<float>(0.4 * std::sin(2 * std::numbers::pi * hz * i / 48'000) + hiss));
      stereo.push_back(0);
    }
    meter.feed(stereo.data(), 48'000, 2);
    CHECK(meter.tone_hz() == doctest::Approx(hz).epsilon(0.003));
    CHECK(meter.audible_ms() == 1000);
    ToneMeter other(48'000);
    other.feed(stereo.data() + 1, 48'000, 2);
    CHECK(other.tone_hz() == 0);
    CHECK(other.audible_ms() == 0);
  }
}

TEST_CASE("pictures come out at once, with their number and colours; damage is reported") {
  test::H264Source source(640, 360);
  std::string error;
  const auto decoder = PictureDecoder::open(VideoCodec::h264, error);
  REQUIRE_MESSAGE(decoder, error);
  std::vector<std::uint8_t> damaged;
  for (std::uint64_t number = 1; number <= 20; ++number) {
    const auto encoded = source.next({number, number * 1000}, number == 1);
    if (number == 20) { damaged = encoded.bytes; }
    std::uint64_t seen = 0;
    const bool clean = decoder->decode(encoded.bytes, [&](const Picture& picture) {
      CHECK(picture.width == 640);
      CHECK(picture.height == 360);
      CHECK(picture.matrix == 1);
      CHECK(picture.primaries == 1);
      CHECK_FALSE(picture.full_range);
      BeaconCode code;
      REQUIRE(read_beacon_code(picture.planes[0], picture.strides[0], picture.width, picture.height, code));
      CHECK(code.painted_ns == number * 1000);
      seen = code.frame_number;
    });
    CHECK_MESSAGE(clean, decoder->last_error());
    CHECK(seen == number);
  }
  // A parameter set that cannot be (its number is past 255) before a good picture: the picture comes, and only
  // libavcodec's log tells of the damage.
  auto odd = source.next({21, 0}, false).bytes;
  const std::uint8_t parameters[] = {0, 0, 0, 1, 0x68, 0x00, 0x40, 0x80, 0x80};
  odd.insert(odd.begin(), std::begin(parameters), std::end(parameters));
  int seen = 0;
  CHECK_FALSE(decoder->decode(odd, [&](const Picture&) { ++seen; }));
  CHECK(seen == 1);
  for (std::size_t i = 40; i < damaged.size(); i += 5) { damaged[i] ^= 0x5a; }
  CHECK_FALSE(decoder->decode(damaged, [](const Picture&) {}));
  CHECK(decoder->last_error() != "");
  const std::uint8_t rubbish[64] = {1, 2, 3};
  CHECK_FALSE(decoder->decode(rubbish, [](const Picture&) {}));
}

TEST_CASE("a snapshot is a PPM with the right colours") {
  // 2 x 2: BT.709 limited range red, written with 4:2:0 chroma.
  const std::uint8_t luma[4] = {63, 63, 63, 63}, cb[1] = {102}, cr[1] = {240};
  const Picture picture{.planes = {luma, cb, cr}, .strides = {2, 1, 1}, .width = 2, .height = 2, .matrix = 1};
  char path[] = "/tmp/snapshot-XXXXXX";
  const int fd = mkstemp(path);
  REQUIRE(fd >= 0);
  close(fd);
  std::string error;
  REQUIRE_MESSAGE(write_ppm(picture, path, error), error);
  std::ifstream file(path, std::ios::binary);
  std::stringstream content;
  content << file.rdbuf();
  std::remove(path);
  const std::string ppm = content.str();
  const std::string header = "P6\n2 2\n255\n";
  REQUIRE(ppm.size() == header.size() + 12);
  CHECK(ppm.substr(0, header.size()) == header);
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(ppm[header.size() + i]); };
  CHECK(at(0) > 250);
  CHECK(at(1) < 5);
  CHECK(at(2) < 5);
  CHECK_FALSE(write_ppm(picture, "/nowhere/at/all.ppm", error));
  CHECK(error.find("/nowhere/at/all.ppm") != std::string::npos);
}
