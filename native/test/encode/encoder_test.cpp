#include "engine/encode/encoder.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <random>

#include "h264.h"
#include "one_module.h"
#include "test/need.h"

extern "C" {
#include <libavcodec/avcodec.h>
}

using namespace punktfunk;
using namespace punktfunk::test;
namespace fs = std::filesystem;

namespace {

// Moving picture: a gradient that pans over noise blocks, so that every frame costs bits.
struct Scene {
  std::uint32_t width, height;
  std::vector<std::uint8_t> y, uv, noise;
  Scene(std::uint32_t w, std::uint32_t h) : width(w), height(h), y(w * h), uv(w * h / 2, 128), noise(512 * 512) {
    std::mt19937 random(1);
    for (std::size_t i = 0; i < noise.size(); ++i) { noise[i] = static_cast<std::uint8_t>(random() % 24); }
  }
  Picture draw(std::uint32_t n) {
    for (std::uint32_t row = 0; row < height; ++row) {
      for (std::uint32_t x = 0; x < width; ++x) {
        y[row * width + x] =
            static_cast<std::uint8_t>(16 + (x + row + n * 3) % 128 + noise[(row / 4 % 512) * 512 + (x / 4 + n) % 512]);
      }
    }
    for (std::size_t i = 0; i < uv.size(); ++i) { uv[i] = static_cast<std::uint8_t>(128 + (i / 64 + n) % 32); }
    return {y.data(), uv.data(), width, width};
  }
};

double psnr(const Scene& scene, const AVFrame* frame) {
  double sum = 0;
  for (std::uint32_t row = 0; row < scene.height; ++row) {
    for (std::uint32_t x = 0; x < scene.width; ++x) {
      const double d = scene.y[row * scene.width + x] -
                       frame->data[0][static_cast<int>(row) * frame->linesize[0] + static_cast<int>(x)];
      sum += d * d;
    }
  }
  return 10 * std::log10(255.0 * 255.0 * scene.width * scene.height / std::max(sum, 1e-9));
}

struct AccessUnit {
  std::vector<std::uint8_t> bytes;
  unsigned pieces = 0;
  bool idr = false, orderly = true, ended = false;

  static void take(void* user, const Slice& slice) {
    auto& u = *static_cast<AccessUnit*>(user);
    u.orderly = u.orderly && slice.first == (u.pieces == 0) && !u.ended && (slice.first || slice.idr == u.idr);
    u.bytes.insert(u.bytes.end(), slice.bytes.begin(), slice.bytes.end());
    u.idr = slice.idr;
    ++u.pieces;
    u.ended = slice.last;
  }
};

EncoderConfig config(std::uint32_t width, std::uint32_t height) {
  EncoderConfig c;
  c.width = width;
  c.height = height;
  c.bitrate_kbps = 4000;
  c.slices = 2;
  return c;
}

unsigned count(const std::vector<Nal>& nals, unsigned type) {
  unsigned n = 0;
  for (const Nal& nal : nals) { n += nal.type == type; }
  return n;
}

AccessUnit encode(Encoder& encoder, const Picture& picture, bool idr) {
  AccessUnit unit;
  REQUIRE(encoder.encode(picture, idr, {AccessUnit::take, &unit}) == Status::ok);
  CHECK(unit.orderly);
  CHECK(unit.ended);
  return unit;
}

// Every promise of the interface that holds for any encoder. vbv_frames: how many frames' worth of bits one picture may
// take.
void keeps_its_promises(const std::string& name, double vbv_frames) {
  const OneModule only(name);
  for (const auto& [width, height, slices] : {std::tuple{640u, 360u, 2u}, {322u, 182u, 1u}, {1280u, 720u, 4u}}) {
    EncoderConfig c = config(width, height);
    c.slices = slices;
    const auto encoder = need(open_h264_encoder(only.dir, c));
    Decoder decoder;
    Scene scene(width, height);
    std::size_t total = 0, worst = 0;
    double quality = 0;
    constexpr std::uint32_t frames = 60, idr_at = 37;
    for (std::uint32_t n = 0; n < frames; ++n) {
      const AccessUnit unit = encode(*encoder, scene.draw(n), n == idr_at);
      const auto nals = split_annex_b(unit.bytes);
      const bool idr = n == 0 || n == idr_at;
      CAPTURE(n);
      CHECK(unit.idr == idr);
      CHECK(count(nals, 6) == 0);                 // SEI
      CHECK(count(nals, idr ? 5 : 1) == slices);  // all slices are of the right kind
      CHECK(count(nals, idr ? 1 : 5) == 0);
      CHECK(count(nals, 7) == (idr ? 1 : 0));
      CHECK(count(nals, 8) == (idr ? 1 : 0));
      if (idr) {
        CHECK(nals.front().type == 7);  // how a client knows an IDR
      }
      const AVFrame* decoded = decoder.decode(unit.bytes);
      REQUIRE(decoded != nullptr);  // one access unit, one picture, at once
      CHECK(decoded->width == static_cast<int>(width));
      CHECK(decoded->height == static_cast<int>(height));
      if (n >= 10) { quality += psnr(scene, decoded) / (frames - 10); }
      if (n >= 10) { worst = std::max(worst, unit.bytes.size()); }
      total += unit.bytes.size();
    }
    const double frame_bytes = c.bitrate_kbps * 1000.0 / 8 / c.fps;
    CHECK(quality > 28);
    CHECK(static_cast<double>(worst) <= frame_bytes * vbv_frames);
    CHECK(static_cast<double>(total) / frames <= frame_bytes * 1.15);
  }
}

// Where the rate leaves room, quality decides: no bits go to what looks right already.
void stops_at_the_quality_asked_for(const std::string& name) {
  const OneModule only(name);
  std::size_t bytes[2] = {};
  for (const unsigned i : {0u, 1u}) {
    EncoderConfig c = config(640, 360);
    c.bitrate_kbps = 50'000;
    c.crf = i == 0 ? 18 : 30;
    const auto encoder = need(open_h264_encoder(only.dir, c));
    Scene scene(640, 360);
    for (std::uint32_t n = 0; n < 30; ++n) { bytes[i] += encode(*encoder, scene.draw(n), false).bytes.size(); }
  }
  CHECK(bytes[1] * 3 < bytes[0] * 2);
}

void declares_colours(const std::string& name) {
  const OneModule only(name);
  for (const bool full : {false, true}) {
    for (const auto& [colorspace, primaries, transfer, matrix] : {std::tuple{Colorspace::rec601, 6u, 6u, 6u},
                                                                  {Colorspace::rec709, 1u, 1u, 1u},
                                                                  {Colorspace::rec2020, 1u, 1u, 9u}}) {
      EncoderConfig c = config(320, 180);
      c.colorspace = colorspace;
      c.full_range = full;
      c.max_reference_frames = 1;
      const auto encoder = need(open_h264_encoder(only.dir, c));
      Scene scene(320, 180);
      const AccessUnit unit = encode(*encoder, scene.draw(0), false);
      const Sps sps = parse_sps(split_annex_b(unit.bytes).front().bytes);
      CHECK(sps.vui);
      CHECK(sps.full_range == full);
      CHECK(sps.primaries == primaries);
      CHECK(sps.transfer == transfer);
      CHECK(sps.matrix == matrix);
      CHECK(sps.reference_frames == 1);
      CHECK(sps.restriction);
      CHECK(sps.decoder_buffer_frames == 1);
      CHECK(sps.reorder_frames == 0);
      CHECK(sps.width == 320);
      CHECK(sps.height == 180);
    }
  }
}

void follows_a_new_bitrate(const std::string& name, double vbv_frames) {
  const OneModule only(name);
  const auto encoder = need(open_h264_encoder(only.dir, config(640, 360)));
  Scene scene(640, 360);
  struct Sizes {
    std::size_t sum = 0, worst = 0;
  };
  auto sizes = [&, n = 0u](unsigned frames) mutable {
    Sizes s;
    for (unsigned i = 0; i < frames; ++i) {
      const std::size_t bytes = encode(*encoder, scene.draw(n++), false).bytes.size();
      s.sum += bytes;
      s.worst = std::max(s.worst, bytes);
    }
    return s;
  };
  sizes(30);
  const Sizes before = sizes(30);
  for (const std::uint32_t lower_kbps : {1000u, 500u}) {
    CAPTURE(lower_kbps);
    REQUIRE(encoder->set_bitrate_kbps(lower_kbps) == Status::ok);
    sizes(30);
    const Sizes after = sizes(30);
    CHECK(after.sum * 2 < before.sum);
    CHECK(static_cast<double>(after.worst) <= lower_kbps * 1000.0 / 8 / config(640, 360).fps * vbv_frames);
  }
  REQUIRE(encoder->set_bitrate_kbps(8000) == Status::ok);
  sizes(30);
  CHECK(sizes(30).sum > before.sum);
  for (const std::uint32_t any_kbps : {239'999u, 212'111u, 33'333u, 101u}) {
    CHECK_MESSAGE(encoder->set_bitrate_kbps(any_kbps) == Status::ok, any_kbps);
  }
  CHECK(encoder->set_bitrate_kbps(0) == Status::invalid_argument);
}

// The best picture that there is, whatever was asked for: the edges of what a session allows (src/session/plan.ts) and
// of what the interface does.
void encodes_what_hardly_can_be(const std::string& name) {
  const OneModule only(name);
  for (const auto& [width, height, fps, bitrate_kbps, slices] : {std::tuple{64u, 64u, 480u, 100u, 32u},
                                                                 {640u, 360u, 480u, 100u, 32u},
                                                                 {640u, 360u, 60u, 100u, 1u},
                                                                 {640u, 360u, 480u, 2'000'000u, 32u},
                                                                 {640u, 360u, 1u, 45'000u, 2u},
                                                                 {66u, 720u, 1u, 100u, 32u},
                                                                 {1280u, 720u, 60u, 1u, 32u},
                                                                 {320u, 2048u, 1u, 2'000'000u, 32u},
                                                                 {4096u, 64u, 60u, 2'000'000u, 1u},
                                                                 {16u, 16u, 60u, 1000u, 1u}}) {
    CAPTURE(width);
    CAPTURE(height);
    CAPTURE(fps);
    CAPTURE(bitrate_kbps);
    EncoderConfig c = config(width, height);
    c.fps = fps;
    c.bitrate_kbps = bitrate_kbps;
    c.slices = slices;
    const auto encoder = need(open_h264_encoder(only.dir, c));
    Decoder decoder;
    Scene scene(width, height);
    for (std::uint32_t n = 0; n < 5; ++n) {
      const AVFrame* const decoded = decoder.decode(encode(*encoder, scene.draw(n), n == 3).bytes);
      REQUIRE(decoded != nullptr);
      CHECK(decoded->width == static_cast<int>(width));
      CHECK(decoded->height == static_cast<int>(height));
      CHECK(psnr(scene, decoded) > (bitrate_kbps > 1000 ? 35 : 15));
    }
  }
}

bool built(const char* name) {
  if (fs::exists(fs::path(module_dir) / ("punktfunk_encoder_" + std::string(name) + ".so"))) { return true; }
  MESSAGE("not built, so not tested: ", name);
  return false;
}

}  // namespace

TEST_CASE("libx264 keeps the interface's promises and the one-frame buffer") {
  REQUIRE(built("x264"));
  keeps_its_promises("x264", 1.1);
  declares_colours("x264");
  follows_a_new_bitrate("x264", 1.1);
  stops_at_the_quality_asked_for("x264");
}

TEST_CASE("OpenH264 keeps the interface's promises") {
  if (!built("openh264")) { return; }
  keeps_its_promises("openh264", 5);  // it knows no buffer of one frame: an IDR is larger
  declares_colours("openh264");
  follows_a_new_bitrate("openh264", 5);
  stops_at_the_quality_asked_for("openh264");
}

TEST_CASE("480 frames a second, 32 slices, next to no bits or more than anybody needs: a whole picture each time") {
  for (const char* const name : {"x264", "openh264"}) {
    if (built(name)) { encodes_what_hardly_can_be(name); }
  }
}

TEST_CASE("libx264: level from size and rate, references as asked, presets by name") {
  for (const auto& [width, height, fps, level] :
       {std::tuple{1280u, 720u, 60u, 32u}, {1920u, 1080u, 60u, 42u}, {1920u, 1080u, 30u, 40u}}) {
    EncoderConfig c = config(width, height);
    c.fps = fps;
    c.bitrate_kbps = 10000;
    std::strcpy(c.preset, "ultrafast");
    const auto encoder = need(open_h264_encoder(module_dir, c));
    CHECK(std::string(encoder->name()) == "libx264 ultrafast");
    Scene scene(width, height);
    const AccessUnit unit = encode(*encoder, scene.draw(0), false);
    const Sps sps = parse_sps(split_annex_b(unit.bytes).front().bytes);
    CHECK(sps.level == level);
    CHECK(sps.chroma_location == 1);
  }
}

TEST_CASE(
    "libx264: the first slice's start fits the first packet, and more slices than rows for threads still come out") {
  EncoderConfig c = config(640, 180);
  c.slices = 6;
  const auto encoder = need(open_h264_encoder(module_dir, c));
  Scene scene(640, 180);
  const AccessUnit unit = encode(*encoder, scene.draw(0), false);
  const auto nals = split_annex_b(unit.bytes);
  CHECK(count(nals, 5) == 6);
  CHECK(unit.pieces == 6);
  REQUIRE(nals.size() >= 3);
  CHECK(nals[2].bytes.data() - unit.bytes.data() < 200);
}

TEST_CASE("a configuration that cannot be is refused with what it was") {
  const auto refused = [](auto change) {
    EncoderConfig c = config(640, 360);
    change(c);
    const Failure failure = refusal(open_h264_encoder(module_dir, c));
    CHECK(failure == problem::picture_impossible(c.width, c.height, c.fps, c.bitrate_kbps));
  };
  refused([](EncoderConfig& c) { c.width = 0; });
  refused([](EncoderConfig& c) { c.width = 641; });
  refused([](EncoderConfig& c) { c.height = 14; });
  refused([](EncoderConfig& c) { c.height = 20000; });
  refused([](EncoderConfig& c) { c.fps = 0; });
  refused([](EncoderConfig& c) { c.fps = 1001; });
  refused([](EncoderConfig& c) { c.bitrate_kbps = 0; });
  refused([](EncoderConfig& c) { c.bitrate_kbps = 2'000'001; });
  refused([](EncoderConfig& c) { c.slices = 0; });
  refused([](EncoderConfig& c) { c.crf = 0; });
  refused([](EncoderConfig& c) { std::memset(c.preset, 'x', sizeof c.preset); });
}

TEST_CASE("each encoder is tried, and what one lacks is told") {
  for (const TriedEncoder& tried : try_encoders(PUNKTFUNK_BUILD "/lib")) {
    CHECK_MESSAGE(!tried.failure, tried.library);
  }
  for (const TriedEncoder& tried : try_encoders("/nonexistent")) {
    CHECK(tried.failure == problem::encoder_missing(tried.library));
  }
}

TEST_CASE("a missing or foreign module is named") {
  CHECK(refusal(open_h264_encoder("/nonexistent", config(640, 360))) ==
        problem::no_encoder("/nonexistent", "libx264: its module is not built; OpenH264: its module is not built"));

  const OneModule none("none");
  std::ofstream(none.dir / "punktfunk_encoder_x264.so") << "not a library";
  const Failure foreign = refusal(open_h264_encoder(none.dir, config(640, 360)));
  CHECK(foreign.code == ProblemCode::no_encoder);
  CHECK(foreign.parameters.at(1).find("libx264: " + none.dir.string()) == 0);

  if (fs::exists(fs::path(module_dir) / "punktfunk_encoder_openh264.so")) {  // the second choice takes over
    fs::create_symlink(fs::path(module_dir) / "punktfunk_encoder_openh264.so",
                       none.dir / "punktfunk_encoder_openh264.so");
    CHECK(std::string(need(open_h264_encoder(none.dir, config(640, 360)))->name()) == "OpenH264");
  }
}
