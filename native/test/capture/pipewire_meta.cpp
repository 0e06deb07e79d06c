#include "engine/capture/pipewire_meta.h"

#include <doctest/doctest.h>
#include <spa/buffer/meta.h>

#include <random>

using namespace punktfunk;

TEST_CASE("whatever a producer says about crop and damage, they lie inside the picture") {
  std::mt19937_64 random(7);
  const auto hostile = [&]() -> std::uint64_t {
    const std::uint64_t value = random();
    switch (random() % 4) {
      case 0:
        return value;
      case 1:
        return value % 2000;
      case 2:
        return 0 - value % 2000;
      default:
        return 0x7FFFFFFF + value % 3;
    }
  };
  unsigned cropped = 0, damaged = 0;
  for (int round = 0; round < 100'000; ++round) {
    spa_meta_header header{};
    header.pts = static_cast<std::int64_t>(hostile());
    spa_meta_region regions[5];
    for (spa_meta_region& region : regions) {
      region.region = {{static_cast<std::int32_t>(hostile()), static_cast<std::int32_t>(hostile())},
                       {static_cast<std::uint32_t>(hostile()), static_cast<std::uint32_t>(hostile())}};
    }
    spa_meta metas[] = {{SPA_META_Header, sizeof header, &header},
                        {SPA_META_VideoCrop, sizeof regions[0], &regions[0]},
                        // Not a whole number of boxes: the rest is not read.
                        {SPA_META_VideoDamage, sizeof(spa_meta_region) * 3 + 5, &regions[1]}};
    spa_buffer buffer{};
    buffer.n_metas = 3;
    buffer.metas = metas;
    const PictureFormat format{.fourcc = 1, .width = 1 + static_cast<std::uint32_t>(random() % 3000), .height = 720};
    const PictureMeta meta = read_meta(buffer, format);
    const auto width = static_cast<std::int32_t>(format.width);
    REQUIRE_FALSE(meta.crop.empty());
    REQUIRE(meta.crop.x >= 0);
    REQUIRE(meta.crop.y >= 0);
    REQUIRE(meta.crop.width <= width - meta.crop.x);
    REQUIRE(meta.crop.height <= 720 - meta.crop.y);
    if (meta.crop != Rect{0, 0, width, 720}) { ++cropped; }
    if (meta.damage.empty()) { continue; }
    ++damaged;
    REQUIRE(meta.damage.x >= 0);
    REQUIRE(meta.damage.y >= 0);
    REQUIRE(meta.damage.width <= meta.crop.width - meta.damage.x);
    REQUIRE(meta.damage.height <= meta.crop.height - meta.damage.y);
    REQUIRE(meta.pts_ns == header.pts);
  }
  CHECK(cropped > 1000);
  CHECK(damaged > 1000);
}

TEST_CASE("a box without a size ends the list of damage") {
  spa_meta_region regions[3] = {{{{10, 10}, {5, 5}}}, {{{0, 0}, {0, 7}}}, {{{300, 300}, {5, 5}}}};
  spa_meta metas[] = {{SPA_META_VideoDamage, sizeof regions, regions}};
  spa_buffer buffer{};
  buffer.n_metas = 1;
  buffer.metas = metas;
  CHECK(read_meta(buffer, {.fourcc = 1, .width = 640, .height = 480}).damage == Rect{10, 10, 5, 5});
}

TEST_CASE("without metadata the picture is the whole buffer") {
  const PictureMeta meta = read_meta(spa_buffer{}, {.fourcc = 1, .width = 640, .height = 480});
  CHECK(meta.crop == Rect{0, 0, 640, 480});
  CHECK(meta.damage.empty());
  CHECK(meta.pts_ns == -1);
  CHECK_FALSE(meta.corrupted);
}

TEST_CASE("the transform is what the producer says, if there is such a one") {
  for (const std::uint32_t said : {0u, 1u, 2u, 3u, 4u, 5u, 6u, 7u, 8u, 90u, ~0u}) {
    spa_meta_videotransform transform{said};
    spa_meta metas[] = {{SPA_META_VideoTransform, sizeof transform, &transform}};
    spa_buffer buffer{};
    buffer.n_metas = 1;
    buffer.metas = metas;
    const PictureMeta meta = read_meta(buffer, {.fourcc = 1, .width = 640, .height = 480});
    CHECK(static_cast<std::uint32_t>(meta.transform) == (said < 8 ? said : 0));
  }
}
