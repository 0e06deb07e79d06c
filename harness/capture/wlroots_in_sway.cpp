// The wlroots source against a real Sway. Every case runs inside harness/capture/in-sway.
#include <doctest/doctest.h>

#include <cstdlib>
#include <cstring>
#include <string>
#include <tuple>
#include <vector>

#include "beacon/beacon_code.h"
#include "engine/encode/convert.h"
#include "test/capture/child.h"
#include "test/capture/pump.h"
#include "test/failure_text.h"

using namespace punktfunk;
using namespace punktfunk::test;

namespace {

constexpr unsigned deadline_ms = 60'000;

std::unique_ptr<FrameSource> open_or_fail() {
  std::string error;
  auto source = opened(open_wlroots({.wayland_display = "", .output = "HEADLESS-1"}, deadline_ms), error);
  INFO(error);
  REQUIRE(source != nullptr);
  CHECK(error.empty());
  return source;
}

bool read_code(const Frame& frame, BeaconCode& code) {
  return read_beacon_code(frame.planes[0].data + 1, frame.planes[0].stride, frame.width, frame.height, code, 4);
}

bool await_code(FrameSource& source) {
  BeaconCode code;
  return pump(source, deadline_ms, [&](const Frame& frame) { return read_code(frame, code); });
}

std::vector<std::uint8_t> copy_of(const Frame& frame) {
  return {frame.planes[0].data, frame.planes[0].data + std::size_t{frame.planes[0].stride} * frame.height};
}

// Bytes that differ between the frame and the picture before it, inside and outside of the damage box.
struct Difference {
  std::size_t inside = 0, outside = 0;
};
Difference difference(const Frame& frame, const std::vector<std::uint8_t>& before) {
  Difference found;
  for (std::uint32_t y = 0; y < frame.height; ++y) {
    for (std::uint32_t x = 0; x < frame.width; ++x) {
      const std::size_t at = std::size_t{y} * frame.planes[0].stride + std::size_t{x} * 4;
      if (std::memcmp(frame.planes[0].data + at, before.data() + at, 3) == 0) { continue; }
      const Rect& box = frame.damage;
      const auto px = static_cast<std::int32_t>(x), py = static_cast<std::int32_t>(y);
      const bool inside = px >= box.x && px < box.x + box.width && py >= box.y && py < box.y + box.height;
      ++(inside ? found.inside : found.outside);
    }
  }
  return found;
}

void set_mode(const std::string& mode) {
  REQUIRE(run({"swaymsg", "-q", "output HEADLESS-1 mode --custom " + mode}) == 0);
}

}  // namespace

TEST_CASE("a moving client: frames come in order, most that were painted, each one intact") {
  const Child beacon({PUNKTFUNK_BEACON, "--motion", "full"});
  const auto source = open_or_fail();
  REQUIRE(await_code(*source));
  BeaconCode first, last;
  std::uint64_t frames = 0, unreadable = 0, out_of_order = 0;
  const std::uint64_t dropped_before = source->dropped_frames();
  pump(*source, 30'000, [&](const Frame& frame) {
    BeaconCode code;
    CHECK(frame.width == 1280);
    CHECK(frame.height == 720);
    CHECK(frame.planes[0].length >= std::size_t{frame.planes[0].stride} * frame.height);
    CHECK(frame.presented_ns <= monotonic_ns());
    if (!read_code(frame, code)) {
      ++unreadable;
    } else {
      if (frames != 0 && code.frame_number <= last.frame_number) { ++out_of_order; }
      if (frames == 0) { first = code; }
      last = code;
    }
    return ++frames == 120;
  });
  CHECK(frames == 120);
  CHECK(unreadable == 0);
  CHECK(out_of_order == 0);
  const std::uint64_t painted = last.frame_number - first.frame_number + 1;
  const std::uint64_t copied = frames + source->dropped_frames() - dropped_before;
  INFO("painted " << painted << ", copied " << copied);
  // An idle machine copies all but one or two, a busy one misses some; a copy that is ordered too late misses every
  // second.
  CHECK(copied * 100 >= painted * 60);
}

TEST_CASE("an idle desktop gives its picture once, and that is healthy") {
  const auto source = open_or_fail();
  unsigned frames = 0;
  Rect damage;
  pump(*source, deadline_ms, [&](const Frame& frame) {
    damage = frame.damage;
    return ++frames == 1;
  });
  CHECK(frames == 1);
  CHECK(damage.width == 1280);
  CHECK(damage.height == 720);
  // Sway may compose once more for the first copy that waits for damage; after that nothing may come.
  pump(*source, 300, [&](const Frame&) { return false; });
  unsigned later = 0;
  pump(*source, 1000, [&](const Frame&) { return ++later > 100; });
  CHECK(later == 0);
  CHECK_FALSE(source->failure());
}

TEST_CASE("damage tells the truth, also over frames that nobody took") {
  const Child beacon({PUNKTFUNK_BEACON, "--motion", "small"});
  const auto source = open_or_fail();
  REQUIRE(await_code(*source));
  std::vector<std::uint8_t> before;
  BeaconCode code, code_before;
  unsigned painted = 0, partial = 0;
  pump(*source, deadline_ms, [&](const Frame& frame) {
    const bool readable = read_code(frame, code);
    if (!before.empty()) {
      const Difference found = difference(frame, before);
      CHECK(found.outside == 0);
      // Sway composes for reasons of its own, too: a busy one settles a window's size late.
      if (readable && code.frame_number != code_before.frame_number) {
        ++painted;
        CHECK(found.inside > 0);
      }
      if (frame.damage.width < 1280 || frame.damage.height < 720) { ++partial; }
    }
    before = copy_of(frame);
    if (readable) { code_before = code; }
    return painted == 30;
  });
  CHECK(painted == 30);
  CHECK(partial >= 1);  // a slow run drops frames, and the boxes grow together

  const std::uint64_t dropped_before = source->dropped_frames();
  const std::uint64_t give_up_ns = monotonic_ns() + std::uint64_t{deadline_ms} * 1'000'000;
  while (source->dropped_frames() < dropped_before + 5 && monotonic_ns() < give_up_ns) {
    REQUIRE(source->dispatch());
    pollfd ready{source->poll_fd(), POLLIN, 0};
    poll(&ready, 1, 100);
  }
  REQUIRE(source->dropped_frames() >= dropped_before + 5);
  Frame frame;
  REQUIRE(source->next(frame));
  CHECK(difference(frame, before).outside == 0);
  source->release(frame);
}

TEST_CASE("a borrowed frame is never painted over") {
  const Child beacon({PUNKTFUNK_BEACON, "--motion", "full"});
  const auto source = open_or_fail();
  REQUIRE(await_code(*source));
  Frame held;
  std::vector<std::uint8_t> as_taken;
  const std::uint64_t give_up_ns = monotonic_ns() + std::uint64_t{deadline_ms} * 1'000'000;
  while (!source->next(held) && monotonic_ns() < give_up_ns) { REQUIRE(source->dispatch()); }
  as_taken = copy_of(held);
  unsigned others = 0;
  pump(*source, deadline_ms, [&](const Frame& frame) {
    CHECK(frame.planes[0].data != held.planes[0].data);
    return ++others == 20;
  });
  CHECK(others == 20);
  CHECK(copy_of(held) == as_taken);
  source->release(held);
}

TEST_CASE("the output changes its size in mid-stream") {
  const auto source = open_or_fail();
  const Child beacon({PUNKTFUNK_BEACON, "--motion", "full"});
  REQUIRE(await_code(*source));
  const std::pair<std::uint32_t, std::uint32_t> sizes[] = {{800, 600}, {1281, 721}, {1280, 720}};
  for (const auto& [width, height] : sizes) {
    set_mode(std::to_string(width) + "x" + std::to_string(height) + "@60Hz");
    const bool arrived = pump(*source, deadline_ms, [&](const Frame& frame) {
      BeaconCode code;
      if (frame.width != width || frame.height != height) { return false; }
      CHECK(frame.planes[0].stride >= width * 4);
      CHECK(frame.planes[0].length >= std::size_t{frame.planes[0].stride} * height);
      return read_code(frame, code);
    });
    INFO(text_of(source->failure()));
    CHECK(arrived);
  }
}

TEST_CASE("an idle desktop changes its size: the new picture comes without anything moving") {
  const auto source = open_or_fail();
  pump(*source, 300, [](const Frame&) { return false; });
  set_mode("640x480@60Hz");
  Rect damage;
  CHECK(pump(*source, deadline_ms, [&](const Frame& frame) {
    damage = frame.damage;
    return frame.width == 640 && frame.height == 480;
  }));
  CHECK(damage.width == 640);
  CHECK(damage.height == 480);
  set_mode("1280x720@60Hz");
  CHECK(pump(*source, deadline_ms, [&](const Frame& frame) { return frame.width == 1280; }));
}

// The beacon's code can be read in no other way than upright.
TEST_CASE("outputs that are turned, mirrored and scaled in mid-stream come out upright, also by damage alone") {
  const Child beacon({PUNKTFUNK_BEACON, "--motion", "small"});
  const auto source = open_or_fail();
  REQUIRE(await_code(*source));
  for (const auto& [scale, mode, logical_width, logical_height] :
       {std::tuple{"1", "1280x720", 1280u, 720u}, {"1.5", "1920x1080", 1280u, 720u}, {"2", "2560x1440", 1280u, 720u}}) {
    set_mode(std::string(mode) + "@60Hz");
    for (const char* transform :
         {"90", "180", "270", "flipped", "flipped-90", "flipped-180", "flipped-270", "normal"}) {
      CAPTURE(transform);
      CAPTURE(scale);
      REQUIRE(run({"swaymsg", "-q", std::string("output HEADLESS-1 scale ") + scale + " transform " + transform}) == 0);
      const std::string name = transform;
      const bool sideways = name.ends_with("90") || name.ends_with("270");
      const std::uint32_t width = sideways ? logical_height : logical_width,
                          height = sideways ? logical_width : logical_height;
      Converter converter(width, height, Colorspace::rec709, false);
      unsigned upright = 0;
      BeaconCode last{};
      CHECK(pump(*source, deadline_ms, [&](const Frame& frame) {
        if (swaps_sides(frame.transform) != sideways) { return false; }
        REQUIRE(converter.convert(frame) == Status::ok);
        const Picture& p = converter.picture();
        BeaconCode code;
        if (!read_beacon_code(p.y, p.y_stride, width, height, code) || code.frame_number <= last.frame_number) {
          upright = 0;  // the window still takes its new size
          return false;
        }
        last = code;
        if (std::strcmp(scale, "1") == 0) {
          Converter whole(width, height, Colorspace::rec709, false);
          REQUIRE(whole.convert(frame) == Status::ok);
          unsigned others = 0;
          for (std::uint32_t y = 0; y < height; ++y) {
            others += std::memcmp(p.y + y * p.y_stride, whole.picture().y + y * p.y_stride, width) != 0;
          }
          CHECK(others == 0);
        }
        return ++upright == 5;
      }));
    }
  }
  set_mode("1280x720@60Hz");
  REQUIRE(run({"swaymsg", "-q", "output HEADLESS-1 scale 1"}) == 0);
}

TEST_CASE("what cannot be opened says why") {
  std::string error;
  CHECK(opened(open_wlroots({.wayland_display = "", .output = "DP-7"}, deadline_ms), error) == nullptr);
  CHECK(error == "output_missing(DP-7, HEADLESS-1)");
  CHECK(opened(open_wlroots({.wayland_display = "nobody-here", .output = ""}, deadline_ms), error) == nullptr);
  CHECK(error.starts_with("wayland_unreachable(nobody-here, "));
}

TEST_CASE("a compositor that hangs is reported, not waited for") {
  const pid_t sway = std::atoi(getenv("SWAY_PID"));
  REQUIRE(sway > 1);
  REQUIRE(kill(sway, SIGSTOP) == 0);
  std::string error;
  const auto source = opened(open_wlroots({.wayland_display = "", .output = ""}, 200), error);
  REQUIRE(kill(sway, SIGCONT) == 0);
  CHECK(source == nullptr);
  CHECK(error == "compositor_silent(200)");
}

TEST_CASE("last: the compositor is killed") {
  const pid_t sway = std::atoi(getenv("SWAY_PID"));
  REQUIRE(sway > 1);
  const auto source = open_or_fail();
  Frame held;
  REQUIRE(source->next(held));
  REQUIRE(kill(sway, SIGKILL) == 0);
  CHECK_FALSE(pump(*source, deadline_ms, [](const Frame&) { return false; }));
  CHECK(text_of(source->failure()).starts_with("compositor_gone("));
  CHECK_FALSE(source->dispatch());
  CHECK(held.planes[0].data[0] <= 255);  // still readable
  source->release(held);
}
