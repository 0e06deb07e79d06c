// When the next picture is painted, what is in it, and what is told of that: the same on every kind of desktop.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "click.h"
#include "options.h"
#include "picture.h"

namespace punktfunk::beacon {

class Painting {
 public:
  // Null and a sentence when there is nothing to click with.
  static std::unique_ptr<Painting> begin(const Options& options, std::string& error);

  // The window is new, or has another size, or its picture is lost: it needs one, whatever the options say.
  void need() { wanted_ = true; }
  // The desktop has shown the last one.
  void shown();
  void pressed_or_released() { wanted_ |= options_.react; }
  // Every buffer is held by the desktop: the picture waits for one.
  void starved() { ++starved_; }
  // A desktop that asks for no pictures by itself gets so many a second, unless the options say how many.
  void pace_of_its_own(double fps);

  [[nodiscard]] bool is_due(std::uint64_t now_ns) const { return wanted_ && now_ns >= next_due_ns_; }
  // When it will be, if a picture is wanted and only has to wait for its time; never_ns otherwise.
  [[nodiscard]] std::uint64_t due_ns(std::uint64_t now_ns) const;
  // Paints the next picture; the boxes that differ from the one before, until the next call.
  std::span<const Box> paint(Canvas& canvas, std::uint64_t now_ns);

  [[nodiscard]] std::uint64_t next_tell_ns() const { return next_tell_ns_; }
  void tell(std::uint64_t now_ns);
  [[nodiscard]] std::uint64_t frames() const { return frame_; }

 private:
  explicit Painting(const Options& options) : options_(options), picture_(options.motion) {}

  Options options_;
  Picture picture_;
  std::unique_ptr<Click> click_;
  bool wanted_ = false;
  std::uint64_t frame_ = 0, next_due_ns_ = 0;
  std::uint64_t told_frame_ = 0, next_tell_ns_ = 0, starved_ = 0, paint_ns_sum_ = 0, paint_ns_max_ = 0;
};

}  // namespace punktfunk::beacon
