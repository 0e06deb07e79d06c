// The PipeWire source against KWin's screen casts. Every case runs inside harness/capture/in-kwin.
#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>

#include "kwin_cast.h"
#include "painted.h"
#include "test/capture/child.h"
#include "test/failure_text.h"

using namespace punktfunk;
using namespace punktfunk::test;

namespace {

constexpr unsigned deadline_ms = 60'000;

// Null where KWin casts nothing, which is said.
std::unique_ptr<FrameSource> open_unless_refused(const KWinCast& cast, const char* what) {
  if (cast.node_id() == 0) {
    std::printf("skipped: KWin: %s: it casts nothing here: %s\n", what, cast.refusal().c_str());
    return nullptr;
  }
  std::string error;
  auto source = opened(
      open_pipewire({.node_id = cast.node_id()}, {}, {.width = 1280, .height = 720, .fps = 60}, deadline_ms), error);
  INFO(error);
  REQUIRE(source != nullptr);
  return source;
}

}  // namespace

TEST_CASE("a moving client arrives in order, intact") {
  const KWinCast cast;
  const auto source = open_unless_refused(cast, "a moving client");
  if (source == nullptr) { return; }
  const Child beacon({PUNKTFUNK_BEACON, "--motion", "full"});
  // The virtual backend of 5.27 tells its casts of no change: the stream is agreed on, and stands.
  if (!pump(*source, 10'000, [](const Frame&) { return true; })) {
    std::puts("skipped: KWin: a moving client: its cast is open and healthy, but no picture came in 10 s");
    CHECK_FALSE(source->failure());
    return;
  }
  REQUIRE(await_beacon(*source, 1280, 720, deadline_ms));
  const Painted seen = look_at(*source, 60, deadline_ms);
  CHECK(seen.frames == 60);
  CHECK(seen.unreadable == 0);
  CHECK(seen.backward == 0);
}

TEST_CASE("last: the compositor is killed") {
  const KWinCast cast;
  const auto source = open_unless_refused(cast, "the compositor is killed");
  if (source == nullptr) { return; }
  REQUIRE(kill(std::atoi(getenv("COMPOSITOR_PID")), SIGKILL) == 0);
  pump(*source, deadline_ms, [](const Frame&) { return false; });
  CHECK(text_of(source->failure()).starts_with("node_gone("));
}
