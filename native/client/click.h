// The clicks in a sound (harness/beacon --click), and what they and their pictures tell of how late both are.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "client/samples.h"

namespace punktfunk::client {

// When each click was heard: its first loud sample after silence.
class ClickMeter {
 public:
  // Interleaved samples that are played from `from_ns` on.
  void feed(std::span<const float> samples, std::size_t channels, std::uint64_t from_ns) {
    for (std::size_t i = 0; i + channels <= samples.size(); i += channels) {
      const bool loud = std::abs(samples[i]) >= loud_sample;
      if (loud && quiet_frames_ >= silence_frames && heard_ns_.size() < Samples::capacity) {
        heard_ns_.push_back(from_ns + i / channels * 1'000'000'000 / rate_hz);
      }
      quiet_frames_ = loud ? 0 : quiet_frames_ + 1;
    }
  }
  [[nodiscard]] const std::vector<std::uint64_t>& heard_ns() const { return heard_ns_; }

 private:
  static constexpr std::size_t rate_hz = 48'000, silence_frames = rate_hz / 20;
  static constexpr float loud_sample = 0.2f;

  std::size_t quiet_frames_ = 0;
  std::vector<std::uint64_t> heard_ns_;
};

// A picture with which the beacon clicked.
struct Flash {
  std::uint64_t painted_ns = 0, received_ns = 0;
};

// A click that was heard, and its picture.
struct HeardClick {
  Flash flash;
  std::uint64_t heard_ns = 0;
};

struct ClickSummary {
  Percentiles painted_to_heard_ms;
  Percentiles picture_after_sound_ms;  // below 0: the picture came first
  Percentiles apart_ms;                // whichever came first
};

// Both in the order of time. A click belongs to the newest picture painted before it; one without a picture of its own
// is left out.
inline std::vector<HeardClick> match_clicks(std::span<const std::uint64_t> heard_ns, std::span<const Flash> flashes) {
  constexpr std::uint64_t longest_ns = 300'000'000;  // less than from click to click
  std::vector<HeardClick> clicks;
  auto next = flashes.begin();
  for (const std::uint64_t heard : heard_ns) {
    while (next != flashes.end() && next->painted_ns <= heard) { ++next; }
    if (next == flashes.begin()) { continue; }
    const Flash& flash = *(next - 1);
    if (heard - flash.painted_ns <= longest_ns) { clicks.push_back({flash, heard}); }
  }
  return clicks;
}

inline ClickSummary judge_clicks(std::span<const std::uint64_t> heard_ns, std::span<const Flash> flashes) {
  Samples sound, offset, apart;
  for (const auto& [flash, heard] : match_clicks(heard_ns, flashes)) {
    sound.add(static_cast<double>(heard - flash.painted_ns) / 1e6);
    const double after_ms = static_cast<double>(static_cast<std::int64_t>(flash.received_ns - heard)) / 1e6;
    offset.add(after_ms);
    apart.add(std::abs(after_ms));
  }
  return {sound.percentiles(), offset.percentiles(), apart.percentiles()};
}

}  // namespace punktfunk::client
