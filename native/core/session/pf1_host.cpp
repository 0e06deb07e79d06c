#include "core/session/pf1_host.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "core/pacing/pacer.h"
#include "core/packet/pf1_packetizer.h"
#include "core/session/bounded_queue.h"

namespace punktfunk::pf1 {
namespace {

constexpr std::size_t frames_waiting = 2;

// A frame on its way out.
struct Outgoing {
  FramePackets packets;
  std::size_t sent = 0;
  std::size_t expected = 0;  // packets, about
  bool open = false;         // more slices come
  [[nodiscard]] bool ready() const { return sent < packets.size(); }
  [[nodiscard]] bool done() const { return !ready() && !open; }
};

struct OutStream {
  Packetizer packetizer;
  std::array<Outgoing, frames_waiting> frames;  // each in its place: the packetizer points at the open one
  std::size_t first = 0;                        // the older one
  std::uint32_t next_frame;
  bool paced;

  OutStream(const PacketizerConfig& config, std::uint32_t first_frame, bool is_paced)
      : packetizer(config), next_frame(first_frame), paced(is_paced) {
    for (Outgoing& out : frames) { out.packets = packetizer.make_room(); }
  }
};

struct SentAt {
  std::uint64_t packet = UINT64_MAX, at_ns = 0;
};

}  // namespace

struct Host::State {
  SessionConfig config;
  Status status;
  std::optional<PacketSealer> sealer;
  std::optional<PacketOpener> opener;
  std::array<std::optional<OutStream>, max_streams> streams;
  Pacer pacer;
  // The pacer knows one frame at a time: the one of this stream.
  std::size_t pacing_stream = 0;
  std::size_t burst = 0, burst_sent = 0;  // what the pacer allowed, and how much of it went
  std::vector<std::uint8_t> datagram, body;
  BoundedQueue<HostEvent, 16> events;
  HostStats stats;
  std::array<SentAt, 16384> sent_at;  // for round trip times
  Feedback last_feedback;
  std::uint64_t heard_ns = 0;
  bool heard = false, silent = false;

  explicit State(const SessionConfig& c)
      : config(c), status(check(c)), pacer({c.frame_interval_ns, c.spread, 16, c.max_rate_bps}) {
    if (status != Status::ok) { return; }
    status = make_crypto(config, Direction::host_to_client, sealer, opener);
    if (status != Status::ok) { return; }
    for (std::size_t i = 0; i < max_streams; ++i) {
      const StreamConfig& s = config.streams[i];
      if (s.max_frame_bytes > 0) {
        streams[i].emplace(
            PacketizerConfig{static_cast<std::uint8_t>(i), config.datagram_bytes, s.max_frame_bytes, s.parity_percent},
            config.first_frame, s.kind == StreamKind::video);
      }
    }
    datagram.resize(config.datagram_bytes);
    body.resize(config.datagram_bytes);
  }

  // The stream whose packet goes next: what is not paced first, then the frame that the pacer is at.
  OutStream* ready(std::uint64_t now_ns) {
    for (auto& stream : streams) {
      if (stream && !stream->paced && waiting(*stream)) { return &*stream; }
    }
    if (pacer.remaining() == 0) { start_paced(now_ns); }
    if (burst == burst_sent) {
      burst = pacer.remaining() > 0 ? pacer.allowed(now_ns) : 0;
      burst_sent = 0;
    }
    return burst > 0 ? &*streams[pacing_stream] : nullptr;
  }

  void note_paced() {
    if (++burst_sent == burst) { pacer.sent(burst); }
  }

  static bool waiting(const OutStream& stream) { return stream.frames[0].ready() || stream.frames[1].ready(); }

  // Paced streams take turns, frame by frame, or by what there is of a frame that is still being encoded.
  void start_paced(std::uint64_t now_ns) {
    for (std::size_t i = 1; i <= max_streams; ++i) {
      const std::size_t index = (pacing_stream + i) % max_streams;
      auto& stream = streams[index];
      if (stream && stream->paced && waiting(*stream)) {
        pacing_stream = index;
        const Outgoing& out = older(*stream);
        pacer.start_part(out.packets.size() - out.sent, std::max(out.expected, out.packets.size()),
                         out.packets.packet_bytes() + aead_tag_bytes, now_ns);
        return;
      }
    }
  }

  static Outgoing& older(OutStream& stream) {
    stream.first ^= stream.frames[stream.first].done() ? 1 : 0;
    return stream.frames[stream.first];
  }
  // The one whose slices are still coming: the youngest, if any.
  static Outgoing* open_frame(OutStream& stream) {
    const auto found =
        std::find_if(stream.frames.begin(), stream.frames.end(), [](const Outgoing& o) { return o.open; });
    return found == stream.frames.end() ? nullptr : &*found;
  }

  // The rest of a frame is not sent.
  void cut(OutStream& stream, std::size_t index, Outgoing& out, std::uint64_t now_ns) {
    ++stats.frames_cut;
    const bool paced_now = stream.paced && index == pacing_stream && &out == &stream.frames[stream.first];
    out.sent = out.packets.size();
    out.open = false;
    if (!paced_now) { return; }
    if (burst_sent < burst) {
      pacer.sent(burst_sent);  // what went of the burst still counts against the rate
    }
    pacer.start_frame(0, config.datagram_bytes, now_ns);
    burst = burst_sent = 0;
  }

  // Room for another frame: one that never got its last slice falls, and the older one's rest when both are waiting.
  Outgoing& make_room(OutStream& stream, std::size_t index, std::uint64_t now_ns) {
    if (Outgoing* const open = open_frame(stream)) { cut(stream, index, *open, now_ns); }
    Outgoing& first = older(stream);
    if (first.done()) { return first; }
    if (!stream.frames[stream.first ^ 1].done()) {
      cut(stream, index, first, now_ns);
      older(stream);
    }
    return stream.frames[stream.first ^ 1];
  }

  // Whether a frame can begin in that stream.
  [[nodiscard]] Status check_stream(std::size_t stream) const {
    if (status != Status::ok) { return status; }
    if (stream >= max_streams || !streams[stream]) { return Status::invalid_argument; }
    return streams[stream]->next_frame >= UINT32_MAX - 16 ? Status::exhausted : Status::ok;
  }

  void note_heard(std::uint64_t now_ns) {
    heard = true;
    heard_ns = now_ns;
    if (silent) {
      silent = false;
      HostEvent event;
      event.kind = HostEvent::Kind::client_back;
      events.push(event);
    }
  }

  void take_feedback(const Feedback& f, std::uint64_t now_ns) {
    ++stats.feedback;
    HostEvent event;
    event.feedback = f;
    const SentAt& sent = sent_at[f.newest_packet % sent_at.size()];
    const std::uint64_t age_ns = std::uint64_t{f.newest_packet_age_us} * 1000;
    if (sent.packet == f.newest_packet && now_ns >= sent.at_ns + age_ns) {
      event.rtt_ns = now_ns - sent.at_ns - age_ns;
      stats.rtt_ns = event.rtt_ns;
    }
    if (f.newest_packet > last_feedback.newest_packet && f.packets_received >= last_feedback.packets_received) {
      const auto expected = static_cast<double>(f.newest_packet - last_feedback.newest_packet);
      const auto received = static_cast<double>(f.packets_received - last_feedback.packets_received);
      event.packet_loss = std::clamp(1 - received / expected, 0.0, 1.0);
    }
    if (f.newest_packet >= last_feedback.newest_packet) { last_feedback = f; }
    events.push(event);
    if (f.lost_first != 0) {
      event.kind = HostEvent::Kind::recovery_wanted;
      events.push(event);
    }
  }
};

Host::Host(const SessionConfig& config) : state_(std::make_unique<State>(config)) {}
Host::~Host() = default;
Host::Host(Host&&) noexcept = default;
Host& Host::operator=(Host&&) noexcept = default;

Status Host::status() const noexcept {
  return state_->status;
}
const HostStats& Host::stats() const noexcept {
  return state_->stats;
}
std::uint64_t Host::packet_number() const noexcept {
  return state_->sealer ? state_->sealer->packet_number() : 0;
}
std::uint16_t Host::epoch() const noexcept {
  return state_->sealer ? state_->sealer->epoch() : 0;
}

std::uint32_t Host::next_frame(std::size_t stream) const noexcept {
  return stream < max_streams && state_->streams[stream] ? state_->streams[stream]->next_frame : 0;
}

Status Host::submit_frame(std::size_t stream, std::span<const std::span<const std::uint8_t>> slices,
                          const FrameInfo& info, std::uint64_t now_ns) noexcept {
  State& s = *state_;
  const Status possible = s.check_stream(stream);
  if (possible != Status::ok) { return possible; }
  OutStream& out = *s.streams[stream];
  const Status checked = out.packetizer.check(slices);
  if (checked != Status::ok) { return checked; }
  Outgoing& room = s.make_room(out, stream, now_ns);
  const Status status = out.packetizer.packetize(out.next_frame, slices, info, room.packets);
  room.sent = status == Status::ok ? 0 : room.packets.size();
  room.expected = room.packets.size();
  if (status == Status::ok) {
    ++out.next_frame;
    ++s.stats.frames;
  }
  return status;
}

Status Host::begin_frame(std::size_t stream, std::size_t expected_bytes, const FrameInfo& info,
                         std::uint64_t now_ns) noexcept {
  State& s = *state_;
  const Status possible = s.check_stream(stream);
  if (possible != Status::ok) { return possible; }
  OutStream& out = *s.streams[stream];
  Outgoing& room = s.make_room(out, stream, now_ns);
  const Status status = out.packetizer.begin(out.next_frame, expected_bytes, info, room.packets);
  room.sent = 0;
  room.open = status == Status::ok;
  room.expected = out.packetizer.expected_packets();
  if (status == Status::ok) {
    ++out.next_frame;
    ++s.stats.frames;
  }
  return status;
}

Status Host::submit_slice(std::size_t stream, std::span<const std::uint8_t> slice, bool last) noexcept {
  State& s = *state_;
  if (s.status != Status::ok) { return s.status; }
  if (stream >= max_streams || !s.streams[stream]) { return Status::invalid_argument; }
  OutStream& out = *s.streams[stream];
  Outgoing* const open = State::open_frame(out);
  if (!open) { return Status::wrong_state; }
  const Status added = out.packetizer.add(slice, last);
  if (added != Status::ok || !last) { return added; }
  open->open = false;
  return out.packetizer.finish();
}

Status Host::poll_datagram(std::uint64_t now_ns, std::span<const std::uint8_t>& datagram) noexcept {
  State& s = *state_;
  datagram = {};
  if (s.status != Status::ok) { return s.status; }
  OutStream* stream = s.ready(now_ns);
  if (!stream) { return Status::again; }
  Outgoing& out = State::older(*stream);
  const auto packet = out.packets[out.sent];
  const std::span<std::uint8_t> sealed(s.datagram.data(), packet.size() + aead_tag_bytes);
  const std::uint64_t number = s.sealer->packet_number();
  const Status status = s.sealer->seal(packet, sealed);
  if (status != Status::ok) { return s.status = status; }
  ++out.sent;
  if (stream->paced) { s.note_paced(); }
  s.sent_at[number % s.sent_at.size()] = {number, now_ns};
  ++s.stats.datagrams;
  s.stats.bytes += sealed.size();
  ++(packet[at_kind] == kind_byte(Kind::data) ? s.stats.data_shards : s.stats.parity_shards);
  datagram = sealed;
  return Status::ok;
}

std::uint64_t Host::next_ns() const noexcept {
  const State& s = *state_;
  if (s.status != Status::ok) { return UINT64_MAX; }
  if (!s.events.empty()) { return 0; }
  std::uint64_t next = UINT64_MAX;
  for (const auto& stream : s.streams) {
    if (stream && State::waiting(*stream)) {
      const bool now = !stream->paced || s.pacer.remaining() == 0 || s.burst != s.burst_sent;
      next = now ? 0 : std::min(next, s.pacer.next_ns());
    }
    if (next == 0) { return 0; }
  }
  if (s.heard && !s.silent && s.config.silence_ns > 0) { next = std::min(next, s.heard_ns + s.config.silence_ns); }
  return next;
}

Status Host::feed_datagram(std::span<const std::uint8_t> datagram, std::uint64_t now_ns) noexcept {
  State& s = *state_;
  if (s.status != Status::ok) { return s.status; }
  Status status = datagram.size() > s.body.size() ? Status::malformed : s.opener->open(datagram, s.body);
  Feedback feedback;
  if (status == Status::ok) {
    status = datagram[at_kind] != kind_byte(Kind::feedback)
                 ? Status::unsupported
                 : parse_feedback(std::span(s.body).first(datagram.size() - packet_overhead_bytes), feedback);
  }
  if (status != Status::ok) {
    ++s.stats.refused;
    return status;
  }
  s.note_heard(now_ns);
  s.take_feedback(feedback, now_ns);
  return Status::ok;
}

Status Host::poll_event(std::uint64_t now_ns, HostEvent& event) noexcept {
  State& s = *state_;
  if (s.heard && !s.silent && s.config.silence_ns > 0 && now_ns >= s.heard_ns + s.config.silence_ns) {
    s.silent = true;
    HostEvent silence;
    silence.kind = HostEvent::Kind::client_silent;
    s.events.push(silence);
  }
  return s.events.pop(event) ? Status::ok : Status::again;
}

}  // namespace punktfunk::pf1
