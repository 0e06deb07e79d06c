#include "client/tone.h"

#include <algorithm>
#include <cmath>

namespace punktfunk::client {

namespace {
constexpr double audible_rms = 0.00316;  // -50 dBFS
}

ToneMeter::ToneMeter(unsigned sample_rate_hz) : sample_rate_hz_(sample_rate_hz) {
  window_.reserve(sample_rate_hz_ * window_ms / 1000);
}

void ToneMeter::feed(const float* samples, std::size_t count, std::size_t step) {
  for (std::size_t i = 0; i < count; ++i) {
    window_.push_back(samples[i * step]);
    if (window_.size() == sample_rate_hz_ * window_ms / 1000) { finish_window(); }
  }
}

void ToneMeter::finish_window() {
  double energy = 0;
  for (const float sample : window_) { energy += static_cast<double>(sample) * sample; }
  if (std::sqrt(energy / static_cast<double>(window_.size())) >= audible_rms) {
    const double frequency = frequency_hz(window_, sample_rate_hz_);
    if (frequencies_.size() < kept_windows) {
      frequencies_.push_back(frequency);
    } else {
      frequencies_[static_cast<std::size_t>(audible_windows_ % kept_windows)] = frequency;
    }
    ++audible_windows_;
  }
  window_.clear();
}

double ToneMeter::tone_hz() const {
  if (frequencies_.empty()) { return 0; }
  std::vector<double> sorted = frequencies_;
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  return *middle;
}

double ToneMeter::frequency_hz(const std::vector<float>& window, unsigned sample_rate_hz) {
  float peak = 0;
  for (const float sample : window) { peak = std::max(peak, std::abs(sample)); }
  // A crossing counts only after the signal was clearly below zero: noise around zero must not count twice.
  const float clearly = peak / 4;
  bool armed = false;
  double last = -1;
  std::vector<double> periods;
  for (std::size_t i = 1; i < window.size(); ++i) {
    if (window[i] < -clearly) { armed = true; }
    if (!armed || window[i - 1] > 0 || window[i] <= 0) { continue; }
    armed = false;
    const double crossing =
        static_cast<double>(i) - static_cast<double>(window[i]) / static_cast<double>(window[i] - window[i - 1]);
    if (last >= 0) { periods.push_back(crossing - last); }
    last = crossing;
  }
  if (periods.empty()) { return 0; }
  // The median: a hole in the sound is one long period among many, and not a lower tone.
  const auto middle = periods.begin() + static_cast<std::ptrdiff_t>(periods.size() / 2);
  std::nth_element(periods.begin(), middle, periods.end());
  return sample_rate_hz / *middle;
}

}  // namespace punktfunk::client
