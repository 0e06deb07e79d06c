#include "engine/encode/still_quality.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

using punktfunk::StillQuality;

namespace {

constexpr std::size_t macroblocks = 40;
constexpr float finest = -10;
using Marks = std::vector<std::uint8_t>;

std::size_t finer(const float* offsets) {
  return static_cast<std::size_t>(std::count_if(offsets, offsets + macroblocks, [](float o) { return o < 0; }));
}

}  // namespace

TEST_CASE("a picture that stands still gets finer step by step, all of it, and no finer than that") {
  StillQuality quality(macroblocks, finest);
  const Marks still(macroblocks, 1);
  const float* offsets = quality.next({});
  CHECK(finer(offsets) == 0);
  for (int n = 0; n < 20; ++n) {
    offsets = quality.next(still);
    quality.took(0, 100);
  }
  CHECK(std::count(offsets, offsets + macroblocks, finest) == macroblocks);
  CHECK(finer(quality.next({})) == 0);  // an IDR begins anew
}

TEST_CASE("what changes keeps the quantizer, and what stands beside it has to stand for a while") {
  StillQuality quality(macroblocks, finest);
  Marks still(macroblocks, 1);
  still[7] = 0;
  for (int n = 0; n < 20; ++n) {
    const float* const offsets = quality.next(still);
    quality.took(0, 100);
    CHECK(offsets[7] == 0);
    CHECK((finer(offsets) == 0) == (n + 1 < StillQuality::settled_pictures));
  }
  still[3] = 0;
  CHECK(quality.next(still)[3] == 0);
}

TEST_CASE("where what moves takes the bits little gets finer at a time; when all stands, all of it does") {
  StillQuality quality(macroblocks, finest);
  Marks still(macroblocks, 1);
  still[0] = 0;
  for (int n = 0; n < 10; ++n) { quality.took(90, 100); }
  for (int n = 1; n < StillQuality::settled_pictures; ++n) { quality.next(still); }
  CHECK(finer(quality.next(still)) == 1);
  CHECK(finer(quality.next(still)) == 2);
  still[0] = 1;
  CHECK(finer(quality.next(still)) == macroblocks);
}
