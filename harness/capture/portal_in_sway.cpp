// The portal source against the real xdg-desktop-portal and xdg-desktop-portal-wlr on a real Sway. Runs inside
// harness/capture/in-sway
// --portal.
#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>

#include "painted.h"
#include "test/capture/child.h"
#include "test/failure_text.h"

using namespace punktfunk;
using namespace punktfunk::test;

namespace {

constexpr unsigned deadline_ms = 60'000;

std::unique_ptr<FrameSource> open_or_fail(const SourceConfig& config = {.width = 1280, .height = 720, .fps = 60}) {
  std::string error, token;
  auto source = opened(open_portal({}, config, deadline_ms, token), error);
  INFO(error);
  REQUIRE(source != nullptr);
  return source;
}

}  // namespace

TEST_CASE("portal: a moving client arrives in order, intact, and follows the output's size") {
  const Child beacon({PUNKTFUNK_BEACON, "--motion", "full"});
  const auto source = open_or_fail();
  BeaconCode code, last;
  REQUIRE(pump(*source, deadline_ms, [&](const Frame& frame) { return read_code(frame, code); }));
  const BeaconCode first = code;
  unsigned frames = 0, unreadable = 0, out_of_order = 0;
  pump(*source, deadline_ms, [&](const Frame& frame) {
    CHECK(frame.width == 1280);
    CHECK(frame.height == 720);
    if (!read_code(frame, code)) {
      ++unreadable;
    } else if (code.frame_number < last.frame_number) {  // a busy beacon is shown twice
      ++out_of_order;
    }
    last = code;
    return ++frames == 100;
  });
  CHECK(frames == 100);
  CHECK(unreadable == 0);
  CHECK(out_of_order == 0);
  CHECK(last.frame_number > first.frame_number);

  const std::pair<std::uint32_t, std::uint32_t> sizes[] = {{800, 600}, {1281, 721}, {1280, 720}};
  for (const auto& [width, height] : sizes) {
    const std::string mode = std::to_string(width) + "x" + std::to_string(height) + "@60Hz";
    REQUIRE(run({"swaymsg", "-q", "output HEADLESS-1 mode --custom " + mode}) == 0);
    const bool arrived = pump(*source, deadline_ms, [&](const Frame& frame) {
      return frame.width == width && frame.height == height && read_code(frame, code);
    });
    INFO(text_of(source->failure()));
    CHECK(arrived);
  }
}

TEST_CASE("portal: a desktop that changes once gives that picture, then nothing, and that is healthy") {
  const auto source = open_or_fail();
  INFO(text_of(source->failure()));
  // The portal's second cast of a desktop that stands still begins without a picture: something has to appear.
  const Child beacon({PUNKTFUNK_BEACON, "--still"});
  BeaconCode code;
  CHECK(pump(*source, deadline_ms, [&](const Frame& frame) { return read_code(frame, code); }));
  pump(*source, 500, [](const Frame&) { return false; });
  unsigned later = 0;
  pump(*source, 1000, [&](const Frame&) { return ++later > 100; });
  CHECK(later == 0);
  CHECK_FALSE(source->failure());
}

TEST_CASE("portal: an output of 120 Hz: pictures come whole, in order, and closer than 60 Hz would bring them") {
  REQUIRE(run({"swaymsg", "-q", "output HEADLESS-1 mode --custom 1280x720@120Hz"}) == 0);
  const Child beacon({PUNKTFUNK_BEACON, "--motion", "small"});
  const auto source = open_or_fail({.width = 1280, .height = 720, .fps = 120});
  REQUIRE(await_beacon(*source, 1280, 720, deadline_ms));
  const Painted seen = look_at(*source, 240, deadline_ms);
  CHECK(seen.frames == 240);
  CHECK(seen.unreadable == 0);
  CHECK(seen.backward == 0);
  CHECK(seen.shortest_interval_ns < 12'000'000);
  REQUIRE(run({"swaymsg", "-q", "output HEADLESS-1 mode --custom 1280x720@60Hz"}) == 0);
}

TEST_CASE("outputs: portal: the one that is cast is taken away") {
  const Child beacon({PUNKTFUNK_BEACON, "--motion", "full"});
  const auto source = open_or_fail();
  REQUIRE(await_beacon(*source, 1280, 720, deadline_ms));
  if (run({"swaymsg", "-q", "output HEADLESS-1 unplug"}) != 0) {
    std::puts(
        "skipped: the output of a portal's cast that is taken away: this Sway takes none away (1.8 and later do)");
    return;
  }
  CHECK_FALSE(pump(*source, deadline_ms, [](const Frame&) { return false; }));
  MESSAGE(text_of(source->failure()));
  CHECK(source->failure());
}

TEST_CASE("last portal: the compositor is killed") {
  const Child beacon({PUNKTFUNK_BEACON, "--motion", "full"});
  const auto source = open_or_fail();
  REQUIRE(pump(*source, deadline_ms, [](const Frame&) { return true; }));
  REQUIRE(kill(std::atoi(getenv("COMPOSITOR_PID")), SIGKILL) == 0);
  CHECK_FALSE(pump(*source, deadline_ms, [](const Frame&) { return false; }));
  MESSAGE(text_of(source->failure()));
  CHECK(source->failure());
}

TEST_CASE("refused portal: a backend that cannot stream from this renderer is reported") {
  std::string error, token;
  CHECK(opened(open_portal({}, {.width = 1280, .height = 720, .fps = 60}, deadline_ms, token), error) == nullptr);
  CHECK(error == "portal_failed(Start, 2)");
}
