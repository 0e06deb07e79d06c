#include "core/pacing/pacer.h"

#include <algorithm>
#include <cmath>

#include "base/assert.h"

namespace punktfunk {
namespace {

constexpr double link_ns_per_byte = 8 / 0.8;  // 80 % of 1 Gbit/s
// Waking up more often costs more than it smooths (docs/transport.md, 4: a sleeper is 40 to 90 us late).
constexpr double tick_ns = 250'000;

}  // namespace

Pacer::Pacer(const PacerConfig& config) : config_(config) {
  config_.spread = std::clamp(config_.spread, 0.0, 1.0);
  config_.burst_datagrams = std::max<std::size_t>(config_.burst_datagrams, 1);
}

void Pacer::start_part(std::size_t datagrams, std::size_t frame_datagrams, std::size_t datagram_bytes,
                       std::uint64_t now_ns) {
  total_ = datagrams;
  sent_ = 0;
  start_ns_ = now_ns_ = std::max(now_ns, free_ns_);
  next_ns_ = start_ns_;
  const auto bytes = static_cast<double>(datagram_bytes);
  const double window_ns = config_.spread * static_cast<double>(config_.frame_interval_ns);
  const double pace =
      std::min(bytes * link_ns_per_byte, window_ns / static_cast<double>(std::max<std::size_t>(frame_datagrams, 1)));
  const double bound = config_.max_rate_bps > 0 ? bytes * 8e9 / config_.max_rate_bps : 0;
  ns_per_datagram_ = std::max(pace, bound);
  least_ns_per_datagram_ = std::max(pace / 2, bound);
  const double in_tick = ns_per_datagram_ > 0 ? std::ceil(tick_ns / ns_per_datagram_) : static_cast<double>(total_);
  burst_ = std::max(config_.burst_datagrams, static_cast<std::size_t>(std::min(in_tick, static_cast<double>(total_))));
  PF_ASSERT(burst_ > 0 && ns_per_datagram_ >= least_ns_per_datagram_);
}

std::size_t Pacer::allowed(std::uint64_t now_ns) {
  now_ns_ = std::max(now_ns, now_ns_);
  return now_ns < next_ns_ ? 0 : std::min(burst_, remaining());
}

void Pacer::sent(std::size_t datagrams) {
  if (datagrams == 0) {
    next_ns_ = now_ns_ + static_cast<std::uint64_t>(tick_ns);
    return;
  }
  sent_ += std::min(datagrams, remaining());
  free_ns_ = now_ns_ + static_cast<std::uint64_t>(std::ceil(static_cast<double>(datagrams) * least_ns_per_datagram_));
  const auto due = start_ns_ + static_cast<std::uint64_t>(static_cast<double>(sent_) * ns_per_datagram_);
  next_ns_ = std::max(due, free_ns_);
  PF_ASSERT(sent_ <= total_ && free_ns_ >= now_ns_);
}

}  // namespace punktfunk
