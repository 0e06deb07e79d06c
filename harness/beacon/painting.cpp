#include "painting.h"

#include <algorithm>

#include "base/clock.h"
#include "base/json_line.h"
#include "base/poll_until.h"
#include "beacon/beacon_code.h"

namespace punktfunk::beacon {

namespace {

constexpr std::uint64_t second_ns = 1'000'000'000U;
constexpr std::uint64_t pictures_between_rests = 30;

}  // namespace

std::unique_ptr<Painting> Painting::begin(const Options& options, std::string& error) {
  std::unique_ptr<Painting> painting(new Painting(options));
  if (options.click && !(painting->click_ = Click::open(error))) { return nullptr; }
  painting->next_tell_ns_ = monotonic_ns() + second_ns;
  return painting;
}

void Painting::shown() {
  wanted_ |= options_.motion != Motion::none && !options_.react;
}

void Painting::pace_of_its_own(double fps) {
  if (options_.fps <= 0) { options_.fps = fps; }
}

std::uint64_t Painting::due_ns(std::uint64_t now_ns) const {
  return wanted_ && now_ns < next_due_ns_ ? next_due_ns_ : never_ns;
}

std::span<const Box> Painting::paint(Canvas& canvas, std::uint64_t now_ns) {
  if (options_.fps > 0) {
    const auto interval_ns = static_cast<std::uint64_t>(static_cast<double>(second_ns) / options_.fps);
    // Keeps the rhythm over frames that come a little late, without catching up after a pause.
    next_due_ns_ = next_due_ns_ + interval_ns > now_ns ? next_due_ns_ + interval_ns : now_ns + interval_ns;
  }
  ++frame_;
  if (click_ && frame_ % beacon_click_frames == 0) { click_->play(); }
  if (options_.motion == Motion::rests && frame_ % pictures_between_rests == 0) { next_due_ns_ = now_ns + second_ns; }
  picture_.paint(canvas, frame_, now_ns);
  wanted_ = false;
  const std::uint64_t took_ns = monotonic_ns() - now_ns;
  paint_ns_sum_ += took_ns;
  paint_ns_max_ = std::max(paint_ns_max_, took_ns);
  return picture_.changed();
}

void Painting::tell(std::uint64_t now_ns) {
  const std::uint64_t painted = frame_ - told_frame_;
  JsonLine("painted")
      .number("frame", static_cast<std::int64_t>(frame_))
      .number("frames", static_cast<std::int64_t>(painted))
      .number("starved", static_cast<std::int64_t>(starved_))
      .real("paint_ms_mean", painted ? static_cast<double>(paint_ns_sum_) / 1e6 / static_cast<double>(painted) : 0)
      .real("paint_ms_max", static_cast<double>(paint_ns_max_) / 1e6);
  told_frame_ = frame_;
  starved_ = paint_ns_sum_ = paint_ns_max_ = 0;
  next_tell_ns_ = now_ns + second_ns;
}

}  // namespace punktfunk::beacon
