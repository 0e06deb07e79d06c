#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "beacon/beacon_code.h"
#include "picture.h"

using namespace punktfunk;
using namespace punktfunk::beacon;

namespace {

constexpr int width = 1000, height = 570;  // no multiples of a tile, a cell or a macroblock

struct Buffer {
  std::vector<std::uint32_t> pixels = std::vector<std::uint32_t>(width * height, 0xDEADBEEF);
  Canvas canvas{.pixels = pixels.data(), .width = width, .height = height};
};

std::vector<std::uint32_t> alone(Motion motion, std::uint64_t number) {
  Picture picture(motion);
  Buffer buffer;
  picture.paint(buffer.canvas, number, number * 1000);
  return buffer.pixels;
}

std::string name_of(Motion motion) {
  return std::string(motion_names.at(static_cast<std::size_t>(motion)));
}

std::vector<Motion> motions() {
  std::vector<Motion> all;
  for (const auto name : motion_names) { all.push_back(motion_of(name).value()); }
  return all;
}

bool within(std::span<const Box> boxes, int x, int y) {
  return std::any_of(boxes.begin(), boxes.end(), [&](const Box& box) {
    return x >= box.x && x < box.x + box.width && y >= box.y && y < box.y + box.height;
  });
}

}  // namespace

TEST_CASE("scenes: a picture is that of its number, whatever was in the buffer; what changed is told") {
  for (const Motion motion : motions()) {
    Picture picture(motion);
    Buffer buffers[3];
    // Taken by turns, and some numbers left out, as by a compositor that holds buffers and a judge that has no others.
    std::vector<std::uint32_t> before;
    unsigned turn = 0;
    for (const std::uint64_t number : {1, 2, 3, 4, 5, 9, 46, 47, 48, 49, 50, 51, 200, 201, 100'000, 100'001, 3}) {
      Buffer& buffer = buffers[turn++ % 3];
      picture.paint(buffer.canvas, number, number * 1000);
      const bool same = buffer.pixels == alone(motion, number);
      CHECK_MESSAGE(same, name_of(motion) << " " << number << " differs from what is painted alone");
      if (!before.empty()) {
        unsigned untold = 0;
        for (int i = 0; i < width * height; ++i) {
          const auto at = static_cast<std::size_t>(i);
          untold += before[at] != buffer.pixels[at] && !within(picture.changed(), i % width, i / width);
        }
        CHECK_MESSAGE(untold == 0, name_of(motion) << " " << number << " changed where it did not say so");
      }
      before = buffer.pixels;
    }
  }
}

TEST_CASE("scenes: pictures that follow each other differ below the code, and the code can be read") {
  for (const Motion motion : motions()) {
    for (std::uint64_t number = 1; number < 130; ++number) {
      const auto one = alone(motion, number);
      BeaconCode code;
      REQUIRE(
          read_beacon_code(reinterpret_cast<const std::uint8_t*>(one.data()) + 1, width * 4, width, height, code, 4));
      CHECK(code.frame_number == number);
      const auto two = alone(motion, number + 1);
      const auto below = static_cast<std::ptrdiff_t>(beacon_height_px) * width;
      CHECK_MESSAGE(!std::equal(one.begin() + below, one.end(), two.begin() + below), name_of(motion) << " " << number);
      if (number == 3) { number = 46; }
      if (number == 50) { number = 127; }
    }
  }
}

TEST_CASE("scenes: a picture too small for the code, or for what stands in it, is painted inside of its pixels") {
  for (const Motion motion : motions()) {
    for (const auto& [wide, high] : {std::pair{1, 1}, {3, 200}, {200, 3}, {390, 290}}) {
      std::vector<std::uint32_t> pixels(static_cast<std::size_t>(wide) * static_cast<std::size_t>(high) + 64, 7);
      Canvas canvas{.pixels = pixels.data() + 32, .width = wide, .height = high};
      Picture picture(motion);
      for (std::uint64_t number = 40; number < 60; ++number) { picture.paint(canvas, number, 0); }
      CHECK(std::all_of(pixels.begin(), pixels.begin() + 32, [](std::uint32_t pixel) { return pixel == 7; }));
      CHECK(std::all_of(pixels.end() - 32, pixels.end(), [](std::uint32_t pixel) { return pixel == 7; }));
    }
  }
}
