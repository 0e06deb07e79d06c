// One direction of a link with the datagrams that are on their way, in whoever's time: tests give a time of their own,
// the relay the clock's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <queue>
#include <span>
#include <vector>

#include "impair/link.h"
#include "impair/link_model.h"

namespace punktfunk {

// A datagram that has arrived. tag: what its sender gave.
struct Arrived {
  std::span<const std::uint8_t> bytes;
  std::uint64_t at_ns = 0;
  std::uint64_t tag = 0;
};

class SimulatedLink {
 public:
  static constexpr std::size_t most_in_flight_bytes = 256u << 20;

  SimulatedLink(const Timeline& timeline, std::uint64_t seed, std::size_t in_flight_bytes = most_in_flight_bytes)
      : model_(timeline, seed), most_bytes_(in_flight_bytes) {}

  // From now on; what is on its way arrives as it would have.
  void change(const Timeline& timeline, std::uint64_t now_ns) { model_.change(timeline, now_ns); }
  // Times never go back.
  void send(std::span<const std::uint8_t> datagram, std::uint64_t now_ns, std::uint64_t tag = 0);
  // The datagrams that have arrived by now, in their order, as many as `out` holds: how many. They stay until the next
  // call of this or of receive().
  std::size_t take(std::uint64_t now_ns, std::span<Arrived> out);
  // The next datagram that has arrived by now; false when there is none.
  bool receive(std::uint64_t now_ns, std::vector<std::uint8_t>& datagram);
  // When the next one arrives; UINT64_MAX when nothing is on its way.
  [[nodiscard]] std::uint64_t next_ns() const { return flight_.empty() ? UINT64_MAX : flight_.top().at_ns; }
  [[nodiscard]] const LinkStats& stats() const { return model_.stats; }

 private:
  struct InFlight {
    std::uint64_t at_ns, order, tag;
    std::size_t slot;
    bool operator>(const InFlight& other) const {
      return at_ns != other.at_ns ? at_ns > other.at_ns : order > other.order;
    }
  };

  void launch(std::span<const std::uint8_t> datagram, const Fate& fate, std::uint64_t at_ns, std::uint64_t tag);

  LinkModel model_;
  std::size_t most_bytes_, bytes_ = 0;
  std::uint64_t order_ = 0;
  std::priority_queue<InFlight, std::vector<InFlight>, std::greater<>> flight_;
  // Room for datagrams, used again: after the first second of a stream nothing is allocated.
  std::vector<std::vector<std::uint8_t>> slots_;
  std::vector<std::size_t> free_, taken_;
};

}  // namespace punktfunk
