// A beacon that cannot be read is found all the same, and what is between it and its reader is told.
#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

#include "beacon/beacon_search.h"

using namespace punktfunk;

namespace {

constexpr BeaconCode code{.frame_number = 4711, .painted_ns = 1'234'567'890'123};

// A luma plane of noise with a beacon in it, painted at x, y, scaled so, its colours between dark and light.
struct Scene {
  std::uint32_t width = 1280, height = 720;
  std::vector<std::uint8_t> luma = std::vector<std::uint8_t>(std::size_t{width} * height);

  Scene(std::uint32_t at_x, std::uint32_t at_y, double scale, std::uint8_t dark, std::uint8_t light) {
    std::uint32_t noise = 1;
    for (std::uint8_t& sample : luma) {
      sample = static_cast<std::uint8_t>((noise = noise * 1664525 + 1013904223) >> 24);
    }
    std::vector<std::uint8_t> painted(std::size_t{beacon_width_px} * beacon_height_px * 4);
    paint_beacon_code(painted.data(), beacon_width_px * 4, beacon_width_px, beacon_height_px, code);
    for (std::uint32_t y = 0; y < beacon_height_px * scale; ++y) {
      for (std::uint32_t x = 0; x < beacon_width_px * scale; ++x) {
        const auto from = static_cast<std::size_t>(y / scale) * beacon_width_px + static_cast<std::size_t>(x / scale);
        luma[std::size_t{y + at_y} * width + x + at_x] = painted[from * 4] != 0 ? light : dark;
      }
    }
  }

  [[nodiscard]] std::optional<BeaconSight> search() const { return search_beacon(luma.data(), width, width, height); }
  [[nodiscard]] bool readable() const {
    BeaconCode read;
    return read_beacon_code(luma.data(), width, width, height, read);
  }
};

}  // namespace

TEST_CASE("a beacon that is moved, scaled or recoloured is found") {
  struct Case {
    std::uint32_t x, y;
    double scale;
    std::uint8_t dark, light;
  };
  for (const auto& [x, y, scale, dark, light] :
       {Case{0, 34, 1, 16, 235}, Case{10, 0, 1, 16, 235}, Case{0, 0, 0.75, 16, 235}, Case{0, 0, 1.5, 16, 235},
        Case{0, 0, 2, 16, 235}, Case{0, 0, 1, 10, 90}, Case{0, 0, 1, 150, 250}, Case{64, 30, 1.25, 40, 120}}) {
    CAPTURE(x);
    CAPTURE(y);
    CAPTURE(scale);
    CAPTURE(dark);
    const Scene scene(x, y, scale, dark, light);
    CHECK(!scene.readable());
    const auto sight = scene.search();
    REQUIRE(sight);
    CHECK(sight->code.frame_number == code.frame_number);
    CHECK(sight->code.painted_ns == code.painted_ns);
    CHECK(sight->scale == doctest::Approx(scale).epsilon(0.03));
    CHECK(sight->x <= x + 4);
    CHECK(sight->x + 4 >= x);
    CHECK(sight->y <= y + 4);
    CHECK(sight->y + 4 >= y);
    CHECK(sight->dark == dark);
    CHECK(sight->light == light);
  }
}

TEST_CASE("where no beacon is, none is found") {
  CHECK(!Scene(0, 0, 0, 0, 0).search());
  const std::vector<std::uint8_t> black(std::size_t{1280} * 720);
  CHECK(!search_beacon(black.data(), 1280, 1280, 720));
  CHECK(!search_beacon(black.data(), 100, 100, 10));
}
