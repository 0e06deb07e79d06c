// What becomes of each datagram of one direction of a link: a function of the seed, the datagram's number and size, and
// the times of those before it. No clock, no sockets, no bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "impair/link.h"

namespace punktfunk {

struct LinkStats {
  std::uint64_t sent = 0, delivered = 0, lost = 0, queue_dropped = 0, outage_dropped = 0, policed = 0, too_large = 0,
                overflowed = 0;  // beyond what is held in flight: a bound of ours, not of the link
  std::uint64_t duplicated = 0, corrupted = 0, reordered = 0;
};

struct Fate {
  std::size_t copies = 0;  // 0: dropped
  std::array<std::uint64_t, 2> at_ns{};
  bool corrupt = false;
  std::size_t corrupt_bit = 0;  // counted from the first bit of the first byte
};

class LinkModel {
 public:
  LinkModel(const Timeline& timeline, std::uint64_t seed) : timeline_(timeline), seed_(seed) {}

  // The timeline begins anew at now_ns; queues and bursts go on.
  void change(const Timeline& timeline, std::uint64_t now_ns) {
    timeline_ = timeline;
    start_ns_ = now_ns;
  }
  // The next datagram. Times never go back.
  Fate decide(std::size_t payload_bytes, std::uint64_t now_ns);
  LinkStats stats;  // all but what is delivered, which whoever carries the bytes counts

 private:
  bool passes_police(const LinkConfig& link, std::size_t bytes, std::uint64_t now_ns);
  // When it has left the bottleneck; 0: the queue is full.
  std::uint64_t leaves_ns(const LinkConfig& link, std::size_t bytes, std::uint64_t now_ns);

  Timeline timeline_;
  std::uint64_t seed_, start_ns_ = 0;
  bool bad_ = false;
  std::uint64_t busy_until_ns_ = 0, last_arrival_ns_ = 0;
  double police_tokens_bytes_ = 0;
  std::uint64_t police_filled_ns_ = 0;
  bool policed_before_ = false;
};

}  // namespace punktfunk
