// What one direction of a link does to datagrams, and how that changes in the course of time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace punktfunk {

// Headers that a datagram has on its way (RFC 791, RFC 768): sizes and rates of a link are those of IP packets.
inline constexpr std::size_t ip_udp_header_bytes = 28;

struct LinkConfig {
  double loss = 0;  // of each datagram, independent
  // Gilbert-Elliott: probability, a datagram, of the bad state beginning and ending, and of loss while it lasts.
  double bad_begins = 0, bad_ends = 1, bad_loss = 1;
  std::uint64_t delay_ns = 0;
  std::uint64_t jitter_ns = 0;  // up to this much more, order kept
  double reorder = 0;           // share of datagrams that come reorder_ns later, so that others overtake them
  std::uint64_t reorder_ns = 10'000'000;
  double duplicate = 0;
  double corrupt = 0;                 // share of datagrams with one bit turned over
  double rate_bps = 0;                // of the bottleneck; 0 = no bound
  std::size_t queue_bytes = 262'144;  // before the bottleneck; what does not fit is dropped
  double police_bps = 0;              // a token bucket that drops and never queues; 0 = none
  std::size_t police_burst_bytes = 65'536;
  std::size_t mtu_bytes = 0;  // larger packets are dropped, as where "don't fragment" is set; 0 = no bound
  bool down = false;          // nothing passes

  bool operator==(const LinkConfig&) const = default;
};

struct LinkStep {
  std::uint64_t from_ns = 0;
  LinkConfig link;
};

// States of a link in the order of time. Before the first step the link is as in the first.
class Timeline {
 public:
  Timeline(const LinkConfig& always = {}) : steps_{{0, always}} {}  // NOLINT(google-explicit-constructor)
  // steps: at least one, rising. repeat_ns: when it begins anew, beyond the last step; 0 = the last state stays.
  explicit Timeline(std::vector<LinkStep> steps, std::uint64_t repeat_ns = 0);

  [[nodiscard]] const LinkConfig& at(std::uint64_t ns) const;
  [[nodiscard]] const std::vector<LinkStep>& steps() const { return steps_; }
  [[nodiscard]] std::uint64_t repeat_ns() const { return repeat_ns_; }

 private:
  std::vector<LinkStep> steps_;
  std::uint64_t repeat_ns_ = 0;
};

}  // namespace punktfunk
