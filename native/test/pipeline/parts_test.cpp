// The pieces of the pipeline that need no thread, socket or clock.
#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>
#include <vector>

#include "engine/histogram.h"
#include "engine/pipeline/checkpoint_file.h"
#include "engine/pipeline/schedule.h"

using namespace punktfunk;

namespace {
constexpr std::uint64_t ms = 1'000'000;
}

TEST_CASE("a histogram's percentiles are exact to 3 % and never above the maximum") {
  std::mt19937_64 random(1);
  for (const unsigned bits : {4u, 12u, 24u, 34u}) {
    Histogram histogram;
    std::vector<std::uint64_t> values(1000);
    for (auto& v : values) { histogram.add(v = random() >> (64 - bits)); }
    std::sort(values.begin(), values.end());
    const auto s = histogram.take();
    CHECK(s.count == 1000);
    CHECK(s.max_ns == values.back());
    const auto near = [&](std::uint64_t got, std::uint64_t exact) {
      CHECK(got >= exact);
      CHECK(static_cast<double>(got) <= static_cast<double>(exact) * 1.032);
    };
    near(s.p50_ns, values[499]);
    near(s.p95_ns, values[949]);
    near(s.p99_ns, values[989]);
    const auto empty = histogram.take();
    CHECK(empty.count == 0);
    CHECK(empty.p99_ns == 0);
    CHECK(empty.max_ns == 0);
  }
}

TEST_CASE("a histogram takes any duration") {
  Histogram histogram;
  for (const std::uint64_t v : {std::uint64_t{0}, std::uint64_t{1} << 36, ~std::uint64_t{0}}) { histogram.add(v); }
  const auto s = histogram.take();
  CHECK(s.count == 3);
  CHECK(s.max_ns == ~std::uint64_t{0});
}

TEST_CASE("the schedule lets a jittering source through at its own rate") {
  FrameSchedule schedule(60);
  std::mt19937 random(1);
  for (std::uint64_t n = 1; n < 600; ++n) {  // 60 frames/s, each up to 8 ms late
    const std::uint64_t now = 1000 * ms + n * 16'666'667 + random() % (8 * ms);
    CHECK(schedule.slot_ns() <= now);
    schedule.encoded(now, true);
  }
}

TEST_CASE("the schedule holds a faster source to the stream's rate") {
  for (const std::uint64_t step_ns : {ms, 4 * ms, std::uint64_t{8'333'333}, std::uint64_t{16'000'000}}) {
    FrameSchedule schedule(60);
    unsigned encoded = 0;
    for (std::uint64_t now = 1000 * ms; now < 11'000 * ms; now += step_ns) {
      if (now < schedule.slot_ns()) { continue; }
      schedule.encoded(now, true);
      ++encoded;
    }
    CAPTURE(step_ns);
    CHECK(encoded <= 601);
    CHECK(encoded >= 575);
  }
}

TEST_CASE("a still picture is refined twice, then sent once a second") {
  FrameSchedule schedule(60);
  CHECK(schedule.repeat_ns() == never_ns);
  std::uint64_t now = 5000 * ms;
  schedule.encoded(now, true);
  for (const std::uint64_t gap : {100 * ms, 100 * ms, 1000 * ms, 1000 * ms}) {
    CHECK(schedule.repeat_ns() == now + gap);
    now = schedule.repeat_ns();
    schedule.encoded(now, false);
  }
  schedule.encoded(now + 1, true);
  CHECK(schedule.repeat_ns() == now + 1 + 100 * ms);
}

TEST_CASE("the checkpoint is made, taken up and checked") {
  namespace fs = std::filesystem;
  const fs::path path = fs::temp_directory_path() / ("punktfunk-checkpoint-" + std::to_string(getpid()));
  const auto write = [&](const std::string& bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
  };
  const auto refused = [](const fs::path& file) {
    const auto opened = CheckpointFile::open(file.string());
    REQUIRE_FALSE(opened);
    return opened.error();
  };
  write(std::string(checkpoint_bytes, '\0'));
  {
    const auto opened = CheckpointFile::open(path.string());
    REQUIRE(opened);
    const auto& first = *opened;
    CHECK((**first).generation == 1);
    (**first).video_frame_index = 77;
  }
  {
    const auto opened = CheckpointFile::open(path.string());
    REQUIRE(opened);
    const auto& second = *opened;
    CHECK((**second).generation == 2);
    CHECK((**second).video_frame_index == 77);
    (**second).version = 99;
  }
  CHECK(refused(path) == problem::checkpoint_foreign(path.string()));
  write("short");
  CHECK(refused(path) ==
        problem::checkpoint_unusable(path.string(), "it has 5 bytes instead of " + std::to_string(checkpoint_bytes)));
  fs::remove(path);
  CHECK(refused(path) == problem::checkpoint_unusable(path.string(), "No such file or directory"));

  const auto own = CheckpointFile::open("");
  REQUIRE(own);
  CHECK((***own).generation == 1);
}
