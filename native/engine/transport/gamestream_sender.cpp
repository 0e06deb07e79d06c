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
#include "core/packet/gamestream_video_layout.h"
#include "engine/threads/threads.h"

namespace punktfunk {
namespace {

// Frames up to this size leave at once: as many datagrams of 1408 bytes as one GSO send takes.
constexpr std::size_t burst_datagrams = 46;
constexpr double large_frame_spread = 0.5;
// A frame that the socket does not take within so many intervals (but at least so long) is old: the rest of it is not
// sent, and an IDR takes its place. An IDR is sent whole, however long it takes: the one in its place would be as
// large, and the client would see nothing ever again.
constexpr unsigned deadline_intervals = 2;
constexpr std::uint64_t min_deadline_ns = 50'000'000;
// A client that moves pings from elsewhere a few times before it is followed, in four seconds: not worth a word.
constexpr std::uint64_t moving_pings = 8;

gamestream::VideoCounters counters_in(const Checkpoint& c) {
  const std::uint32_t frame = c.video_frame_index.load();
  if (frame == 0) { return {}; }
  return {frame, c.video_packet_index.load(), c.video_nonce_counter.load()};
}

// Where the first slice of an IDR begins if its start code has three bytes, as x264 writes it behind parameter sets;
// else 0. Old clients find an IDR only where it has four (docs/gamestream.md, 6.6).
std::size_t short_start_of_idr(std::span<const std::uint8_t> bytes) {
  constexpr std::uint8_t nal_type = 0x1F, idr_slice = 5;
  for (std::size_t i = 1; i + 3 < bytes.size(); ++i) {
    if (bytes[i] == 0 && bytes[i + 1] == 0 && bytes[i + 2] == 1 && (bytes[i + 3] & nal_type) == idr_slice) {
      return bytes[i - 1] == 0 ? 0 : i;
    }
  }
  return 0;
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
    : ring_(std::min(config.video.max_access_unit_bytes, gamestream::max_access_unit_bytes(config.video.packet_size))),
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
  begun_bytes_ = 0;
}

void GamestreamSender::take(const Slice& slice) noexcept {
  PF_ASSERT(has_room());
  AccessUnit& unit = *ring_.free_slot();
  PF_ASSERT(slice.first == (begun_bytes_ == 0) && !slice.bytes.empty());
  constexpr std::uint8_t zero[] = {0};
  const std::size_t start = slice.idr && slice.first ? short_start_of_idr(slice.bytes) : 0;
  if (start > 0) {
    append(unit, slice.bytes.first(start));
    append(unit, zero);
  }
  append(unit, slice.bytes.subspan(start));
  if (!slice.last) { return; }
  if (begun_bytes_ > ring_.capacity()) {
    frames_cut_short_.fetch_add(1, std::memory_order_relaxed);
    return events_.too_large(begun_bytes_, ring_.capacity());
  }
  unit.idr = slice.idr;
  unit.picture.times.encoded_ns = monotonic_ns();
  ring_.push();
  worker_.wake().signal();
}

void GamestreamSender::append(AccessUnit& unit, std::span<const std::uint8_t> bytes) noexcept {
  begun_bytes_ += bytes.size();
  if (begun_bytes_ > ring_.capacity()) { return; }
  std::memcpy(unit.bytes.get() + unit.size, bytes.data(), bytes.size());
  unit.size += bytes.size();
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
  return {.frames_sent = frames_sent_,
          .frames_repeated = frames_repeated_,
          .frames_cut_short = frames_cut_short_,
          .bytes = wire.bytes,
          .datagrams = wire.datagrams,
          .would_block = wire.would_block,
          .parity_datagrams = parity_datagrams_,
          .cpu_protect_ns = cpu_protect_ns_,
          .latency = latency_.take()};
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
// (docs/gamestream.md, 6.2). It always grows: a picture may have been presented before the one before it was repeated.
std::uint32_t GamestreamSender::rtp_time(std::uint64_t presented_ns) {
  constexpr std::uint64_t tick_ns = 11'112;
  rtp_ns_ = std::max(presented_ns, rtp_ns_ + tick_ns);
  std::uint64_t epoch = checkpoint_.video_epoch_ns.load(std::memory_order_relaxed);
  if (epoch == 0) { checkpoint_.video_epoch_ns.store(epoch = rtp_ns_ - tick_ns); }
  return static_cast<std::uint32_t>((std::max(rtp_ns_, epoch) - epoch) * 9 / 100'000);
}

void GamestreamSender::send(AccessUnit& unit, const std::stop_token& stop) {
  const std::uint64_t start_ns = monotonic_ns(), cpu_start = thread_cpu_ns();
  gamestream::VideoFrameInfo info;
  info.type = unit.idr ? gamestream::FrameType::idr : gamestream::FrameType::p;
  PictureTimes& times = unit.picture.times;
  info.rtp_timestamp_90khz = rtp_time(times.presented_ns);
  if (!unit.picture.repeated) {
    const std::uint64_t tenths_ms = (start_ns - times.presented_ns) / 100'000;
    info.host_latency_tenths_ms = static_cast<std::uint16_t>(std::clamp<std::uint64_t>(tenths_ms, 1, 0xFFFF));
  }
  const std::span<const std::uint8_t> bytes{unit.bytes.get(), unit.size};
  gamestream::DatagramBatch batch;
  if (packetizer_.packetize({&bytes, 1}, info, batch) != Status::ok) { return cut_short(); }
  const gamestream::VideoCounters counters = packetizer_.counters();
  checkpoint_.video_packet_index.store(counters.packet_index);
  checkpoint_.video_nonce_counter.store(counters.nonce_counter);
  checkpoint_.video_frame_index.store(counters.frame_index);
  parity_datagrams_.fetch_add(batch.parity_shards, std::memory_order_relaxed);
  const std::uint64_t protected_ns = times.protected_ns = monotonic_ns(), cpu_protected = thread_cpu_ns();

  pacer_.start_frame(batch.count, batch.datagram_bytes, protected_ns);
  std::uint64_t now = protected_ns;
  const auto in_time = [&] { return unit.idr || now < protected_ns + frame_deadline_ns_; };
  while (pacer_.remaining() > 0 && !stop.stop_requested() && in_time()) {
    const std::size_t allowed = pacer_.allowed(now);
    if (allowed > 0) {
      const std::size_t at = batch.count - pacer_.remaining();
      const std::size_t taken =
          video_->send_run(batch.bytes + at * batch.datagram_stride, batch.datagram_bytes, allowed);
      pacer_.sent(taken);
      if (taken == 0) { read_pings(); }  // this may last: the client is there all the while
    } else {
      sleep_until(pacer_.next_ns());
    }
    now = monotonic_ns();
  }
  cpu_protect_ns_.fetch_add(cpu_protected - cpu_start, std::memory_order_relaxed);
  if (pacer_.remaining() > 0) { return cut_short(); }
  times.sent_ns = now;
  if (unit.picture.repeated) {
    frames_repeated_.fetch_add(1, std::memory_order_relaxed);
  } else {
    latency_.add(times);
    sent_pictures_.put({.times = times,
                        .frame = counters.frame_index - 1,  // they are the next frame's
                        .bytes = static_cast<std::uint32_t>(unit.size),
                        .idr = unit.idr});
  }
  frames_sent_.fetch_add(1, std::memory_order_relaxed);
  if (!std::exchange(any_sent_, true)) { events_.first_frame(); }
}

}  // namespace punktfunk
