#include <doctest/doctest.h>

#include <cstring>
#include <vector>

#include "beacon/beacon_code.h"
#include "test/capture/pump.h"
#include "test/failure_text.h"

using namespace punktfunk;
using namespace punktfunk::test;

namespace {

bool read_code(const Frame& frame, BeaconCode& code) {
  return read_beacon_code(frame.planes[0].data + 1, frame.planes[0].stride, frame.width, frame.height, code, 4);
}

}  // namespace

TEST_CASE("the beacon code survives painting, a luma range of 16 to 235, and nothing else passes for it") {
  std::vector<std::uint8_t> picture(std::size_t{640} * 4 * 30, 0x55);
  const BeaconCode painted{0x0123456789ABCDEF, 0xFEDCBA9876543210};
  REQUIRE(paint_beacon_code(picture.data(), 640 * 4, 640, 30, painted));
  BeaconCode read;
  REQUIRE(read_beacon_code(picture.data() + 1, 640 * 4, 640, 30, read, 4));
  CHECK(read.frame_number == painted.frame_number);
  CHECK(read.painted_ns == painted.painted_ns);

  std::vector<std::uint8_t> luma(std::size_t{640} * 30);
  for (std::size_t i = 0; i < luma.size(); ++i) {
    luma[i] = static_cast<std::uint8_t>(16 + picture[i * 4] * 219 / 255);
  }
  REQUIRE(read_beacon_code(luma.data(), 640, 640, 30, read));
  CHECK(read.painted_ns == painted.painted_ns);

  for (std::size_t y = 0; y < 8; ++y) {
    std::memset(&luma[y * 640], 128, 8);  // one block of row 0
  }
  CHECK_FALSE(read_beacon_code(luma.data(), 640, 640, 30, read));
  CHECK_FALSE(paint_beacon_code(picture.data(), 640 * 4, 511, 30, painted));
  CHECK_FALSE(paint_beacon_code(picture.data(), 640 * 4, 640, 23, painted));
  CHECK_FALSE(read_beacon_code(luma.data(), 640, 640, 23, read));
  const std::vector<std::uint8_t> black(std::size_t{640} * 30), white(std::size_t{640} * 30, 255);
  CHECK_FALSE(read_beacon_code(black.data(), 640, 640, 30, read));
  CHECK_FALSE(read_beacon_code(white.data(), 640, 640, 30, read));
}

TEST_CASE("the moving picture: numbers rise, every frame differs, the corner code leaves no trail") {
  std::string error;
  const auto source = opened(open_synthetic({.moving = true}, {.width = 640, .height = 360, .fps = 1000}), error);
  REQUIRE(source != nullptr);
  std::uint64_t last = 0;
  unsigned frames = 0;
  std::vector<std::uint8_t> before;
  pump(*source, 60'000, [&](const Frame& frame) {
    BeaconCode code;
    REQUIRE(read_code(frame, code));
    CHECK(code.frame_number > last);
    last = code.frame_number;
    CHECK(frame.damage.width == 640);
    REQUIRE(frame.planes[0].length >= std::size_t{frame.planes[0].stride} * 359 + 640 * 4);
    std::vector<std::uint8_t> below;
    unsigned trail = 0;
    for (std::uint32_t y = beacon_height_px; y < 360; ++y) {
      const std::uint8_t* const line = frame.planes[0].data + std::size_t{y} * frame.planes[0].stride;
      below.insert(below.end(), line, line + 640 * 4);
      // A trail would be full white or full black; the page has neither.
      for (std::uint32_t x = 0; x < 640; ++x) {
        if (std::memcmp(line + x * 4, "\xFF\xFF\xFF", 3) == 0 || std::memcmp(line + x * 4, "\0\0\0", 3) == 0) {
          ++trail;
        }
      }
    }
    CHECK(trail == 0);
    CHECK(below != before);
    before = std::move(below);
    ++frames;
    return last > 400;  // by then the view has turned round both ways and comes over where the code was
  });
  CHECK(last > 400);
  CHECK(last == frames + source->dropped_frames());
}

TEST_CASE("the still picture comes once") {
  std::string error;
  const auto source = opened(open_synthetic({.moving = false}, {.width = 1280, .height = 720, .fps = 60}), error);
  REQUIRE(source != nullptr);
  unsigned frames = 0;
  CHECK(pump(*source, 60'000, [&](const Frame&) { return ++frames == 1; }));
  CHECK_FALSE(pump(*source, 100, [&](const Frame&) { return ++frames > 1; }));
  CHECK(frames == 1);
}

TEST_CASE("borrowed pictures stay as they are; a third waits until one is back") {
  std::string error;
  const auto source = opened(open_synthetic({.moving = true}, {.width = 640, .height = 360, .fps = 240}), error);
  REQUIRE(source != nullptr);
  const auto await = [&](Frame& frame) {
    for (const std::uint64_t give_up_ns = monotonic_ns() + 5'000'000'000; monotonic_ns() < give_up_ns;) {
      source->dispatch();
      if (source->next(frame)) { return true; }
      pollfd ready{source->poll_fd(), POLLIN, 0};
      poll(&ready, 1, 20);
    }
    return false;
  };
  Frame first, second, third;
  REQUIRE(await(first));
  BeaconCode code, again;
  REQUIRE(read_code(first, code));
  REQUIRE(await(second));
  pollfd ready{source->poll_fd(), POLLIN, 0};
  REQUIRE(poll(&ready, 1, 1000) == 1);
  source->dispatch();
  CHECK_FALSE(source->next(third));
  REQUIRE(read_code(first, again));
  CHECK(again.frame_number == code.frame_number);
  source->release(second);
  CHECK(await(third));
  source->release(first);
  source->release(third);
}

TEST_CASE("sizes and rates that no picture has are refused") {
  for (const SourceConfig& config :
       {SourceConfig{.width = 0, .height = 1}, SourceConfig{.width = 1, .height = 0},
        SourceConfig{.width = 20000, .height = 20000}, SourceConfig{.width = 640, .height = 360, .fps = 0},
        SourceConfig{.width = 640, .height = 360, .fps = 10000}}) {
    std::string error;
    CHECK(opened(open_synthetic({.moving = true}, config), error) == nullptr);
    CHECK(error.starts_with("synthetic_impossible("));
  }
  std::string error;
  const auto tiny = opened(open_synthetic({.moving = true}, {.width = 1, .height = 1, .fps = 60}),
                           error);  // too small for the code, but a picture
  REQUIRE(tiny != nullptr);
  CHECK(pump(*tiny, 60'000, [](const Frame& frame) { return frame.width == 1; }));
}
