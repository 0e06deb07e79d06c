#include "engine/preview/preview.h"

#include <poll.h>

#include <algorithm>
#include <memory>

#include "base/clock.h"
#include "base/poll_until.h"
#include "engine/capture/source.h"
#include "engine/encode/convert.h"
#include "engine/preview/base64.h"
#include "engine/preview/jpeg.h"

namespace punktfunk {
namespace {

constexpr unsigned open_timeout_ms = 2000, picture_timeout_ms = 2000;
constexpr std::uint32_t any_fps = 60;
constexpr int quality = 75;

OpenedSource open(const contract::WlrootsTarget& target, std::uint32_t /*width*/) {
  return open_wlroots(target, open_timeout_ms);
}
SourceConfig wide_picture(std::uint32_t width) {
  return {.width = width, .height = width * 9 / 32 * 2, .fps = any_fps};
}
OpenedSource open(const contract::PipeWireNodeTarget& target, std::uint32_t width) {
  return open_pipewire(target, {}, wide_picture(width), open_timeout_ms);
}
OpenedSource open(const contract::SyntheticTarget& target, std::uint32_t width) {
  return open_synthetic(target, wide_picture(width));
}

// Nothing: there is a picture.
std::optional<Failure> wait_for_picture(FrameSource& source, Frame& frame) {
  const std::uint64_t deadline_ns = monotonic_ns() + std::uint64_t{picture_timeout_ms} * 1'000'000;
  while (!source.next(frame)) {
    if (monotonic_ns() >= deadline_ns) { return problem::preview_failed("no picture came"); }
    pollfd fd{source.poll_fd(), POLLIN, 0};
    poll_until({&fd, 1}, deadline_ns);
    if (!source.dispatch()) { return source.failure(); }
  }
  return std::nullopt;
}

struct Size {
  std::uint32_t width, height;
};

std::uint32_t even(std::uint32_t side) {
  return std::max(side / 2 * 2, 2u);
}

// Of the frame once it is upright, no wider than asked for.
Size scaled_size(const Frame& frame, std::uint32_t max_width) {
  const bool turned = swaps_sides(frame.transform);
  const std::uint32_t width = turned ? frame.height : frame.width, height = turned ? frame.width : frame.height;
  const std::uint32_t to_width = even(std::min(width, max_width));
  return {to_width, even(static_cast<std::uint32_t>(std::uint64_t{height} * to_width / std::max(width, 1u)))};
}

}  // namespace

Result<contract::PreviewPicture, Failure> take_preview(const contract::TakePreview& wanted) {
  auto source = std::visit([&](const auto& target) { return open(target, wanted.max_width_px); }, wanted.target);
  if (!source) { return std::move(source).error(); }
  Frame frame;
  if (auto failure = wait_for_picture(**source, frame)) { return *std::move(failure); }
  const Size size = scaled_size(frame, wanted.max_width_px);
  Converter converter(size.width, size.height, Colorspace::rec601, true);  // as JPEG files have it
  frame.damage = {0, 0, static_cast<std::int32_t>(frame.width), static_cast<std::int32_t>(frame.height)};
  const Status status = converter.convert(frame);
  (*source)->release(frame);
  source->reset();  // the compositor has no more to do for it while this thread encodes
  if (status != Status::ok) { return problem::preview_failed(status_text(status)); }
  const auto jpeg = encode_jpeg(converter.picture(), size.width, size.height, quality);
  if (!jpeg) { return problem::preview_failed(jpeg.error()); }
  return contract::PreviewPicture{.width = static_cast<std::uint16_t>(size.width),
                                  .height = static_cast<std::uint16_t>(size.height),
                                  .jpeg_base64 = base64(*jpeg)};
}

}  // namespace punktfunk
