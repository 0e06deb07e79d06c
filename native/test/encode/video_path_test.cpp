#include "engine/encode/video_path.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <vector>

#include "h264.h"
#include "one_module.h"
#include "test/need.h"
#include "test/thread_allocations.h"

extern "C" {
#include <libavcodec/avcodec.h>
}

using namespace punktfunk;
using namespace punktfunk::test;

namespace {

constexpr std::uint32_t width = 320, height = 192;

struct Desktop {
  std::vector<std::uint8_t> pixels = std::vector<std::uint8_t>(std::size_t{width} * height * 4);

  Frame frame(const Rect& damage = {0, 0, width, height}) {
    Frame f;
    f.plane_count = 1;
    f.planes[0].data = pixels.data();
    f.planes[0].length = pixels.size();
    f.planes[0].stride = width * 4;
    f.fourcc = 0x34325258;  // XR24
    f.width = width;
    f.height = height;
    f.damage = damage;
    return f;
  }
  void fill(std::uint8_t grey) { std::fill(pixels.begin(), pixels.end(), grey); }
};

// What came of an access unit, without a place of its own for each slice: nothing here may allocate.
struct Slices {
  std::array<std::uint8_t, 1 << 20> bytes;
  std::size_t size = 0;
  unsigned count = 0;
  bool idr = false, orderly = true, ended = false;

  static void take(void* user, const Slice& slice) {
    auto& s = *static_cast<Slices*>(user);
    s.orderly = s.orderly && !s.ended && slice.first == (s.count == 0) && !slice.bytes.empty() &&
                (slice.first || slice.idr == s.idr);
    std::copy(slice.bytes.begin(), slice.bytes.end(), s.bytes.begin() + static_cast<std::ptrdiff_t>(s.size));
    s.size += slice.bytes.size();
    s.idr = slice.idr;
    s.ended = slice.last;
    ++s.count;
  }
  Status from(VideoPath& path, bool force_idr) {
    size = count = 0;
    orderly = true;
    ended = false;
    return path.encode(force_idr, {take, this});
  }
};

std::unique_ptr<VideoPath> open(unsigned slices) {
  EncoderConfig c;
  c.width = width;
  c.height = height;
  c.bitrate_kbps = 8000;
  c.slices = slices;
  return need(open_software_path(module_dir, c));
}

}  // namespace

TEST_CASE("a path gives an access unit's slices in order, as they come, the last one marked") {
  for (const unsigned slices : {1u, 3u}) {
    CAPTURE(slices);
    const auto path = open(slices);
    CHECK(path->codec() == contract::Codec::h264);
    Desktop desktop;
    Slices got;
    Decoder decoder;
    for (unsigned n = 0; n < 6; ++n) {
      desktop.fill(static_cast<std::uint8_t>(40 + n * 30));
      REQUIRE(path->take(desktop.frame()) == Status::ok);
      REQUIRE(got.from(*path, n == 4) == Status::ok);
      CHECK(got.count == slices);
      CHECK(got.orderly);
      CHECK(got.ended);
      CHECK(got.idr == (n == 0 || n == 4));
      const std::vector<std::uint8_t> unit(got.bytes.begin(),
                                           got.bytes.begin() + static_cast<std::ptrdiff_t>(got.size));
      CHECK(split_annex_b(unit).front().type == (got.idr ? 7 : 1));
      CHECK(decoder.decode(unit) != nullptr);
    }
  }
}

TEST_CASE("a path reads of a frame only what is damaged, until the geometry changes") {
  const auto path = open(2);
  Desktop desktop;
  Slices got;
  Decoder decoder;
  const auto luma = [&](std::uint32_t x, std::uint32_t y) {
    REQUIRE(got.from(*path, true) == Status::ok);
    const AVFrame* picture =
        decoder.decode({got.bytes.begin(), got.bytes.begin() + static_cast<std::ptrdiff_t>(got.size)});
    REQUIRE(picture != nullptr);
    return int{picture->data[0][static_cast<int>(y) * picture->linesize[0] + static_cast<int>(x)]};
  };
  desktop.fill(0);
  REQUIRE(path->take(desktop.frame()) == Status::ok);
  desktop.fill(255);
  REQUIRE(path->take(desktop.frame({0, 0, 160, 96})) == Status::ok);
  CHECK(luma(80, 48) > 200);
  CHECK(luma(240, 144) < 40);
  Frame turned = desktop.frame({0, 0, 2, 2});
  turned.y_inverted = true;
  REQUIRE(path->take(turned) == Status::ok);
  CHECK(luma(240, 144) > 200);
}

TEST_CASE("a path takes what it says, and refuses what it does not") {
  const auto path = open(1);
  Desktop desktop;
  REQUIRE(!path->formats().empty());
  for (const FrameFormat& format : path->formats()) {
    Frame frame = desktop.frame();
    frame.fourcc = format.fourcc;
    frame.modifier = format.modifier;
    CHECK(path->take(frame) == Status::ok);
    frame.modifier = 1;  // tiled
    CHECK(path->take(frame) == Status::unsupported);
  }
  Frame frame = desktop.frame();
  frame.fourcc = 0x3231564e;  // NV12
  CHECK(path->take(frame) == Status::unsupported);
  frame = desktop.frame();
  frame.planes[0].length /= 2;
  CHECK(path->take(frame) == Status::invalid_argument);
}

TEST_CASE("a path allocates nothing for a picture") {
  const auto path = open(3);
  Desktop desktop;
  const auto slices = std::make_unique<Slices>();
  std::size_t before = 0;
  for (unsigned n = 0; n < 20; ++n) {
    if (n == 5) { before = thread_allocations(); }
    desktop.fill(static_cast<std::uint8_t>(n * 10));
    const bool taken = path->take(desktop.frame()) == Status::ok;
    const bool encoded = slices->from(*path, n % 7 == 0) == Status::ok;
    if (!taken || !encoded) { FAIL("not encoded"); }
  }
  CHECK(thread_allocations() == before);
}
