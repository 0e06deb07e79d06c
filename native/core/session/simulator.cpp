#include "core/session/simulator.h"

#include <algorithm>

namespace punktfunk {

bool SimulatedLink::survives(std::uint64_t now_ns) {
  for (const Outage& outage : config_.outages) {
    if (now_ns >= outage.from_ns && now_ns < outage.to_ns) {
      ++stats_.outage_dropped;
      return false;
    }
  }
  bad_ = bad_ ? !random_.chance(config_.bad_ends) : random_.chance(config_.bad_begins);
  if (random_.chance(bad_ ? config_.bad_loss : config_.loss)) {
    ++stats_.lost;
    return false;
  }
  return true;
}

void SimulatedLink::deliver(std::span<const std::uint8_t> datagram, std::uint64_t leaves_ns) {
  std::uint64_t at = leaves_ns + config_.delay_ns + random_.below(config_.jitter_ns + 1);
  at = std::max(at, last_arrival_ns_);
  if (random_.chance(config_.reorder)) {
    at += config_.reorder_ns;  // the others do not wait for it
  } else {
    last_arrival_ns_ = at;
  }
  flight_.push({at, order_++, {datagram.begin(), datagram.end()}});
}

void SimulatedLink::send(std::span<const std::uint8_t> datagram, std::uint64_t now_ns) {
  ++stats_.sent;
  std::uint64_t leaves = now_ns;
  if (config_.rate_bps > 0) {
    const std::uint64_t begins = std::max(now_ns, busy_until_ns_);
    const double queued_bytes = static_cast<double>(begins - now_ns) * config_.rate_bps / 8e9;
    if (queued_bytes + static_cast<double>(datagram.size()) > static_cast<double>(config_.queue_bytes)) {
      ++stats_.queue_dropped;
      return;
    }
    leaves = busy_until_ns_ =
        begins + static_cast<std::uint64_t>(static_cast<double>(datagram.size()) * 8e9 / config_.rate_bps);
  }
  if (!survives(now_ns)) { return; }
  deliver(datagram, leaves);
  if (random_.chance(config_.duplicate)) {
    ++stats_.duplicated;
    deliver(datagram, leaves);
  }
}

bool SimulatedLink::receive(std::uint64_t now_ns, std::vector<std::uint8_t>& datagram) {
  if (flight_.empty() || flight_.top().at_ns > now_ns) { return false; }
  datagram = flight_.top().bytes;
  flight_.pop();
  ++stats_.delivered;
  return true;
}

}  // namespace punktfunk
