// Spreads a frame's datagrams over part of its interval, in bounded bursts. Sans-I/O: it says how many may go now and
// when to ask again; the transport sends and waits. Times are nanoseconds of one monotonic clock.
//
// A frame leaves at the pace that gets a whole gigabit link to 80 % (docs/gamestream.md, 6.8), faster where that would
// take longer than `spread` of the interval, slower where max_rate_bps says so: what protects a queue on the way must
// not cost small frames latency.
#pragma once

#include <cstddef>
#include <cstdint>

namespace punktfunk {

struct PacerConfig {
  std::uint64_t frame_interval_ns = 16'666'667;
  double spread = 0.5;               // of the interval a large frame may take, 0 (all at once) to 1
  std::size_t burst_datagrams = 16;  // at least this many may leave back to back
  double max_rate_bps = 0;           // 0 = unlimited; counts payload bytes; held across frames too
};

class Pacer {
 public:
  explicit Pacer(const PacerConfig& config);
  // What remains of the frame before is forgotten.
  void start_frame(std::size_t datagrams, std::size_t datagram_bytes, std::uint64_t now_ns) {
    start_part(datagrams, datagrams, datagram_bytes, now_ns);
  }
  // The same for a part of a frame, at the pace of the whole of it, which has about frame_datagrams.
  void start_part(std::size_t datagrams, std::size_t frame_datagrams, std::size_t datagram_bytes, std::uint64_t now_ns);
  // How many datagrams may be sent now (0 = wait until next_ns). Call sent() with how many were.
  std::size_t allowed(std::uint64_t now_ns);
  // Of the last allowed(). 0 says that the socket took none: a pause follows. Who is late catches up at twice the pace,
  // never in a longer burst.
  void sent(std::size_t datagrams);
  // When allowed() becomes positive next; only meaningful while datagrams remain.
  [[nodiscard]] std::uint64_t next_ns() const { return next_ns_; }
  [[nodiscard]] std::size_t remaining() const { return total_ - sent_; }
  // The most that may leave back to back in this frame: burst_datagrams, or as many as keep bursts a timer's tick
  // apart.
  [[nodiscard]] std::size_t burst() const { return burst_; }

 private:
  PacerConfig config_;
  std::size_t total_ = 0, sent_ = 0, burst_ = 0;
  std::uint64_t start_ns_ = 0, now_ns_ = 0, next_ns_ = 0;
  std::uint64_t free_ns_ = 0;  // before this nothing leaves, not of the next frame either
  double ns_per_datagram_ = 0, least_ns_per_datagram_ = 0;
};

}  // namespace punktfunk
