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
#include "engine/pipeline/unordered.h"
#include "engine/sent_pictures.h"

using namespace punktfunk;

namespace {

constexpr std::uint64_t ms = 1'000'000;

// What becomes of pictures that arrive so: encoded, and for how long those waited.
struct Outcome {
  unsigned encoded = 0, replaced = 0, waited = 0;
  std::uint64_t longest_wait_ns = 0, longest_gap_ns = 0, last_ns = 0;
};

Outcome schedule_of(std::uint32_t fps, const std::vector<std::uint64_t>& arrivals_ns) {
  FrameSchedule schedule(fps);
  Outcome outcome;
  for (std::size_t i = 0; i < arrivals_ns.size(); ++i) {
    schedule.arrived(arrivals_ns[i]);
    const std::uint64_t due_ns = std::max(schedule.due_ns(), arrivals_ns[i]);
    CHECK(due_ns >= schedule.slot_ns());
    if (i + 1 < arrivals_ns.size() && due_ns >= arrivals_ns[i + 1]) {
      ++outcome.replaced;
      continue;
    }
    const std::uint64_t wait_ns = due_ns - arrivals_ns[i];
    outcome.waited += wait_ns > 0 ? 1 : 0;
    outcome.longest_wait_ns = std::max(outcome.longest_wait_ns, wait_ns);
    if (outcome.encoded > 0) { outcome.longest_gap_ns = std::max(outcome.longest_gap_ns, due_ns - outcome.last_ns); }
    outcome.last_ns = due_ns;
    ++outcome.encoded;
    schedule.encoded(due_ns, true);
  }
  return outcome;
}

// Ten seconds of a source, each picture up to jitter late.
std::vector<std::uint64_t> pictures_at(double hz, std::uint64_t jitter_ns = 0) {
  std::mt19937_64 random(1);
  std::vector<std::uint64_t> arrivals_ns;
  for (unsigned n = 0; n < static_cast<unsigned>(hz * 10); ++n) {
    const auto at_ns = 1000 * ms + static_cast<std::uint64_t>(n * 1e9 / hz);
    arrivals_ns.push_back(at_ns + (jitter_ns > 0 ? random() % jitter_ns : 0));
  }
  std::sort(arrivals_ns.begin(), arrivals_ns.end());
  return arrivals_ns;
}

}  // namespace

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

TEST_CASE("a histogram counts up to each edge, never below what a duration was, and adds up") {
  Histogram histogram;
  // 250 us lie within a bucket that ends above it; 240 end below.
  for (const std::uint64_t us : {0u, 240u, 250u, 900u, 3900u, 3900u, 300'000u}) { histogram.add(us * 1000); }
  const auto s = histogram.take();
  const std::vector<std::uint32_t> expected = {2, 1, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  CHECK(std::vector<std::uint32_t>(s.counts.begin(), s.counts.end()) == expected);
  CHECK(s.sum_ns == 309'190'000);
  CHECK(histogram.take().sum_ns == 0);
}

TEST_CASE("pictures are kept while somebody looks at them, and the newest are left out where none takes them") {
  SentPictures pictures;
  const auto numbers = [&] {
    std::vector<std::uint32_t> found;
    pictures.drain([&](const SentPicture& picture) { found.push_back(picture.bytes); });
    return found;
  };
  pictures.put({.times = {}, .bytes = 1});
  CHECK(numbers().empty());
  pictures.watch(true);
  for (std::uint32_t n = 2; n < 2 + SentPictures::max_pictures + 5; ++n) { pictures.put({.times = {}, .bytes = n}); }
  const auto found = numbers();
  CHECK(found.size() == SentPictures::max_pictures);
  CHECK(found.front() == 2);
  CHECK(found.back() == 1 + SentPictures::max_pictures);
  pictures.put({.times = {}, .bytes = 7});
  CHECK(numbers() == std::vector<std::uint32_t>{7});
}

TEST_CASE("a histogram takes any duration") {
  Histogram histogram;
  for (const std::uint64_t v : {std::uint64_t{0}, std::uint64_t{1} << 36, ~std::uint64_t{0}}) { histogram.add(v); }
  const auto s = histogram.take();
  CHECK(s.count == 3);
  CHECK(s.max_ns == ~std::uint64_t{0});
}

TEST_CASE("pictures at the stream's own rate are encoded as they come") {
  for (const std::uint32_t fps : {30u, 60u, 90u, 120u}) {
    const std::uint64_t interval_ns = 1'000'000'000 / fps;
    for (const std::uint64_t jitter_ns : {std::uint64_t{0}, interval_ns / 10, interval_ns / 2}) {
      for (const double of_asked : {0.95, 0.999, 1.0}) {
        const auto arrivals_ns = pictures_at(fps * of_asked, jitter_ns);
        const Outcome outcome = schedule_of(fps, arrivals_ns);
        CAPTURE(fps);
        CAPTURE(jitter_ns);
        CAPTURE(of_asked);
        CHECK(outcome.encoded == arrivals_ns.size());
        CHECK(outcome.waited == 0);
      }
    }
  }
}

TEST_CASE("a faster source is held to the stream's rate, and what is encoded does not wait") {
  struct Case {
    double hz;
    std::uint64_t jitter_ns;
    unsigned fps;
    double longest_gap;  // in intervals of the stream
  };
  for (const Case c : {Case{60.05, 0, 60, 2.01}, Case{61.5, 0, 60, 2.01}, Case{72, 0, 60, 2.01},
                       Case{75, 500'000, 60, 2.01}, Case{144, 0, 60, 1.6}, Case{196, 300'000, 60, 1.4},
                       Case{480, 0, 60, 1.2}, Case{60, 300'000, 30, 1.2}, Case{1000, 0, 30, 1.1}}) {
    CAPTURE(c.hz);
    CAPTURE(c.fps);
    const auto arrivals_ns = pictures_at(c.hz, c.jitter_ns);
    const Outcome outcome = schedule_of(c.fps, arrivals_ns);
    CHECK(outcome.encoded <= c.fps * 10 + 4);
    CHECK(outcome.encoded >= c.fps * 10 - 2);
    CHECK(outcome.encoded + outcome.replaced == arrivals_ns.size());
    CHECK(outcome.waited <= 1);  // the last: no other follows it
    CHECK(outcome.longest_gap_ns <= static_cast<std::uint64_t>(c.longest_gap * 1e9 / c.fps));
  }
}

TEST_CASE("what was shown while no copy was ordered is counted at most, by the stream's rate") {
  constexpr std::uint64_t start = 1000 * ms;
  struct {
    const char* what;
    std::uint32_t fps;
    std::uint64_t ordered, presented, hidden;  // after the picture before, ms
  } const cases[] = {
      {"ordered at once", 60, 1, 17, 0},
      {"ordered in its slot", 60, 14, 18, 0},
      {"a still desktop, ordered in its slot", 60, 14, 5000, 0},
      {"the encoder took 61 ms, and it was composed at once", 60, 61, 70, 3},
      {"the same, and nothing had changed meanwhile", 60, 61, 200, 0},
      {"by a compositor of 30 Hz", 60, 61, 94, 3},
      {"30 asked", 30, 61, 70, 1},
      {"480 asked", 480, 61, 70, 29},
      {"a desktop that stood still, and an order that came late", 60, 3000, 4000, 0},
  };
  for (const auto& [what, fps, ordered, presented, hidden] : cases) {
    CAPTURE(what);
    UnorderedPictures unordered(fps);
    CHECK(unordered.before(start - 900 * ms, start) == 0);  // the first
    CHECK(unordered.before(start + ordered * ms, start + presented * ms) == hidden);
    unordered.forget();
    CHECK(unordered.before(start + 9000 * ms, start + 9001 * ms) == 0);
  }
  UnorderedPictures unordered(60);
  CHECK(unordered.before(start, start + 5 * ms) == 0);
  CHECK(unordered.before(start + 3 * ms, start + 20 * ms) == 0);  // ordered before its forerunner was shown, as it says
}

TEST_CASE("a source at the stream's own rate is wanted at once again after any delay") {
  FrameSchedule schedule(60);
  constexpr std::uint64_t interval_ns = 16'666'667;
  for (std::uint64_t n = 0; n < 1000; ++n) {
    // In its rhythm, but for some that come late, one so late that the next is there already.
    const std::uint64_t late_ns = n % 50 == 10 ? 9 * ms : n % 50 == 30 ? 16 * ms : 0;
    const std::uint64_t now_ns = 1000 * ms + n * interval_ns + late_ns;
    schedule.arrived(now_ns);
    CHECK(schedule.due_ns() == now_ns);
    schedule.encoded(now_ns, true);
    CHECK(schedule.slot_ns() <= now_ns);
  }
}

TEST_CASE("a source that cannot keep up with 480 asked is encoded as it comes") {
  const Outcome outcome = schedule_of(480, pictures_at(250, ms));
  CHECK(outcome.encoded == 2500);
  CHECK(outcome.waited == 0);
}

TEST_CASE("after a stall two pictures more go at once; the last of a burst is not lost and does not wait for long") {
  std::vector<std::uint64_t> arrivals_ns;
  for (std::uint64_t n = 0; n < 60; ++n) { arrivals_ns.push_back(1000 * ms + n * 16'666'667); }
  for (const std::uint64_t after_ms : {0, 3, 6, 9}) { arrivals_ns.push_back(5000 * ms + after_ms * ms); }
  const Outcome outcome = schedule_of(60, arrivals_ns);
  CHECK(outcome.encoded == 60 + 4);
  CHECK(outcome.replaced == 0);
  CHECK(outcome.waited == 1);
  CHECK(outcome.last_ns >= 5009 * ms);
  CHECK(outcome.last_ns <= 5000 * ms + 20 * ms);
}

TEST_CASE("a still picture is refined within half a second, then sent once a second") {
  FrameSchedule schedule(60);
  CHECK(schedule.repeat_ns() == never_ns);
  constexpr std::uint64_t shown = 5000 * ms;
  std::uint64_t now = shown;
  schedule.encoded(now, true);
  CHECK(schedule.repeat_ns() == now + 100 * ms);
  for (unsigned n = 0; n < FrameSchedule::refinements; ++n) {
    now = schedule.repeat_ns();
    CHECK(now < shown + 500 * ms);
    schedule.encoded(now, false);
  }
  CHECK(schedule.repeat_ns() == now + 1000 * ms);
  schedule.encoded(now + 1, true);
  CHECK(schedule.repeat_ns() == now + 1 + 100 * ms);
}

TEST_CASE("a still picture that gets hardly finer is not refined for longer than the encoder has steps") {
  FrameSchedule schedule(60);
  std::uint64_t now = 5000 * ms;
  schedule.encoded(now, true);
  for (unsigned n = 0; n < FrameSchedule::least_refinements; ++n) {
    schedule.hardly_finer();
    CHECK(schedule.repeat_ns() < now + 1000 * ms);
    now = schedule.repeat_ns();
    schedule.encoded(now, false);
  }
  schedule.hardly_finer();
  CHECK(schedule.repeat_ns() == now + 1000 * ms);
  now = schedule.repeat_ns();
  schedule.encoded(now, false);
  schedule.hardly_finer();
  CHECK(schedule.repeat_ns() == now + 1000 * ms);
}

TEST_CASE("a repetition takes no slot of a picture that follows at the stream's own low rate") {
  for (const std::uint32_t fps : {1u, 5u, 12u}) {
    FrameSchedule schedule(fps);
    schedule.encoded(5000 * ms, true);
    CHECK(schedule.repeat_ns() > 5000 * ms + 1'000'000'000u / fps);
  }
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
