// A network in virtual time: one direction of a link that loses, delays, swaps, doubles and queues datagrams as a seed
// says. For tests and for the harness; the same seed gives the same run on every machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <queue>
#include <span>
#include <vector>

namespace punktfunk {

// SplitMix64.
class SeededRandom {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
    z = (z ^ z >> 27) * 0x94D049BB133111EB;
    return z ^ z >> 31;
  }
  std::uint64_t below(std::uint64_t bound) { return bound == 0 ? 0 : next() % bound; }
  bool chance(double probability) { return static_cast<double>(next() >> 11) * 0x1p-53 < probability; }

 private:
  std::uint64_t state_;
};

struct Outage {
  std::uint64_t from_ns = 0, to_ns = 0;
};

struct LinkConfig {
  double loss = 0;  // of each datagram, independent
  // Gilbert-Elliott: probability, a datagram, of the bad state beginning and ending, and of loss while it lasts.
  double bad_begins = 0, bad_ends = 1, bad_loss = 1;
  std::uint64_t delay_ns = 0;
  std::uint64_t jitter_ns = 0;  // up to this much more, order kept
  double reorder = 0;           // share of datagrams that come reorder_ns later, so that others overtake them
  std::uint64_t reorder_ns = 0;
  double duplicate = 0;
  double rate_bps = 0;                // of the bottleneck; 0 = no bound
  std::size_t queue_bytes = 262'144;  // before the bottleneck; what does not fit is dropped
  std::vector<Outage> outages;
};

struct LinkStats {
  std::uint64_t sent = 0, delivered = 0, lost = 0, queue_dropped = 0, outage_dropped = 0, duplicated = 0;
};

class SimulatedLink {
 public:
  SimulatedLink(const LinkConfig& config, std::uint64_t seed) : config_(config), random_(seed) {}

  // From now on; what is on its way arrives as it would have.
  void change(const LinkConfig& config) { config_ = config; }
  // Times never go back.
  void send(std::span<const std::uint8_t> datagram, std::uint64_t now_ns);
  // The next datagram that has arrived by now; false when there is none.
  bool receive(std::uint64_t now_ns, std::vector<std::uint8_t>& datagram);
  // When the next one arrives; UINT64_MAX when nothing is on its way.
  [[nodiscard]] std::uint64_t next_ns() const { return flight_.empty() ? UINT64_MAX : flight_.top().at_ns; }
  [[nodiscard]] const LinkStats& stats() const { return stats_; }

 private:
  struct InFlight {
    std::uint64_t at_ns, order;
    std::vector<std::uint8_t> bytes;
    bool operator>(const InFlight& other) const {
      return at_ns != other.at_ns ? at_ns > other.at_ns : order > other.order;
    }
  };

  bool survives(std::uint64_t now_ns);
  void deliver(std::span<const std::uint8_t> datagram, std::uint64_t leaves_ns);

  LinkConfig config_;
  SeededRandom random_;
  bool bad_ = false;
  std::uint64_t busy_until_ns_ = 0, last_arrival_ns_ = 0, order_ = 0;
  std::priority_queue<InFlight, std::vector<InFlight>, std::greater<>> flight_;
  LinkStats stats_;
};

}  // namespace punktfunk
