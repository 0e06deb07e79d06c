#include "send.h"

#include <poll.h>

#include <algorithm>
#include <atomic>
#include <cinttypes>
#include <cstdio>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/wake.h"
#include "engine/transport/gamestream_sender.h"
#include "stamp.h"

namespace punktfunk::throughput {

namespace {

constexpr std::uint64_t second_ns = 1'000'000'000, patience_ns = 15 * second_ns;

// How often what is handed over.
struct Rhythm {
  std::size_t unit_bytes = 500'000;
  std::uint64_t interval_ns = 0;  // 0: whenever there is room
  std::uint32_t fps = 0;
};

// A picture has at most 500 kB, so that its blocks are as full as those of a good stream; a slow rate has 60 a second.
Rhythm rhythm_of(double wire_mbps) {
  constexpr double least_fps = 60, wire_share = 1392.0 / 1376.0 * (1 + fec_percent / 100.0);
  constexpr std::uint32_t unpaced_fps = 20'000;  // at which the pacer spreads a picture over less than it takes to send
  Rhythm rhythm;
  if (wire_mbps == 0) {
    rhythm.fps = unpaced_fps;
    return rhythm;
  }
  const double bytes_a_second = wire_mbps * 1e6 / 8 / wire_share;
  const double fps = std::max(least_fps, bytes_a_second / static_cast<double>(rhythm.unit_bytes));
  rhythm.unit_bytes = std::max<std::size_t>(1000, static_cast<std::size_t>(bytes_a_second / fps));
  rhythm.interval_ns = static_cast<std::uint64_t>(1e9 / fps);
  rhythm.fps = static_cast<std::uint32_t>(fps);
  return rhythm;
}

class Sending {
 public:
  Sending(const SendOptions& options, const Rhythm& rhythm) : options_(options), rhythm_(rhythm) {
    unit_.resize(rhythm.unit_bytes);
    for (std::size_t i = 0; i < unit_.size(); ++i) { unit_[i] = static_cast<std::uint8_t>(i * 7 + i / 251); }
  }

  // A sentence when it cannot.
  std::string open() {
    GamestreamSenderConfig config;
    config.video_socket = {
        .bind_address = options_.bind_address, .ping_payload = ping_payload, .client_address = options_.client_address};
    config.video = {
        .packet_size = packet_size, .fec_percent = fec_percent, .max_access_unit_bytes = max_unit_bytes, .key = key};
    config.fps = rhythm_.fps;
    MediaSenderEvents events{.reachable = [this] { ready_.signal(); },
                             .ready = [this] { ready_.signal(); },
                             .idr_needed = [] {},
                             .first_frame = [] {},
                             .problem =
                                 [this](const Failure& failure) {
                                   if (failure.code == ProblemCode::gso_unavailable) { gso_ = false; }
                                 }};
    auto opened = GamestreamSender::open(config, *checkpoint_, std::move(events));
    if (!opened) { return std::string(text(opened.error().code)) + ": no UDP socket at " + options_.bind_address; }
    sender_ = *std::move(opened);
    sender_->start();
    return "";
  }
  [[nodiscard]] std::uint16_t port() const { return sender_->video_port(); }

  [[nodiscard]] bool reached() {
    const std::uint64_t until_ns = monotonic_ns() + patience_ns;
    while (!sender_->reachable() && monotonic_ns() < until_ns) { wait(until_ns); }
    return sender_->reachable();
  }

  void run() {
    const std::uint64_t begun_ns = monotonic_ns(), end_ns = begun_ns + options_.seconds * second_ns;
    const std::uint64_t cpu_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
    std::uint64_t due_ns = begun_ns;
    while (monotonic_ns() < end_ns) {
      if (rhythm_.interval_ns != 0) {
        sleep_until(due_ns);
        due_ns += rhythm_.interval_ns;
        if (!sender_->has_room()) {
          ++passed_over_;
          continue;
        }
      } else if (!sender_->has_room()) {
        wait(end_ns);
        continue;
      }
      hand_over();
    }
    drain();
    tell(monotonic_ns() - begun_ns, clock_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu_ns);
    sender_->stop();
  }

 private:
  static void sleep_until(std::uint64_t at_ns) {
    const timespec at = timespec_of(at_ns);
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, nullptr);
  }
  void wait(std::uint64_t until_ns) {
    const std::uint64_t now_ns = monotonic_ns();
    pollfd ready{ready_.fd(), POLLIN, 0};
    poll(&ready, 1, until_ns > now_ns ? static_cast<int>((until_ns - now_ns) / 1'000'000 + 1) : 0);
    ready_.clear();
  }
  void hand_over() {
    const std::uint64_t now_ns = monotonic_ns();
    write_stamp(unit_, {++handed_, now_ns});
    sender_->begin({.times = {.presented_ns = now_ns, .taken_ns = now_ns, .converted_ns = now_ns, .begun_ns = now_ns}});
    sender_->take({.bytes = unit_, .idr = false, .first = true, .last = true});
  }
  // Until what was handed over is sent, or given up.
  void drain() {
    const std::uint64_t until_ns = monotonic_ns() + patience_ns;
    for (;;) {
      stats_ = sender_->take_stats();
      if (stats_.frames_sent + stats_.frames_cut_short >= handed_ || monotonic_ns() > until_ns) { return; }
      sleep_until(monotonic_ns() + 1'000'000);
    }
  }
  void tell(std::uint64_t took_ns, std::uint64_t cpu_ns) const {
    std::printf("{\"seconds\":%.4f,\"unit_bytes\":%zu,\"handed\":%" PRIu64 ",\"passed_over\":%" PRIu64
                ",\"sent\":%" PRIu64 ",\"cut_short\":%" PRIu64 ",\"datagrams\":%" PRIu64 ",\"bytes\":%" PRIu64
                ",\"would_block\":%" PRIu64 ",\"protect_ns\":%" PRIu64 ",\"cpu_ns\":%" PRIu64 ",\"gso\":%s}\n",
                static_cast<double>(took_ns) / 1e9, unit_.size(), handed_, passed_over_, stats_.frames_sent,
                stats_.frames_cut_short, stats_.datagrams, stats_.bytes, stats_.would_block, stats_.cpu_protect_ns,
                cpu_ns, gso_ ? "true" : "false");
  }

  const SendOptions& options_;
  const Rhythm rhythm_;
  std::vector<std::uint8_t> unit_;
  std::unique_ptr<Checkpoint> checkpoint_ = std::make_unique<Checkpoint>();
  Wake ready_;
  std::atomic<bool> gso_{true};
  std::uint64_t handed_ = 0, passed_over_ = 0;
  MediaSender::Stats stats_;
  std::unique_ptr<GamestreamSender> sender_;  // ends first: its threads tell the others
};

}  // namespace

int send(const SendOptions& options) {
  Sending sending(options, rhythm_of(options.wire_mbps));
  if (const std::string why = sending.open(); !why.empty()) {
    std::fprintf(stderr, "punktfunk-throughput: %s.\n", why.c_str());
    return 1;
  }
  std::printf("{\"port\":%u}\n", sending.port());
  if (!sending.reached()) {
    std::fputs("punktfunk-throughput: nobody who receives asked for anything within 15 s.\n", stderr);
    return 1;
  }
  sending.run();
  return 0;
}

}  // namespace punktfunk::throughput
