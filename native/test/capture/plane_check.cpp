#include "engine/capture/plane_check.h"

#include <doctest/doctest.h>

#include <array>
#include <cstring>
#include <limits>
#include <random>

using namespace punktfunk;

namespace {

constexpr std::uint64_t u64_max = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint32_t u32_max = std::numeric_limits<std::uint32_t>::max();

PlaneClaim honest() {
  return {.file_bytes = 3686400, .chunk_bytes = 3686400, .chunk_stride = 5120, .width = 1280, .height = 720};
}

}  // namespace

TEST_CASE("an honest plane is usable, whole") {
  const PlaneSpan span = check_plane(honest());
  CHECK(span.verdict == PlaneVerdict::usable);
  CHECK(span.file_offset == 0);
  CHECK(span.length == 3686400);
  CHECK(span.stride == 5120);
}

TEST_CASE("offsets add up, and the last line needs no padding") {
  PlaneClaim claim = honest();
  claim.map_offset = 4096;
  claim.chunk_offset = 256;
  claim.chunk_stride = 5632;
  const std::uint64_t needed = 5632ull * 719 + 5120;
  claim.file_bytes = 4096 + 256 + needed;
  claim.chunk_bytes = needed;
  const PlaneSpan span = check_plane(claim);
  CHECK(span.verdict == PlaneVerdict::usable);
  CHECK(span.file_offset == 4352);
  CHECK(span.length == needed);
  CHECK(span.stride == 5632);
  claim.file_bytes -= 1;
  CHECK(check_plane(claim).verdict == PlaneVerdict::too_short);
  claim.file_bytes += 1;
  claim.chunk_bytes -= 1;
  CHECK(check_plane(claim).verdict == PlaneVerdict::too_short);
}

TEST_CASE("a file shorter than the picture is refused, whatever the producer says") {
  PlaneClaim claim = honest();
  claim.file_bytes = 2000000;
  claim.chunk_bytes = u64_max;
  CHECK(check_plane(claim).verdict == PlaneVerdict::too_short);
  claim.file_bytes = 0;
  CHECK(check_plane(claim).verdict == PlaneVerdict::too_short);
}

TEST_CASE("stride 0 means lines side by side; others must hold a line and run forwards") {
  PlaneClaim claim = honest();
  claim.chunk_stride = 0;
  CHECK(check_plane(claim).stride == 5120);
  for (const std::int64_t stride :
       {std::int64_t{5119}, std::int64_t{1}, std::int64_t{-5120}, std::numeric_limits<std::int64_t>::min(),
        std::numeric_limits<std::int64_t>::max(), std::int64_t{u32_max} + 1}) {
    claim.chunk_stride = stride;
    CAPTURE(stride);
    CHECK(check_plane(claim).verdict == PlaneVerdict::bad_stride);
  }
}

TEST_CASE("offsets that would wrap round are behind the end") {
  PlaneClaim claim = honest();
  claim.map_offset = u64_max - 4095;
  claim.chunk_offset = 4096;  // their sum is 0
  CHECK(check_plane(claim).verdict == PlaneVerdict::bad_offset);
  claim.map_offset = 0;
  claim.chunk_offset = u64_max;
  CHECK(check_plane(claim).verdict == PlaneVerdict::bad_offset);
  claim.map_offset = 4096;
  claim.chunk_offset = u64_max - 4095;  // again 0
  CHECK(check_plane(claim).verdict == PlaneVerdict::bad_offset);
  claim.map_offset = 0;
  claim.chunk_offset = claim.file_bytes;  // begins exactly at the end
  CHECK(check_plane(claim).verdict == PlaneVerdict::too_short);
}

TEST_CASE("no bytes are no picture; no size is no picture") {
  PlaneClaim claim = honest();
  claim.chunk_bytes = 0;
  CHECK(check_plane(claim).verdict == PlaneVerdict::empty);
  for (const auto& [width, height, bytes] :
       {std::array{0u, 720u, 4u}, std::array{1280u, 0u, 4u}, std::array{1280u, 720u, 0u}}) {
    claim = honest();
    claim.width = width;
    claim.height = height;
    claim.bytes_per_pixel = bytes;
    CHECK(check_plane(claim).verdict == PlaneVerdict::bad_size);
  }
}

TEST_CASE("the largest numbers of all do not overflow") {
  PlaneClaim claim{
      .file_bytes = u64_max, .chunk_bytes = u64_max, .chunk_stride = u32_max, .width = u32_max / 4, .height = u32_max};
  PlaneSpan span = check_plane(claim);
  CHECK(span.verdict == PlaneVerdict::usable);
  CHECK(span.length == std::uint64_t{u32_max} * (u32_max - 1) + std::uint64_t{u32_max / 4} * 4);
  claim.width = u32_max;  // a line alone exceeds 32 bits
  CHECK(check_plane(claim).verdict == PlaneVerdict::bad_stride);
}

TEST_CASE("whatever is claimed, a usable span lies inside the file") {
  std::mt19937_64 random(20240607);
  const auto hostile = [&]() -> std::uint64_t {
    const std::uint64_t value = random();
    switch (random() % 6) {
      case 0:
        return value;
      case 1:
        return value >> 32;
      case 2:
        return value >> 48;
      case 3:
        return u64_max - (value & 0xFFFF);
      case 4:
        return 4096 * (value & 0xFF);
      default:
        return std::uint64_t{1} << (value & 63);
    }
  };
  unsigned usable = 0;
  for (int round = 0; round < 200'000; ++round) {
    const PlaneClaim claim{.file_bytes = hostile(),
                           .map_offset = hostile(),
                           .chunk_offset = hostile(),
                           .chunk_bytes = hostile(),
                           .chunk_stride = static_cast<std::int64_t>(hostile()),
                           .width = static_cast<std::uint32_t>(hostile()),
                           .height = static_cast<std::uint32_t>(hostile()),
                           .bytes_per_pixel = static_cast<std::uint32_t>(hostile() % 9)};
    const PlaneSpan span = check_plane(claim);
    if (span.verdict != PlaneVerdict::usable) {
      REQUIRE(span.length == 0);
      continue;
    }
    ++usable;
    REQUIRE(span.length <= claim.file_bytes);
    REQUIRE(span.file_offset <= claim.file_bytes - span.length);
    REQUIRE(span.stride >= std::uint64_t{claim.width} * claim.bytes_per_pixel);
  }
  CHECK(usable > 100);
}

TEST_CASE("every verdict has a sentence") {
  for (int verdict = 0; verdict <= static_cast<int>(PlaneVerdict::too_short); ++verdict) {
    CHECK_FALSE(text(static_cast<PlaneVerdict>(verdict)).empty());
  }
}
