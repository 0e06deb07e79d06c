#include "impair/simulated_link.h"

namespace punktfunk {

void SimulatedLink::launch(std::span<const std::uint8_t> datagram, const Fate& fate, std::uint64_t at_ns,
                           std::uint64_t tag) {
  if (bytes_ + datagram.size() > most_bytes_) {
    ++model_.stats.overflowed;
    return;
  }
  if (free_.empty()) {
    free_.push_back(slots_.size());
    slots_.emplace_back();
  }
  const std::size_t slot = free_.back();
  free_.pop_back();
  slots_[slot].assign(datagram.begin(), datagram.end());
  if (fate.corrupt) { slots_[slot][fate.corrupt_bit / 8] ^= static_cast<std::uint8_t>(0x80 >> fate.corrupt_bit % 8); }
  bytes_ += datagram.size();
  flight_.push({at_ns, order_++, tag, slot});
}

void SimulatedLink::send(std::span<const std::uint8_t> datagram, std::uint64_t now_ns, std::uint64_t tag) {
  const Fate fate = model_.decide(datagram.size(), now_ns);
  for (std::size_t copy = 0; copy < fate.copies; ++copy) { launch(datagram, fate, fate.at_ns[copy], tag); }
}

std::size_t SimulatedLink::take(std::uint64_t now_ns, std::span<Arrived> out) {
  free_.insert(free_.end(), taken_.begin(), taken_.end());
  taken_.clear();
  std::size_t count = 0;
  for (; count < out.size() && !flight_.empty() && flight_.top().at_ns <= now_ns; ++count) {
    const InFlight& next = flight_.top();
    out[count] = {slots_[next.slot], next.at_ns, next.tag};
    taken_.push_back(next.slot);
    bytes_ -= slots_[next.slot].size();
    flight_.pop();
  }
  model_.stats.delivered += count;
  return count;
}

bool SimulatedLink::receive(std::uint64_t now_ns, std::vector<std::uint8_t>& datagram) {
  Arrived next;
  if (take(now_ns, {&next, 1}) == 0) { return false; }
  datagram.assign(next.bytes.begin(), next.bytes.end());
  return true;
}

}  // namespace punktfunk
