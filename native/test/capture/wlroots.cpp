// The wlroots source against a compositor that fails, hangs, changes or goes. What a real Sway does is tested in
// harness/capture.
#include <doctest/doctest.h>
#include <drm_fourcc.h>

#include "base/poll_until.h"
#include "test/capture/fake_compositor.h"
#include "test/capture/pump.h"
#include "test/failure_text.h"
#include "test/thread_allocations.h"

using namespace punktfunk;
using namespace punktfunk::test;

namespace {

constexpr unsigned deadline_ms = 60'000;
constexpr Rect whole{0, 0, 640, 480};

using Counts = FakeCompositor::Counts;

// Opens while the compositor answers the first copy with a picture of the value 1.
std::unique_ptr<FrameSource> open(FakeCompositor& compositor, std::string& error,
                                  const contract::WlrootsTarget& target = {"fake", ""}) {
  std::thread first([&] {
    compositor.await([](const Counts& counts) { return counts.copies > 0 && counts.pending > 0; });
    compositor.run([&] { compositor.finish_copy(1); });
  });
  auto source = opened(open_wlroots(target, deadline_ms), error);
  first.join();
  return source;
}

std::unique_ptr<FrameSource> open_or_fail(FakeCompositor& compositor) {
  std::string error;
  auto source = open(compositor, error);
  INFO(error);
  REQUIRE(source != nullptr);
  return source;
}

bool await_frame(FrameSource& source, Frame& frame) {
  const std::uint64_t give_up_ns = monotonic_ns() + std::uint64_t{deadline_ms} * 1'000'000;
  while (monotonic_ns() < give_up_ns && source.dispatch()) {
    if (source.next(frame)) { return true; }
    pollfd ready{source.poll_fd(), POLLIN, 0};
    poll(&ready, 1, 100);
  }
  return false;
}

// Waits for the source to handle what the compositor has sent.
void settle(FrameSource& source, FakeCompositor& compositor, const std::function<bool(const Counts&)>& condition) {
  const std::uint64_t give_up_ns = monotonic_ns() + std::uint64_t{deadline_ms} * 1'000'000;
  while (!condition(compositor.counts())) {
    REQUIRE(monotonic_ns() < give_up_ns);
    source.dispatch();
    pollfd ready{source.poll_fd(), POLLIN, 0};
    poll(&ready, 1, 2);
  }
}

bool pending(const Counts& counts) {
  return counts.pending == 1;
}

std::string end_of(FrameSource& source) {
  CHECK_FALSE(pump(source, deadline_ms, [](const Frame&) { return false; }));
  return text_of(source.failure());
}

}  // namespace

TEST_CASE("the first copy is a plain one; then each waits for damage and is ordered before its forerunner is taken") {
  FakeCompositor compositor;
  compositor.start();
  const auto source = open_or_fail(compositor);
  Counts counts = compositor.counts();
  CHECK(counts.copies == 1);
  settle(*source, compositor, [](const Counts& c) { return c.copies_with_damage == 1; });
  // The frame object after that is described already: the next order needs no round trip.
  counts = compositor.counts();
  CHECK(counts.described == 3);
  CHECK(counts.overlay_cursor == 3);
  Frame frame;
  REQUIRE(source->next(frame));
  CHECK(frame.damage == whole);
  CHECK(frame.fourcc == DRM_FORMAT_XRGB8888);
  CHECK(frame.planes[0].data[0] == 1);
  CHECK(frame.planes[0].length == 640 * 4 * 480);
  CHECK_FALSE(frame.y_inverted);
  source->release(frame);
  compositor.run([&] { CHECK(compositor.finish_copy(2, {10, 20, 30, 40})); });
  REQUIRE(await_frame(*source, frame));
  CHECK(frame.damage == Rect{10, 20, 30, 40});
  CHECK(frame.planes[0].data[0] == 2);
  source->release(frame);
}

TEST_CASE("a picture costs no allocation of ours, from its arrival to the order of the next") {
  FakeCompositor compositor;
  compositor.start();
  const auto source = open_or_fail(compositor);
  Frame frame;
  REQUIRE(source->next(frame));
  source->release(frame);
  std::size_t ours = 0;
  const auto counted = [&](auto call) {
    const std::size_t before = thread_allocations();
    const bool done = call();
    ours += thread_allocations() - before;
    return done;
  };
  const auto one_picture = [&](std::uint8_t value) {
    const std::uint64_t give_up_ns = monotonic_ns() + std::uint64_t{deadline_ms} * 1'000'000;
    while (compositor.counts().pending == 0) {
      REQUIRE(monotonic_ns() < give_up_ns);
      REQUIRE(counted([&] { return source->dispatch(); }));
    }
    compositor.run([&] { compositor.finish_copy(value, {1, 2, 3, 4}); });
    REQUIRE(counted([&] { return await_frame(*source, frame); }));
    counted([&] { return source->release(frame), true; });
  };
  for (std::uint8_t value = 2; value < 8; ++value) {
    one_picture(value);  // every buffer is there
  }
  CHECK(thread_allocations() > 0);  // what opens is counted
  ours = 0;
  for (std::uint8_t value = 8; value < 20; ++value) { one_picture(value); }
  CHECK(ours == 0);
}

TEST_CASE("a picture's time is that of its presentation; a lie about it is replaced by its arrival") {
  constexpr std::uint64_t ms = 1'000'000, second = 1000 * ms;
  FakeCompositor compositor;
  compositor.start();
  const auto source = open_or_fail(compositor);
  Frame frame;
  REQUIRE(source->next(frame));
  source->release(frame);
  const auto presented = [&](std::optional<std::uint64_t> said) {
    settle(*source, compositor, pending);
    const std::uint64_t before = monotonic_ns();
    compositor.run([&] {
      compositor.says_presented_ns = said;
      compositor.finish_copy(2);
    });
    REQUIRE(await_frame(*source, frame));
    source->release(frame);
    CHECK(frame.presented_ns <= monotonic_ns());
    CHECK(frame.ordered_ns <= before);
    CHECK(frame.ordered_ns > 0);
    CHECK_FALSE(source->shown_frames());
    return std::pair{frame.presented_ns, before};
  };
  const std::uint64_t early = frame.presented_ns + 1;
  CHECK(presented(early).first == early);
  for (const std::uint64_t lie : {std::uint64_t{0}, 3 * second, monotonic_ns() + 60 * second,
                                  monotonic_ns() - 60 * second, early - ms, ~std::uint64_t{0} / 2}) {
    CAPTURE(lie);
    const auto [at, before] = presented(lie);
    CHECK(at >= before);
  }
}

TEST_CASE("flags and padding are passed on") {
  FakeCompositor compositor;
  compositor.y_inverted = true;
  compositor.stride_padding = 64;
  compositor.format = DRM_FORMAT_ABGR8888;
  compositor.start();
  std::string error;
  const auto source = open(compositor, error, {"fake", "FAKE-1"});
  REQUIRE(source != nullptr);
  Frame frame;
  REQUIRE(source->next(frame));
  CHECK(frame.y_inverted);
  CHECK(frame.fourcc == DRM_FORMAT_ABGR8888);
  CHECK(frame.planes[0].stride == 640 * 4 + 64);
  source->release(frame);
}

TEST_CASE("frames that nobody takes are dropped and counted; their damage lives on") {
  FakeCompositor compositor;
  compositor.start();
  const auto source = open_or_fail(compositor);
  Frame frame;
  REQUIRE(source->next(frame));
  source->release(frame);
  const Rect boxes[] = {{0, 0, 10, 10}, {100, 100, 5, 5}, {50, 300, 20, 20}};
  for (std::uint8_t i = 0; i < 3; ++i) {
    settle(*source, compositor, pending);
    compositor.run([&] { CHECK(compositor.finish_copy(static_cast<std::uint8_t>(10 + i), boxes[i])); });
  }
  settle(*source, compositor, [](const Counts& c) { return c.copies_with_damage == 4; });
  CHECK(source->dropped_frames() == 2);
  REQUIRE(source->next(frame));
  CHECK(frame.planes[0].data[0] == 12);
  CHECK(frame.damage == Rect{0, 0, 105, 320});
  CHECK_FALSE(source->next(frame));
  source->release(frame);
}

TEST_CASE("who says when a picture is wanted gets a copy that is ordered then, and none without") {
  FakeCompositor compositor;
  compositor.start();
  const auto source = open_or_fail(compositor);
  Frame frame;
  REQUIRE(source->next(frame));
  source->release(frame);
  settle(*source, compositor, pending);
  unsigned orders = compositor.counts().copies_with_damage;
  for (std::uint8_t value = 2; value < 6; ++value) {
    source->want_from(never_ns);  // of the one that is ordered already: it comes all the same
    compositor.run([&] { CHECK(compositor.finish_copy(value, {0, 0, 1, 1})); });
    REQUIRE(await_frame(*source, frame));
    CHECK(frame.planes[0].data[0] == value);
    source->release(frame);
    for (int i = 0; i < 10; ++i) {
      compositor.run([] {});
      REQUIRE(source->dispatch());
    }
    CHECK(compositor.counts().copies_with_damage == orders);
    source->want_from(value % 2 == 0 ? monotonic_ns() : monotonic_ns() + 1'000'000);
    settle(*source, compositor, [&](const Counts& c) { return c.copies_with_damage == orders + 1; });
    ++orders;
  }
}

TEST_CASE("damage outside of the picture is cut, a huge box does not overflow, none at all means everything") {
  FakeCompositor compositor;
  compositor.start();
  const auto source = open_or_fail(compositor);
  Frame frame;
  REQUIRE(source->next(frame));
  source->release(frame);
  const std::pair<Rect, Rect> cases[] = {{{600, 400, 1000, 1000}, {600, 400, 40, 80}},
                                         {{-1, -1, 0x7FFFFFFF, 0x7FFFFFFF}, whole},
                                         {{0x7FFFFFFF, 5, 10, 10}, whole},
                                         {{}, whole}};
  for (const auto& [announced, expected] : cases) {
    settle(*source, compositor, pending);
    compositor.run([&, box = announced] { CHECK(compositor.finish_copy(2, box)); });
    REQUIRE(await_frame(*source, frame));
    CHECK(frame.damage == expected);
    source->release(frame);
  }
}

TEST_CASE("a consumer that keeps two frames is not painted over, and gets the rest when it gives them back") {
  FakeCompositor compositor;
  compositor.start();
  const auto source = open_or_fail(compositor);
  Frame first, second, other;
  REQUIRE(source->next(first));
  settle(*source, compositor, pending);
  compositor.run([&] { CHECK(compositor.finish_copy(2, {0, 0, 1, 1})); });
  REQUIRE(await_frame(*source, second));
  for (std::uint8_t value = 3; value < 20; ++value) {
    settle(*source, compositor, pending);
    compositor.run([&] { CHECK(compositor.finish_copy(value, {0, 0, 1, 1})); });
  }
  REQUIRE(await_frame(*source, other));
  CHECK(first.planes[0].data[5] == 1);
  CHECK(second.planes[0].data[5] == 2);
  source->release(second);
  source->release(other);
  source->release(first);
  settle(*source, compositor, pending);
}

TEST_CASE("the output changes its size while a copy waits for damage") {
  FakeCompositor compositor;
  compositor.start();
  const auto source = open_or_fail(compositor);
  Frame held;
  REQUIRE(source->next(held));
  settle(*source, compositor, pending);
  compositor.run([&] { compositor.resize(320, 200); });
  settle(*source, compositor, [](const Counts& c) { return c.copies == 2 && c.pending == 1; });
  compositor.run([&] { CHECK(compositor.finish_copy(9, {0, 0, 1, 1})); });
  Frame frame;
  REQUIRE(await_frame(*source, frame));
  CHECK(frame.width == 320);
  CHECK(frame.height == 200);
  CHECK(frame.damage == Rect{0, 0, 320, 200});
  CHECK(frame.planes[0].data[0] == 9);
  CHECK(held.planes[0].data[640 * 480 * 4 - 1] == 1);
  source->release(held);
  source->release(frame);
  CHECK_FALSE(source->failure());
}

TEST_CASE("copies that fail are asked for again, whole; nothing is lost meanwhile") {
  FakeCompositor compositor;
  compositor.start();
  const auto source = open_or_fail(compositor);
  Frame frame;
  REQUIRE(source->next(frame));
  source->release(frame);
  settle(*source, compositor, pending);
  for (unsigned round = 2; round < 4; ++round) {
    compositor.run([&] { CHECK(compositor.fail_copy()); });
    settle(*source, compositor, [&](const Counts& c) { return c.copies == round && c.pending == 1; });
  }
  CHECK_FALSE(source->failure());
  compositor.run([&] { CHECK(compositor.finish_copy(7, {0, 0, 1, 1})); });
  REQUIRE(await_frame(*source, frame));
  CHECK(frame.damage == whole);
  source->release(frame);
}

TEST_CASE("the captured output is removed; another one is nobody's business") {
  FakeCompositor compositor;
  compositor.screens.push_back({.name = "FAKE-2"});
  compositor.start();
  const auto source = open_or_fail(compositor);
  compositor.run([&] { compositor.remove_screen(1); });
  settle(*source, compositor, pending);
  CHECK(source->dispatch());
  compositor.run([&] { compositor.remove_screen(0); });
  CHECK(end_of(*source) == "output_removed(FAKE-1)");
}

TEST_CASE("the compositor hangs up, with a frame borrowed") {
  FakeCompositor compositor;
  compositor.start();
  const auto source = open_or_fail(compositor);
  Frame held;
  REQUIRE(source->next(held));
  compositor.run([&] { compositor.disconnect_clients(); });
  CHECK(end_of(*source).starts_with("compositor_gone("));
  CHECK(held.planes[0].data[0] == 1);
  source->release(held);
}

TEST_CASE("a compositor that owes a whole picture for too long hangs") {
  FakeCompositor compositor;
  compositor.start();
  const auto source = open_or_fail(compositor);
  compositor.run([&] { compositor.resize(320, 200); });
  CHECK(end_of(*source) == "output_silent(FAKE-1, 5000)");
}

TEST_CASE("what cannot be opened says why") {
  std::string error;
  {
    FakeCompositor compositor;
    compositor.screencopy_version = 0;
    compositor.start();
    CHECK(opened(open_wlroots({"fake", ""}, deadline_ms), error) == nullptr);
    CHECK(error == "screencopy_missing");
  }
  {
    FakeCompositor compositor;
    compositor.screencopy_version = 2;
    compositor.start();
    CHECK(opened(open_wlroots({"fake", ""}, deadline_ms), error) == nullptr);
    CHECK(error == "screencopy_missing");
  }
  {
    FakeCompositor compositor;
    compositor.screens.clear();
    compositor.start();
    CHECK(opened(open_wlroots({"fake", ""}, deadline_ms), error) == nullptr);
    CHECK(error == "output_missing(, )");
  }
  {
    FakeCompositor compositor;
    compositor.answers = false;
    compositor.start();
    CHECK(opened(open_wlroots({"fake", ""}, 200), error) == nullptr);
    CHECK(error == "output_silent(FAKE-1, 200)");
  }
  {
    FakeCompositor compositor;
    compositor.format = DRM_FORMAT_XRGB2101010;
    compositor.start();
    CHECK(opened(open_wlroots({"fake", ""}, deadline_ms), error) == nullptr);
    CHECK(error == "picture_format_unusable(XR30)");
  }
  {
    FakeCompositor compositor;
    compositor.screens[0].width = 0;
    compositor.start();
    CHECK(opened(open_wlroots({"fake", ""}, deadline_ms), error) == nullptr);
    CHECK(error == "picture_size_unusable(0, 480, 0)");
  }
  {
    FakeCompositor compositor;
    compositor.screens[0].width = 40000;
    compositor.start();
    CHECK(opened(open_wlroots({"fake", ""}, deadline_ms), error) == nullptr);
    CHECK(error == "picture_size_unusable(40000, 480, 160000)");
  }
  {
    FakeCompositor compositor;
    compositor.format = DRM_FORMAT_XBGR8888;
    compositor.knows_format = false;
    compositor.start();
    CHECK(opened(open_wlroots({"fake", ""}, deadline_ms), error) == nullptr);
    CHECK(error.starts_with("compositor_refused("));
  }
  {
    FakeCompositor compositor;
    compositor.start();
    std::thread sleeper([&] {
      compositor.await([](const Counts& counts) { return counts.pending > 0; });
      compositor.run([&] { compositor.fail_copy(); });
    });
    CHECK(opened(open_wlroots({"fake", ""}, 2000), error) == nullptr);
    sleeper.join();
    CHECK(error == "output_asleep(FAKE-1)");
  }
}
