#include "impair/lateness.h"

#include <doctest/doctest.h>

using punktfunk::Lateness;

TEST_CASE("percentiles by nearest rank, fine where it is little") {
  Lateness late;
  CHECK(late.percentile_us(0.5) == 0);
  for (std::uint64_t us = 1; us <= 100; ++us) { late.add(us * 1000 + 999); }
  CHECK(late.percentile_us(0.50) == 50);
  CHECK(late.percentile_us(0.99) == 99);
  CHECK(late.percentile_us(1) == 100);
  CHECK(late.max_us() == 100);
  CHECK(late.count() == 100);

  Lateness coarse;
  coarse.add(3'999'000);
  coarse.add(4'000'000);
  coarse.add(270'720'000);
  coarse.add(9'000'000'000);
  CHECK(coarse.percentile_us(0.25) == 3999);
  CHECK(coarse.percentile_us(0.50) == 4000);
  CHECK(coarse.percentile_us(0.75) == 270'000);
  CHECK(coarse.percentile_us(1) == 9'000'000);
}
