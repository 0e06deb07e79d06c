#include "engine/preview/preview.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "base/clock.h"
#include "engine/preview/base64.h"
#include "engine/preview/jpeg.h"
#include "test/need.h"
#include "test/preview/read_preview.h"

using namespace punktfunk;
using namespace punktfunk::test;

namespace {

std::vector<std::uint8_t> bytes_of(std::string_view text) {
  return {text.begin(), text.end()};
}

}  // namespace

TEST_CASE("bytes as text: the examples of RFC 4648") {
  const std::pair<const char*, const char*> examples[] = {{"", ""},
                                                          {"f", "Zg=="},
                                                          {"fo", "Zm8="},
                                                          {"foo", "Zm9v"},
                                                          {"foob", "Zm9vYg=="},
                                                          {"fooba", "Zm9vYmE="},
                                                          {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : examples) { CHECK(base64(bytes_of(bytes)) == text); }
}

TEST_CASE("a preview of the painted picture can be read, and is of this moment") {
  const std::uint64_t before_ns = monotonic_ns();
  const auto taken = need(take_preview({.target = contract::SyntheticTarget{true}, .max_width_px = 640}));
  CHECK(taken.width == 640);
  CHECK(taken.height == 360);
  BeaconCode code;
  REQUIRE(read_code(*decode(taken), code));
  CHECK(code.painted_ns >= before_ns);
  CHECK(code.painted_ns <= monotonic_ns());
}

TEST_CASE("sizes that are no whole macroblocks keep their colours to the edge") {
  for (const auto& [width, height] : {std::pair{2u, 2u}, {34u, 18u}, {64u, 36u}, {640u, 266u}}) {
    CAPTURE(width);
    CAPTURE(height);
    std::vector<std::uint8_t> y(std::size_t{width} * height), uv(y.size() / 2);
    for (std::uint32_t row = 0; row < height; ++row) {
      for (std::uint32_t column = 0; column < width; ++column) {
        y[std::size_t{row} * width + column] =
            static_cast<std::uint8_t>(40 + 2 * column * 60 / width + row * 60 / height);
      }
    }
    for (std::size_t i = 0; i < uv.size(); i += 2) { uv[i] = 90, uv[i + 1] = 170; }
    const auto jpeg = encode_jpeg({y.data(), uv.data(), width, width}, width, height, 90);
    REQUIRE(jpeg);
    const Decoded frame = decode(*jpeg);
    REQUIRE(frame->width == static_cast<int>(width));
    REQUIRE(frame->height == static_cast<int>(height));
    for (std::uint32_t row = 0; row < height; ++row) {
      for (std::uint32_t column = 0; column < width; ++column) {
        const int made = frame->data[0][static_cast<std::size_t>(frame->linesize[0]) * row + column];
        REQUIRE(std::abs(made - y[std::size_t{row} * width + column]) <= 6);
      }
    }
    CHECK(std::abs(frame->data[1][0] - 90) <= 3);
    CHECK(std::abs(frame->data[2][static_cast<std::size_t>(frame->linesize[2]) * (height / 2 - 1) + width / 2 - 1] -
                   170) <= 3);
  }
}

TEST_CASE("a desktop that cannot be reached is told as a stream of it would") {
  const auto taken =
      take_preview({.target = contract::WlrootsTarget{.wayland_display = "/nonexistent/wayland"}, .max_width_px = 640});
  REQUIRE(!taken);
  CHECK(taken.error() == problem::wayland_unreachable("/nonexistent/wayland", "No such file or directory"));
}
