// A picture made here: the reference input of tests and benchmarks, with no desktop needed.
//
// A page of text-like windows is painted once, larger than the picture; a frame is a view that moves over it, so that
// every pixel changes with each frame and painting one costs only the code in the corner (beacon_code.h).
#include <drm_fourcc.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "beacon/beacon_code.h"
#include "engine/capture/source.h"

namespace punktfunk {

namespace {

constexpr std::uint32_t travel_px = 256;  // how far the view moves, either way
constexpr std::uint32_t max_side_px = 16384;
constexpr std::uint32_t max_fps = 1000;

constexpr std::uint32_t mixed(std::uint32_t value) {
  value = (value ^ value >> 16) * 0x7FEB352Du;
  value = (value ^ value >> 15) * 0x846CA68Bu;
  return value ^ value >> 16;
}

// A desktop as an encoder sees one: flat windows with lines of small dark glyphs, words apart, on a soft gradient.
std::uint32_t page_pixel(std::uint32_t x, std::uint32_t y) {
  const std::uint32_t window_x = x / 480, window_y = y / 360, in_x = x % 480, in_y = y % 360;
  if (in_x < 16 || in_y < 16) { return 0xFF000000u | (40 + x / 32 % 64) << 16 | (60 + y / 32 % 64) << 8 | 90; }
  const std::uint32_t window = mixed(window_x * 31 + window_y * 17 + 1);
  if (in_y < 40) { return 0xFF304050u | (window & 0x1F1F1F); }
  const bool dark = (window & 1) != 0;
  const std::uint32_t paper = dark ? 0xFF1E1E24u : 0xFFF6F4F0u, ink = dark ? 0xFFD0D8E0u : 0xFF202428u;
  const std::uint32_t column = in_x / 8, line = in_y / 16, glyph_x = in_x % 8, glyph_y = in_y % 16;
  const std::uint32_t cell = mixed(window ^ (line * 61 + column));
  const bool word = mixed(window ^ (line * 61 + column / 5 + 7)) % 4 != 0 && column % 5 != 4;
  if (!word || glyph_x < 1 || glyph_x > 6 || glyph_y < 4 || glyph_y > 12) { return paper; }
  return (mixed(cell + glyph_y / 2) >> (glyph_x / 2 * 3) & 3) == 0 ? ink : paper;
}

struct Page {
  std::vector<std::uint8_t> pixels;
  std::vector<std::uint8_t> under_code;  // what the code in the corner covers
  std::size_t code_at = 0;
  bool coded = false, borrowed = false;
};

class SyntheticSource final : public FrameSource {
 public:
  SyntheticSource(const SourceConfig& config, bool moving)
      : width_(config.width), height_(config.height), fps_(config.fps), moving_(moving) {}

  Result<void, Failure> start();

  int poll_fd() const override { return timer_.get(); }
  bool dispatch() override;
  bool next(Frame& frame) override;
  void release(const Frame& frame) override { static_cast<Page*>(frame.backend)->borrowed = false; }
  std::uint64_t dropped_frames() const override { return dropped_frames_; }
  std::optional<std::uint64_t> shown_frames() const override { return frame_number_; }
  const std::optional<Failure>& failure() const override { return failure_; }

 private:
  void paint_code(Page& page, std::size_t at, const BeaconCode& code);

  const std::uint32_t width_, height_, fps_;
  const bool moving_;
  std::uint32_t stride_ = 0;
  Page pages_[2];  // the one that is borrowed is not painted on
  UniqueFd timer_;
  std::uint64_t frame_number_ = 0, dropped_frames_ = 0;
  std::uint64_t period_ns_ = 0, due_ns_ = 0;  // the newest of the frames whose time has come
  std::uint64_t due_ = 0;                     // frames whose time has come and that nobody took
  const std::optional<Failure> failure_;      // it never ends
};

Result<void, Failure> SyntheticSource::start() {
  if (width_ == 0 || height_ == 0 || width_ > max_side_px || height_ > max_side_px || fps_ == 0 || fps_ > max_fps) {
    return problem::synthetic_impossible(width_, height_, fps_);
  }
  const std::uint32_t page_width = width_ + (moving_ ? travel_px : 0),
                      page_height = height_ + (moving_ ? travel_px : 0);
  stride_ = page_width * 4;
  for (Page& page : pages_) {
    page.under_code.resize(std::size_t{beacon_width_px} * 4 * beacon_height_px);
    if (&page != pages_) {
      page.pixels = pages_[0].pixels;
      continue;
    }
    page.pixels.resize(std::size_t{stride_} * page_height);
    for (std::uint32_t y = 0; y < page_height; ++y) {
      for (std::uint32_t x = 0; x < page_width; ++x) {
        const std::uint32_t pixel = page_pixel(x, y);
        std::memcpy(&page.pixels[std::size_t{y} * stride_ + std::size_t{x} * 4], &pixel, sizeof pixel);
      }
    }
  }
  timer_ = UniqueFd(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  period_ns_ = 1'000'000'000u / fps_;
  const std::uint64_t first_ns = monotonic_ns();
  due_ns_ = first_ns - period_ns_;
  const itimerspec schedule{.it_interval = moving_ ? timespec_of(period_ns_) : timespec{},
                            .it_value = timespec_of(first_ns)};
  if (!timer_ || timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &schedule, nullptr) != 0) {
    return problem::no_descriptors();
  }
  return {};
}

bool SyntheticSource::dispatch() {
  std::uint64_t expirations = 0;
  if (read(timer_.get(), &expirations, sizeof expirations) == sizeof expirations) {
    due_ += expirations;
    due_ns_ += expirations * period_ns_;
  }
  return true;
}

bool SyntheticSource::next(Frame& frame) {
  Page* const page = !pages_[0].borrowed ? &pages_[0] : !pages_[1].borrowed ? &pages_[1] : nullptr;
  if (due_ == 0 || page == nullptr) { return false; }
  dropped_frames_ += due_ - 1;
  frame_number_ += due_;
  due_ = 0;

  // To and fro, so that the view never jumps: 2 pixels sideways and 1 down a frame.
  const auto swing = [](std::uint64_t step) -> std::size_t {
    const std::size_t phase = step % (2 * std::uint64_t{travel_px});
    return phase < travel_px ? phase : 2 * travel_px - 1 - phase;
  };
  const std::size_t at = moving_ ? swing(frame_number_) * stride_ + swing(frame_number_ * 2) * 4 : 0;
  paint_code(*page, at, {frame_number_, monotonic_ns()});
  page->borrowed = true;

  frame = {};
  frame.planes[0] = {.data = page->pixels.data() + at, .length = page->pixels.size() - at, .stride = stride_};
  frame.plane_count = 1;
  frame.fourcc = DRM_FORMAT_XRGB8888;
  frame.modifier = DRM_FORMAT_MOD_LINEAR;
  frame.width = width_;
  frame.height = height_;
  frame.presented_ns = due_ns_;
  frame.damage = {0, 0, static_cast<std::int32_t>(width_), static_cast<std::int32_t>(height_)};
  frame.backend = page;
  return true;
}

void SyntheticSource::paint_code(Page& page, std::size_t at, const BeaconCode& code) {
  if (width_ < beacon_width_px || height_ < beacon_height_px) { return; }
  constexpr std::size_t line_bytes = std::size_t{beacon_width_px} * 4;
  for (std::size_t y = 0; y < beacon_height_px; ++y) {
    std::uint8_t* const kept = page.under_code.data() + y * line_bytes;
    if (page.coded) { std::memcpy(page.pixels.data() + page.code_at + y * stride_, kept, line_bytes); }
  }
  for (std::size_t y = 0; y < beacon_height_px; ++y) {
    std::memcpy(page.under_code.data() + y * line_bytes, page.pixels.data() + at + y * stride_, line_bytes);
  }
  page.code_at = at;
  page.coded = paint_beacon_code(page.pixels.data() + at, stride_, width_, height_, code);
}

}  // namespace

OpenedSource open_synthetic(const contract::SyntheticTarget& target, const SourceConfig& config) {
  auto source = std::make_unique<SyntheticSource>(config, target.moving);
  if (auto started = source->start(); !started) { return std::move(started).error(); }
  return source;
}

}  // namespace punktfunk
