// Thread CPU time of several candidates, taken in turns so that a busy machine hits all of them alike.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <vector>

#include "base/clock.h"

namespace bench {

inline double thread_cpu_s() {
  return static_cast<double>(punktfunk::thread_cpu_ns()) * 1e-9;
}

struct Timing {
  double median_s = 0;  // one call
  double best_s = 0;
};

// Rounds of about sample_s each, at least one call.
inline std::vector<Timing> measure(const std::vector<std::function<void()>>& candidates, int rounds, double sample_s) {
  std::vector<std::vector<double>> samples(candidates.size());
  std::vector<int> calls(candidates.size());
  for (std::size_t c = 0; c < candidates.size(); ++c) {
    candidates[c]();  // warms the caches and makes tables
    const double start = thread_cpu_s();
    candidates[c]();
    const double once = std::max(thread_cpu_s() - start, 1e-7);
    calls[c] = static_cast<int>(std::clamp(sample_s / once, 1.0, 1e6));
  }
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t c = 0; c < candidates.size(); ++c) {
      const double start = thread_cpu_s();
      for (int call = 0; call < calls[c]; ++call) { candidates[c](); }
      samples[c].push_back((thread_cpu_s() - start) / calls[c]);
    }
  }
  std::vector<Timing> timings;
  for (auto& sample : samples) {
    std::sort(sample.begin(), sample.end());
    timings.push_back({sample[sample.size() / 2], sample.front()});
  }
  return timings;
}

}  // namespace bench
