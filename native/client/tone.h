// What a channel of sound plays, when it is one tone: frequency by the median distance of interpolated zero
// crossings, over windows of 100 ms; a hole in the sound does not change it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace punktfunk::client {

class ToneMeter {
 public:
  explicit ToneMeter(unsigned sample_rate_hz);

  // samples: one channel, every `step`-th value of the span that starts at `samples`, `count` of them, -1 to 1.
  void feed(const float* samples, std::size_t count, std::size_t step);

  // Median over the audible windows, 0 when none was; quieter than -50 dBFS is silence.
  [[nodiscard]] double tone_hz() const;
  [[nodiscard]] std::uint64_t audible_ms() const { return audible_windows_ * window_ms; }

  // Frequency of one window, 0 when there is no steady crossing of zero in it.
  static double frequency_hz(const std::vector<float>& window, unsigned sample_rate_hz);

 private:
  static constexpr unsigned window_ms = 100;
  static constexpr std::size_t kept_windows = 600;

  void finish_window();

  unsigned sample_rate_hz_;
  std::vector<float> window_;
  std::vector<double> frequencies_;  // the newest kept_windows, as a ring
  std::uint64_t audible_windows_ = 0;
};

}  // namespace punktfunk::client
