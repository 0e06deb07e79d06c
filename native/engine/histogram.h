// Durations by the thousand without a lock: one thread adds, another takes what was gathered since it asked last.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <iterator>

#include "contract/messages.h"

namespace punktfunk {

class Histogram {
 public:
  struct Summary {
    std::uint64_t count = 0, p50_ns = 0, p95_ns = 0, p99_ns = 0, max_ns = 0, sum_ns = 0;
    // Up to each of contract::latency_edges_us, and above the last.
    std::array<std::uint32_t, std::size(contract::latency_edges_us) + 1> counts{};
  };

  void add(std::uint64_t ns) noexcept {
    counts_[bucket_of(ns)].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(ns, std::memory_order_relaxed);
    std::uint64_t seen = max_.load(std::memory_order_relaxed);
    while (ns > seen && !max_.compare_exchange_weak(seen, ns, std::memory_order_relaxed)) {}
  }

  // Percentiles are the upper edge of their bucket: at most 3 % above the true value, never above the maximum. What is
  // counted up to an edge has its whole bucket below it.
  Summary take() noexcept {
    std::uint32_t counts[buckets];
    Summary s;
    std::size_t edge = 0;
    for (std::size_t i = 0; i < buckets; ++i) {
      s.count += counts[i] = counts_[i].exchange(0, std::memory_order_relaxed);
      while (edge < std::size(contract::latency_edges_us) &&
             upper_edge(i) > std::uint64_t{contract::latency_edges_us[edge]} * 1000) {
        ++edge;
      }
      s.counts[edge] += counts[i];
    }
    s.sum_ns = sum_.exchange(0, std::memory_order_relaxed);
    s.max_ns = max_.exchange(0, std::memory_order_relaxed);
    const auto percentile = [&](std::uint64_t percent) {
      const std::uint64_t rank = (s.count * percent + 99) / 100;
      std::uint64_t below = 0;
      for (std::size_t i = 0; i < buckets && s.count > 0; ++i) {
        if ((below += counts[i]) >= rank) { return std::min(upper_edge(i), s.max_ns); }
      }
      return s.max_ns;
    };
    s.p50_ns = percentile(50);
    s.p95_ns = percentile(95);
    s.p99_ns = percentile(99);
    return s;
  }

 private:
  static constexpr unsigned sub_bits = 5;   // 32 buckets an octave
  static constexpr unsigned max_bits = 36;  // 68 s; what is longer counts in the last bucket
  static constexpr std::size_t buckets = std::size_t{max_bits - sub_bits + 1} << sub_bits;

  static std::size_t bucket_of(std::uint64_t ns) {
    if (ns >> max_bits != 0) { return buckets - 1; }
    if (ns >> sub_bits == 0) { return static_cast<std::size_t>(ns); }
    const auto shift = static_cast<unsigned>(std::bit_width(ns)) - 1 - sub_bits;
    return (static_cast<std::size_t>(shift) << sub_bits) + static_cast<std::size_t>(ns >> shift);
  }
  static std::uint64_t upper_edge(std::size_t bucket) {
    constexpr std::size_t linear = std::size_t{2} << sub_bits;
    if (bucket < linear) { return bucket; }
    const std::size_t shift = (bucket >> sub_bits) - 1;
    const std::uint64_t mantissa = (bucket & ((1u << sub_bits) - 1)) | 1u << sub_bits;
    return ((mantissa + 1) << shift) - 1;
  }

  std::atomic<std::uint32_t> counts_[buckets] = {};
  std::atomic<std::uint64_t> max_{0}, sum_{0};
};

}  // namespace punktfunk
