#include "engine/transport/gamestream_sender.h"

#include <arpa/inet.h>
#include <poll.h>

#include <algorithm>
#include <cstring>
#include <ctime>
#include <iterator>
#include <string>
#include <utility>

#include "base/assert.h"
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
// A client that moves pings from elsewhere a few times before it is followed, in four seconds: not worth a word.
constexpr std::uint64_t moving_pings = 8;

gamestream::VideoCounters counters_in(const Checkpoint& c) {
  const std::uint32_t frame = c.video_frame_index.load();
  if (frame == 0) { return {}; }
  return {frame, c.video_packet_index.load(), c.video_nonce_counter.load()};
}

void sleep_until(std::uint64_t at_ns) {
  const timespec at = timespec_of(at_ns);
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, nullptr);
}

std::string dotted(std::uint32_t ipv4_network_order) {
  char text[INET_ADDRSTRLEN];
  return inet_ntop(AF_INET, &ipv4_network_order, text, sizeof text);
}

void restore(UdpEndpoint& endpoint, const Checkpoint::Peer& saved) {
  const std::uint32_t port = saved.port;
  if (port == 0 || port > 0xFFFF) { return; }
  endpoint.set_peer({saved.ipv4, static_cast<std::uint16_t>(port), saved.ping_counter});
}

void store(Checkpoint::Peer& saved, const MediaPeer& peer) {
  saved.ipv4.store(peer.ipv4);
  saved.ping_counter.store(peer.ping_counter);
  saved.port.store(peer.port);
}

}  // namespace

GamestreamSender::GamestreamSender(const GamestreamSenderConfig& config, std::unique_ptr<UdpEndpoint> video,
                                   std::unique_ptr<UdpEndpoint> sound, Checkpoint& checkpoint, MediaSenderEvents events)
    : ring_(config.video.max_access_unit_bytes),
      video_(std::move(video)),
      sound_(std::move(sound)),
      checkpoint_(checkpoint),
      events_(std::move(events)),
      packetizer_(config.video, counters_in(checkpoint)),
      pacer_({.frame_interval_ns = 1'000'000'000u / config.fps,
              .spread = large_frame_spread,
              .burst_datagrams = burst_datagrams}),
      frame_deadline_ns_(std::max<std::uint64_t>(1'000'000'000u / config.fps * deadline_intervals, min_deadline_ns)) {
  restore(*video_, checkpoint_.video_peer);
  if (!sound_) { return; }
  restore(*sound_, checkpoint_.audio_peer);
  sound_packets_.emplace(config.sound, *sound_, checkpoint_);
}

Result<std::unique_ptr<GamestreamSender>, Failure> GamestreamSender::open(const GamestreamSenderConfig& config,
                                                                          Checkpoint& checkpoint,
                                                                          MediaSenderEvents events) {
  auto video = UdpEndpoint::open(config.video_socket);
  if (!video) { return std::move(video).error(); }
  std::unique_ptr<UdpEndpoint> sound;
  if (config.sound_socket) {
    auto opened = UdpEndpoint::open(*config.sound_socket);
    if (!opened) { return std::move(opened).error(); }
    sound = *std::move(opened);
  }
  auto sender =
      std::make_unique<GamestreamSender>(config, *std::move(video), std::move(sound), checkpoint, std::move(events));
  if (!sender->worker_.ok()) { return problem::no_descriptors(); }
  if (sender->packetizer_.status() != Status::ok) {
    return problem::packets_impossible(config.video.packet_size, config.video.fec_percent);
  }
  return sender;
}

void GamestreamSender::start() {
  worker_.start(send_thread_name, [this](const std::stop_token& stop) { run(stop); });
}

void GamestreamSender::begin(const PictureInfo& picture) noexcept {
  PF_ASSERT(has_room());
  AccessUnit& unit = *ring_.free_slot();
  unit.picture = picture;
  unit.size = 0;
  too_large_ = false;
}

void GamestreamSender::take(const Slice& slice) noexcept {
  PF_ASSERT(has_room());
  AccessUnit& unit = *ring_.free_slot();
  PF_ASSERT(slice.first == (unit.size == 0 && !too_large_) && !slice.bytes.empty());
  too_large_ = too_large_ || slice.bytes.size() > ring_.capacity() - unit.size;
  if (!too_large_) {
    std::memcpy(unit.bytes.get() + unit.size, slice.bytes.data(), slice.bytes.size());
    unit.size += slice.bytes.size();
  }
  if (!slice.last) { return; }
  if (too_large_) { return cut_short(); }  // later ones refer to it
  unit.idr = slice.idr;
  unit.encoded_ns = monotonic_ns();
  ring_.push();
  worker_.wake().signal();
}

std::uint64_t GamestreamSender::last_ping_ns() const noexcept {
  return std::max(video_->last_ping_ns(), sound_ ? sound_->last_ping_ns() : 0);
}

bool GamestreamSender::sound_reachable() const noexcept {
  return sound_packets_ && sound_packets_->sound_reachable();
}

std::size_t GamestreamSender::send_sound(std::span<const std::uint8_t> packet) noexcept {
  return sound_packets_ ? sound_packets_->send_sound(packet) : 0;
}

MediaSender::Stats GamestreamSender::take_stats() {
  const UdpEndpoint::Stats wire = video_->stats();
  return {frames_sent_,    frames_cut_short_, wire.bytes,   wire.datagrams, wire.would_block,
          cpu_protect_ns_, protect_.take(),   send_.take(), total_.take()};
}

void GamestreamSender::run(const std::stop_token& stop) {
  enter_thread(send_urgency);
  if (video_->has_peer()) {
    events_.reachable();  // known from the engine before
  }
  while (!stop.stop_requested()) {
    pollfd fds[] = {
        {worker_.wake().fd(), POLLIN, 0}, {video_->fd(), POLLIN, 0}, {sound_ ? sound_->fd() : -1, POLLIN, 0}};
    poll(fds, std::size(fds), -1);
    worker_.wake().clear();
    if (fds[1].revents != 0 || fds[2].revents != 0) { read_pings(); }
    while (AccessUnit* unit = stop.stop_requested() ? nullptr : ring_.front()) {
      send(*unit, stop);
      if (ring_.pop()) { events_.ready(); }
      read_pings();  // frames that come without a pause must not keep them waiting
    }
  }
}

void GamestreamSender::read_pings() {
  const std::uint64_t now_ns = monotonic_ns();
  if (sound_) {
    sound_->read_pings(now_ns);
    store(checkpoint_.audio_peer, sound_->peer());
  }
  const bool taken = video_->read_pings(now_ns);
  store(checkpoint_.video_peer, video_->peer());
  if (taken) { events_.reachable(); }
  tell_of_network();
}

// What people should know, once.
void GamestreamSender::tell_of_network() {
  const UdpEndpoint::Stats video = video_->stats();
  if (!video.gso && !std::exchange(gso_told_, true)) { events_.problem(problem::gso_unavailable()); }
  const auto tell_foreign_pings = [this](const UdpEndpoint::Stats& stats) {
    if (stats.foreign_pings <= moving_pings || std::exchange(foreign_told_, true)) { return; }
    events_.problem(problem::foreign_pings(dotted(stats.last_foreign_ipv4)));
  };
  tell_foreign_pings(video);
  if (sound_) { tell_foreign_pings(sound_->stats()); }
}

void GamestreamSender::cut_short() {
  frames_cut_short_.fetch_add(1, std::memory_order_relaxed);
  events_.idr_needed();
}

// 90 kHz; zero is the first frame of the session, of whichever engine, but for one tick: clients take 0 for "unknown"
// (docs/gamestream.md, 6.2).
std::uint32_t GamestreamSender::rtp_time(std::uint64_t at_ns) {
  constexpr std::uint64_t tick_ns = 11'112;
  std::uint64_t epoch = checkpoint_.video_epoch_ns.load(std::memory_order_relaxed);
  if (epoch == 0) { checkpoint_.video_epoch_ns.store(epoch = at_ns - tick_ns); }
  return static_cast<std::uint32_t>((std::max(at_ns, epoch) - epoch) * 9 / 100'000);
}

void GamestreamSender::send(AccessUnit& unit, const std::stop_token& stop) {
  const std::uint64_t start_ns = monotonic_ns(), cpu_start = thread_cpu_ns();
  gamestream::VideoFrameInfo info;
  info.type = unit.idr ? gamestream::FrameType::idr : gamestream::FrameType::p;
  info.rtp_timestamp_90khz = rtp_time(unit.picture.arrived_ns);
  if (!unit.picture.repeated) {
    const std::uint64_t tenths_ms = (start_ns - std::min(start_ns, unit.picture.arrived_ns)) / 100'000;
    info.host_latency_tenths_ms = static_cast<std::uint16_t>(std::clamp<std::uint64_t>(tenths_ms, 1, 0xFFFF));
  }
  const std::span<const std::uint8_t> bytes{unit.bytes.get(), unit.size};
  gamestream::DatagramBatch batch;
  if (packetizer_.packetize({&bytes, 1}, info, batch) != Status::ok) {
    return cut_short();  // larger than four blocks hold: it used no number
  }
  const gamestream::VideoCounters counters = packetizer_.counters();
  checkpoint_.video_packet_index.store(counters.packet_index);
  checkpoint_.video_nonce_counter.store(counters.nonce_counter);
  checkpoint_.video_frame_index.store(counters.frame_index);
  const std::uint64_t protected_ns = monotonic_ns(), cpu_protected = thread_cpu_ns();

  pacer_.start_frame(batch.count, batch.datagram_bytes, protected_ns);
  std::uint64_t now = protected_ns;
  while (pacer_.remaining() > 0 && !stop.stop_requested() && now < protected_ns + frame_deadline_ns_) {
    const std::size_t allowed = pacer_.allowed(now);
    if (allowed > 0) {
      const std::size_t at = batch.count - pacer_.remaining();
      pacer_.sent(video_->send_run(batch.bytes + at * batch.datagram_stride, batch.datagram_bytes, allowed));
    } else {
      sleep_until(pacer_.next_ns());
    }
    now = monotonic_ns();
  }
  cpu_protect_ns_.fetch_add(cpu_protected - cpu_start, std::memory_order_relaxed);
  if (pacer_.remaining() > 0) { return cut_short(); }
  protect_.add(protected_ns - std::min(protected_ns, unit.encoded_ns));
  send_.add(now - protected_ns);
  if (!unit.picture.repeated) { total_.add(now - std::min(now, unit.picture.arrived_ns)); }
  frames_sent_.fetch_add(1, std::memory_order_relaxed);
  if (!std::exchange(any_sent_, true)) { events_.first_frame(); }
}

}  // namespace punktfunk
