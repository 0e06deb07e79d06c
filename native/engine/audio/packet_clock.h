// How many packets should have left by now: the engine's own time decides, not the sound server's. A client plays so
// many a second, and what is missing is a gap there (docs/gamestream.md, 7.4).
#pragma once

#include <cstdint>

namespace punktfunk {

class PacketClock {
 public:
  explicit PacketClock(unsigned packet_duration_ms) : packet_ns_(std::uint64_t{packet_duration_ms} * 1'000'000) {}

  [[nodiscard]] bool running() const { return start_ns_ != 0; }
  void start(std::uint64_t now_ns) { start_ns_ = now_ns; }
  // So many packets are given up: a process that was stopped does not flood its client with the past.
  void skip(std::uint64_t packets) { start_ns_ += packets * packet_ns_; }
  [[nodiscard]] std::uint64_t start_ns() const { return start_ns_; }
  [[nodiscard]] std::uint64_t due(std::uint64_t now_ns) const {
    return running() && now_ns > start_ns_ ? (now_ns - start_ns_) / packet_ns_ : 0;
  }
  // When that many will be due.
  [[nodiscard]] std::uint64_t time_of(std::uint64_t packets) const { return start_ns_ + packets * packet_ns_; }

 private:
  std::uint64_t packet_ns_, start_ns_ = 0;
};

}  // namespace punktfunk
