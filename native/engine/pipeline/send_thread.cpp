#include "engine/pipeline/send_thread.h"

#include <poll.h>

#include <algorithm>
#include <ctime>
#include <utility>

#include "base/clock.h"
#include "engine/threads/threads.h"

namespace punktfunk {
namespace {

// Frames up to this size leave at once: as many datagrams of 1408 bytes as one GSO send takes.
constexpr std::size_t burst_datagrams = 46;
constexpr double large_frame_spread = 0.5;
// A frame that the socket does not take within so many intervals (but at least so long) is old: the rest of it is not
// sent.
constexpr unsigned deadline_intervals = 2;
constexpr std::uint64_t min_deadline_ns = 50'000'000;

gamestream::VideoCounters counters_in(const Checkpoint& c) {
  const std::uint32_t frame = c.video_frame_index.load();
  if (frame == 0) { return {}; }
  return {frame, c.video_packet_index.load(), c.video_nonce_counter.load()};
}

void sleep_until(std::uint64_t at_ns) {
  const timespec at = timespec_of(at_ns);
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, nullptr);
}

}  // namespace

SendThread::SendThread(const gamestream::VideoPacketizerConfig& packets, std::uint32_t fps, AccessUnitRing& ring,
                       UdpEndpoint& video, UdpEndpoint* audio, Checkpoint& checkpoint, PipelineCounters& counters,
                       SendThreadEvents events)
    : ring_(ring),
      video_(video),
      audio_(audio),
      checkpoint_(checkpoint),
      counters_(counters),
      events_(std::move(events)),
      packetizer_(packets, counters_in(checkpoint)),
      pacer_({.frame_interval_ns = 1'000'000'000u / fps,
              .spread = large_frame_spread,
              .burst_datagrams = burst_datagrams}),
      frame_deadline_ns_(std::max<std::uint64_t>(1'000'000'000u / fps * deadline_intervals, min_deadline_ns)) {}

Status SendThread::start() {
  if (packetizer_.status() != Status::ok) { return packetizer_.status(); }
  worker_.start(send_thread_name, [this](std::stop_token stop) {
    stop_ = std::move(stop);
    run();
  });
  return Status::ok;
}

void SendThread::run() {
  enter_thread(send_urgency);
  if (video_.has_peer()) {
    events_.video_peer();  // known from the engine before
  }
  while (!stop_.stop_requested()) {
    pollfd fds[] = {
        {worker_.wake().fd(), POLLIN, 0}, {video_.fd(), POLLIN, 0}, {audio_ != nullptr ? audio_->fd() : -1, POLLIN, 0}};
    poll(fds, 3, -1);
    worker_.wake().clear();
    if (fds[1].revents != 0 || fds[2].revents != 0) { read_pings(); }
    while (AccessUnit* unit = stop_.stop_requested() ? nullptr : ring_.front()) {
      send(*unit);
      if (ring_.pop()) { events_.slot_free(); }
      read_pings();  // frames that come without a pause must not keep them waiting
    }
  }
}

void SendThread::read_pings() {
  const std::uint64_t now_ns = monotonic_ns();
  const auto store = [](Checkpoint::Peer& saved, const MediaPeer& peer) {
    saved.ipv4.store(peer.ipv4);
    saved.ping_counter.store(peer.ping_counter);
    saved.port.store(peer.port);
  };
  if (audio_ != nullptr) {
    audio_->read_pings(now_ns);
    store(checkpoint_.audio_peer, audio_->peer());
  }
  const bool taken = video_.read_pings(now_ns);
  store(checkpoint_.video_peer, video_.peer());
  if (taken) { events_.video_peer(); }
}

// 90 kHz; zero is the first frame of the session, of whichever engine, but for one tick: clients take 0 for "unknown"
// (GameStream note, 6.2).
std::uint32_t SendThread::rtp_time(std::uint64_t at_ns) {
  constexpr std::uint64_t tick_ns = 11'112;
  std::uint64_t epoch = checkpoint_.video_epoch_ns.load(std::memory_order_relaxed);
  if (epoch == 0) { checkpoint_.video_epoch_ns.store(epoch = at_ns - tick_ns); }
  return static_cast<std::uint32_t>((std::max(at_ns, epoch) - epoch) * 9 / 100'000);
}

void SendThread::send(AccessUnit& unit) {
  const std::uint64_t start_ns = monotonic_ns(), cpu_start = thread_cpu_ns();
  gamestream::VideoFrameInfo info;
  info.type = unit.idr ? gamestream::FrameType::idr : gamestream::FrameType::p;
  info.rtp_timestamp_90khz = rtp_time(unit.arrived_ns);
  if (!unit.repeated) {
    const std::uint64_t tenths_ms = (start_ns - std::min(start_ns, unit.arrived_ns)) / 100'000;
    info.host_latency_tenths_ms = static_cast<std::uint16_t>(std::clamp<std::uint64_t>(tenths_ms, 1, 0xFFFF));
  }
  const std::span<const std::uint8_t> bytes{unit.bytes.get(), unit.size};
  gamestream::DatagramBatch batch;
  if (packetizer_.packetize({&bytes, 1}, info, batch) !=
      Status::ok) {  // larger than four blocks hold: it used no number
    add(counters_.cut_short, 1);
    events_.cut_short();
    return;
  }
  const gamestream::VideoCounters counters = packetizer_.counters();
  checkpoint_.video_packet_index.store(counters.packet_index);
  checkpoint_.video_nonce_counter.store(counters.nonce_counter);
  checkpoint_.video_frame_index.store(counters.frame_index);
  const std::uint64_t protected_ns = monotonic_ns(), cpu_protected = thread_cpu_ns();

  pacer_.start_frame(batch.count, batch.datagram_bytes, protected_ns);
  std::uint64_t now = protected_ns;
  while (pacer_.remaining() > 0 && !stop_.stop_requested() && now < protected_ns + frame_deadline_ns_) {
    const std::size_t allowed = pacer_.allowed(now);
    if (allowed > 0) {
      const std::size_t at = batch.count - pacer_.remaining();
      pacer_.sent(video_.send_run(batch.bytes + at * batch.datagram_stride, batch.datagram_bytes, allowed));
    } else {
      sleep_until(pacer_.next_ns());
    }
    now = monotonic_ns();
  }
  add(counters_.cpu_protect_ns, cpu_protected - cpu_start);
  add(counters_.cpu_send_ns, thread_cpu_ns() - cpu_protected);
  if (pacer_.remaining() > 0) {
    add(counters_.cut_short, 1);
    events_.cut_short();
    return;
  }
  counters_.protect.add(protected_ns - std::min(protected_ns, unit.encoded_ns));
  counters_.send.add(now - protected_ns);
  if (!unit.repeated) { counters_.total.add(now - std::min(now, unit.arrived_ns)); }
  add(counters_.sent, 1);
  if (!std::exchange(any_sent_, true)) { events_.first_frame(); }
}

}  // namespace punktfunk
