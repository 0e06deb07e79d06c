#include "impair/link_model.h"

#include <algorithm>

#include "impair/random.h"

namespace punktfunk {

bool LinkModel::passes_police(const LinkConfig& link, std::size_t bytes, std::uint64_t now_ns) {
  if (link.police_bps <= 0) {
    policed_before_ = false;  // a bucket that comes later is full
    return true;
  }
  const auto burst = static_cast<double>(link.police_burst_bytes);
  const double earned = static_cast<double>(now_ns - police_filled_ns_) * link.police_bps / 8e9;
  police_tokens_bytes_ = policed_before_ ? std::min(burst, police_tokens_bytes_ + earned) : burst;
  police_filled_ns_ = now_ns;
  policed_before_ = true;
  if (police_tokens_bytes_ < static_cast<double>(bytes)) { return false; }
  police_tokens_bytes_ -= static_cast<double>(bytes);
  return true;
}

std::uint64_t LinkModel::leaves_ns(const LinkConfig& link, std::size_t bytes, std::uint64_t now_ns) {
  const std::uint64_t begins = std::max(now_ns, busy_until_ns_);
  if (link.rate_bps <= 0) { return begins; }  // what waited at a bottleneck that is gone is not overtaken
  const double queued_bytes = static_cast<double>(begins - now_ns) * link.rate_bps / 8e9;
  if (queued_bytes + static_cast<double>(bytes) > static_cast<double>(link.queue_bytes)) { return 0; }
  busy_until_ns_ = begins + static_cast<std::uint64_t>(static_cast<double>(bytes) * 8e9 / link.rate_bps);
  return busy_until_ns_;
}

Fate LinkModel::decide(std::size_t payload_bytes, std::uint64_t now_ns) {
  const LinkConfig& link = timeline_.at(now_ns - start_ns_);
  const std::size_t bytes = payload_bytes + ip_udp_header_bytes;
  // Each datagram has random numbers of its own, drawn in one order: what a link does otherwise does not change its
  // losses.
  SeededRandom random(SeededRandom(seed_ ^ stats.sent++ * 0xD1342543DE82EF95).next());
  bad_ = bad_ ? !random.chance(link.bad_ends) : random.chance(link.bad_begins);
  const bool lost = random.chance(bad_ ? link.bad_loss : link.loss);
  if (link.down) {
    ++stats.outage_dropped;
    return {};
  }
  if (link.mtu_bytes != 0 && bytes > link.mtu_bytes) {
    ++stats.too_large;
    return {};
  }
  if (!passes_police(link, bytes, now_ns)) {
    ++stats.policed;
    return {};
  }
  const std::uint64_t leaves = leaves_ns(link, bytes, now_ns);
  if (leaves == 0 && link.rate_bps > 0) {
    ++stats.queue_dropped;
    return {};
  }
  // After the bottleneck: what the air loses has taken its time there.
  if (lost) {
    ++stats.lost;
    return {};
  }
  Fate fate;
  fate.copies = 1;
  const std::uint64_t arrives = leaves + link.delay_ns + random.below(link.jitter_ns + 1);
  fate.at_ns[0] = std::max(arrives, last_arrival_ns_);
  if (random.chance(link.reorder)) {
    fate.at_ns[0] += link.reorder_ns;  // the others do not wait for it
    ++stats.reordered;
  } else {
    last_arrival_ns_ = fate.at_ns[0];
  }
  if (random.chance(link.duplicate)) {
    fate.copies = 2;
    fate.at_ns[1] = last_arrival_ns_ =
        std::max(leaves + link.delay_ns + random.below(link.jitter_ns + 1), last_arrival_ns_);
    ++stats.duplicated;
  }
  if (random.chance(link.corrupt) && payload_bytes > 0) {
    fate.corrupt = true;
    fate.corrupt_bit = random.below(payload_bytes * 8);
    ++stats.corrupted;
  }
  return fate;
}

}  // namespace punktfunk
