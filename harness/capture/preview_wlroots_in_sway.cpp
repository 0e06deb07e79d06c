// Previews of a real Sway, which is streamed meanwhile or not. Every case runs inside harness/capture/in-sway.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>

#include "engine/preview/preview.h"
#include "test/capture/child.h"
#include "test/capture/pump.h"
#include "test/need.h"
#include "test/preview/read_preview.h"

using namespace punktfunk;
using namespace punktfunk::test;

namespace {

contract::PreviewPicture look(std::uint16_t max_width_px) {
  return need(take_preview({.target = contract::WlrootsTarget{.wayland_display = "", .output = "HEADLESS-1"},
                            .max_width_px = max_width_px}));
}

}  // namespace

TEST_CASE("previews show what is painted at this moment, beside a stream of the same output that loses nothing by it") {
  const Child beacon({PUNKTFUNK_BEACON, "--motion", "full"});
  std::string error;
  const auto source = opened(open_wlroots({.wayland_display = "", .output = "HEADLESS-1"}, 60'000), error);
  REQUIRE_MESSAGE(source != nullptr, error);
  // The number of the first streamed picture that is not older; one may have been copied before it was asked for.
  const auto streamed = [&](std::uint64_t not_before) {
    BeaconCode code;
    REQUIRE(pump(*source, 60'000, [&](const Frame& frame) {
      const std::uint8_t* const green = frame.planes[0].data + 1;
      return read_beacon_code(green, frame.planes[0].stride, frame.width, frame.height, code, 4) &&
             code.frame_number >= not_before;
    }));
    return code.frame_number;
  };
  for (int n = 0; n < 5; ++n) {
    const std::uint64_t before = streamed(0);
    BeaconCode code;
    REQUIRE(read_code(*decode(look(1280)), code));
    CHECK(code.frame_number >= before);
    CHECK(streamed(code.frame_number) < code.frame_number + 600);  // not of some other time
  }
}

TEST_CASE("a preview is scaled to what is asked for, and there is one of a desktop that stands still") {
  for (int n = 0; n < 2; ++n) {
    const auto preview = look(640);
    CHECK(preview.width == 640);
    CHECK(preview.height == 360);
    const Decoded frame = decode(preview);
    CHECK(std::all_of(frame->data[0], frame->data[0] + 640,
                      [&](std::uint8_t luma) { return luma == frame->data[0][0]; }));
  }
}
