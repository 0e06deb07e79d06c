// Spreads a frame's datagrams over part of its interval, in bounded bursts. Sans-I/O: it says how many may go now and when to
// ask again; the transport sends and waits. Times are nanoseconds of one monotonic clock.
#pragma once

#include <cstddef>
#include <cstdint>

namespace punktfunk {

struct PacerConfig {
  std::uint64_t frame_interval_ns = 16'666'667;
  double spread = 0.5;               // of the interval a large frame may take, 0 (all at once) to 1
  std::size_t burst_datagrams = 16;  // at least this many may leave back to back
  double max_rate_bps = 0;           // 0 = unlimited; counts payload bytes
};

class Pacer {
 public:
  explicit Pacer(const PacerConfig& config);
  void start_frame(std::size_t datagrams, std::size_t datagram_bytes, std::uint64_t now_ns);
  // How many datagrams may be sent now (0 = wait until next_ns). Call sent() with how many were.
  std::size_t allowed(std::uint64_t now_ns) const;
  void sent(std::size_t datagrams);
  // When allowed() becomes positive next; only meaningful while datagrams remain.
  std::uint64_t next_ns() const;
  std::size_t remaining() const;

 private:
  PacerConfig config_;
  std::size_t total_ = 0, sent_ = 0, burst_ = 0;
  std::uint64_t start_ns_ = 0;
  double ns_per_datagram_ = 0;
};

}  // namespace punktfunk
