#include "receive.h"

#include <cinttypes>
#include <cstdio>
#include <vector>

#include "base/clock.h"
#include "base/wake.h"
#include "client/media_socket.h"
#include "core/reassembly/gamestream_video.h"
#include "stamp.h"

namespace punktfunk::throughput {

namespace {

constexpr std::uint64_t patience_ns = 15'000'000'000, silence_ns = 1'000'000'000;
constexpr std::size_t max_latencies = 4096;

class Receiving {
 public:
  void take(std::span<const std::uint8_t> datagram) {
    last_ns_ = monotonic_ns();
    if (first_ns_ == 0) { first_ns_ = last_ns_, first_cpu_ns_ = thread_cpu_ns(); }
    gamestream::ReassembledFrame frame;
    if (reassembler_.feed(datagram, frame) != Status::ok) { return; }
    const auto stamp = read_stamp(frame.access_unit);
    if (!stamp) {
      ++damaged_;
      return;
    }
    unit_bytes_ += frame.access_unit.size();
    if (latencies_ns_.size() < max_latencies) {
      latencies_ns_.push_back(static_cast<std::int64_t>(monotonic_ns() - stamp->handed_ns));
    }
  }
  // After each round of the socket.
  void rested() { cpu_ns_ = thread_cpu_ns() - first_cpu_ns_; }
  [[nodiscard]] bool over(std::uint64_t begun_ns) const {
    const std::uint64_t now_ns = monotonic_ns();
    return first_ns_ == 0 ? now_ns - begun_ns > patience_ns : now_ns - last_ns_ > silence_ns;
  }
  [[nodiscard]] bool any() const { return first_ns_ != 0; }

  void tell(const client::MediaSocket& socket) const {
    const gamestream::VideoReassemblyStats& stats = reassembler_.stats();
    std::printf("{\"seconds\":%.4f,\"datagrams\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"kernel_drops\":%" PRIu64
                ",\"frames\":%" PRIu64 ",\"repaired\":%" PRIu64 ",\"lost\":%" PRIu64 ",\"late\":%" PRIu64
                ",\"refused\":%" PRIu64 ",\"damaged\":%" PRIu64 ",\"unit_bytes\":%" PRIu64 ",\"cpu_ns\":%" PRIu64
                ",\"handed_to_whole_ms\":[",
                static_cast<double>(last_ns_ - first_ns_) / 1e9, socket.datagrams(), socket.bytes(),
                socket.kernel_drops(), stats.frames, stats.frames_repaired, stats.frames_lost, stats.late,
                stats.malformed + stats.not_authentic + stats.duplicates, damaged_, unit_bytes_, cpu_ns_);
    for (std::size_t i = 0; i < latencies_ns_.size(); ++i) {
      std::printf("%s%.4f", i == 0 ? "" : ",", static_cast<double>(latencies_ns_[i]) / 1e6);
    }
    std::puts("]}");
  }

 private:
  gamestream::VideoReassembler reassembler_{
      {.packet_size = packet_size, .max_access_unit_bytes = max_unit_bytes, .key = key}};
  std::vector<std::int64_t> latencies_ns_;
  std::uint64_t first_ns_ = 0, last_ns_ = 0, first_cpu_ns_ = 0, cpu_ns_ = 0, damaged_ = 0, unit_bytes_ = 0;
};

}  // namespace

int receive(const std::string& address, std::uint16_t port) {
  std::string error;
  const auto socket =
      client::MediaSocket::open({.address = address, .port = port, .ping_payload = ping_payload}, error);
  if (!socket) {
    std::fprintf(stderr, "punktfunk-throughput: %s.\n", error.c_str());
    return 1;
  }
  Receiving receiving;
  const Wake never;
  const std::uint64_t begun_ns = monotonic_ns();
  while (!receiving.over(begun_ns)) {
    constexpr int wait_ms = 100;
    if (!socket->receive(never, wait_ms, [&](std::span<const std::uint8_t> datagram) { receiving.take(datagram); })) {
      std::fputs("punktfunk-throughput: the socket is broken.\n", stderr);
      return 1;
    }
    receiving.rested();
  }
  if (!receiving.any()) {
    std::fprintf(stderr, "punktfunk-throughput: nothing comes from %s:%u.\n", address.c_str(), port);
    return 1;
  }
  receiving.tell(*socket);
  return 0;
}

}  // namespace punktfunk::throughput
