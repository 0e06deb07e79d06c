// The rate of pictures beside a wire that has a largest picture: lowered when one was larger, raised again when none
// was for a while. Sans-I/O; nanoseconds of one clock.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace punktfunk {

class WireRate {
 public:
  static constexpr std::uint64_t first_pause_ns = 5'000'000'000;  // without a picture too large, before it is raised
  // Where raising it is what makes pictures too large, each costs one that is not shown: ever longer pauses, up to
  // this.
  static constexpr std::uint64_t longest_pause_ns = 64 * first_pause_ns;

  WireRate(std::uint32_t fps, std::uint32_t asked_kbps) : fps_(fps), asked_kbps_(asked_kbps) {}

  // What is wanted where the wire allows it.
  void ask(std::uint32_t kbps) {
    asked_kbps_ = kbps;
    largest_kbps_.reset();
  }

  // The picture encoded last, at this rate, is larger than most_bytes. What the next one is encoded at; nothing: it
  // gets no smaller. A picture's size is bounded by the rate (Encoder::set_bitrate_kbps). What is too large at an
  // eighth of the rate at which pictures fit stays so (x264: 8K of white noise, 2.6 bits a pixel at the coarsest; an
  // IDR of OpenH264's: 4K of grain, 1.7 bits, at any rate): it is left out, and the rate stays good enough for others.
  std::optional<std::uint32_t> too_large(std::uint64_t now_ns, std::uint32_t kbps, std::size_t most_bytes) {
    if (raised_) { pause_ns_ = std::min(pause_ns_ * 2, longest_pause_ns); }
    raised_ = false;
    since_ns_ = now_ns;
    const std::uint64_t fitting_kbps = std::uint64_t{most_bytes} * 8 * fps_ / 1000 / 10 * 9;
    largest_kbps_ = static_cast<std::uint32_t>(std::min<std::uint64_t>(fitting_kbps, asked_kbps_));
    const std::uint64_t smaller_kbps =
        kbps > fitting_kbps ? fitting_kbps : std::max<std::uint64_t>(kbps / 2, fitting_kbps / 8);
    if (smaller_kbps == 0 || smaller_kbps >= kbps) { return std::nullopt; }
    return static_cast<std::uint32_t>(smaller_kbps);
  }

  // Before a picture: the rate to go on with, when it is time for a higher one than this.
  std::optional<std::uint32_t> raised(std::uint64_t now_ns, std::uint32_t kbps) {
    if (!largest_kbps_ || kbps >= *largest_kbps_ || now_ns < since_ns_ + pause_ns_) { return std::nullopt; }
    raised_ = true;
    since_ns_ = now_ns;
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(std::uint64_t{kbps} * 2, *largest_kbps_));
  }

 private:
  std::uint32_t fps_, asked_kbps_;
  std::optional<std::uint32_t> largest_kbps_;  // at which pictures fit; nothing: none was too large
  std::uint64_t since_ns_ = 0, pause_ns_ = first_pause_ns;
  bool raised_ = false;  // since one was too large
};

}  // namespace punktfunk
