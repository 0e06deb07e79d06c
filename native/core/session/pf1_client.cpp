#include "core/session/pf1_client.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "core/packet/bytes.h"
#include "core/session/bounded_queue.h"
#include "core/session/pf1_feedback.h"

namespace punktfunk::pf1 {
namespace {

constexpr std::uint64_t feedback_interval_ns = 100'000'000;
// While a recovery point is waited for, it is asked for this often.
constexpr std::uint64_t recovery_interval_ns = 30'000'000;

struct InStream {
  Reassembler reassembler;
  StreamKind kind;
  std::uint32_t lost_first = 0, lost_last = 0;  // 0 = nothing is waited for
};

}  // namespace

struct Client::State {
  SessionConfig config;
  Status status;
  std::optional<PacketSealer> sealer;
  std::optional<PacketOpener> opener;
  std::array<std::optional<InStream>, max_streams> streams;
  std::vector<std::uint8_t> body;
  std::array<std::uint8_t, packet_overhead_bytes + feedback_body_bytes> datagram{};
  BoundedQueue<ClientEvent, 16> events;
  ClientStats stats;
  ClientFrame frame;
  bool has_frame = false;

  std::uint64_t newest_packet = 0, newest_packet_ns = 0, packets_received = 0;
  std::uint64_t heard_ns = 0, feedback_ns = 0;  // when the next feedback is due
  std::size_t feedback_stream = 0;
  bool heard = false, silent = false;

  explicit State(const SessionConfig& c) : config(c), status(check(c)) {
    if (status != Status::ok) { return; }
    status = make_crypto(config, Direction::client_to_host, sealer, opener);
    if (status != Status::ok) { return; }
    for (std::size_t i = 0; i < max_streams; ++i) {
      const StreamConfig& s = config.streams[i];
      if (s.max_frame_bytes > 0) {
        streams[i].emplace(InStream{
            Reassembler({static_cast<std::uint8_t>(i), config.datagram_bytes, s.max_frame_bytes, s.parity_percent}),
            s.kind});
      }
    }
    body.resize(config.datagram_bytes);
  }

  void push(ClientEvent::Kind kind, std::size_t stream = 0, std::uint32_t first = 0, std::uint32_t last = 0) {
    events.push({kind, stream, first, last});
  }

  void note_heard(std::uint64_t number, std::uint64_t now_ns) {
    if (!heard) { feedback_ns = now_ns; }
    heard = true;
    heard_ns = now_ns;
    ++packets_received;
    if (number >= newest_packet) {
      newest_packet = number;
      newest_packet_ns = now_ns;
    }
    if (silent) {
      silent = false;
      push(ClientEvent::Kind::host_back);
    }
  }

  void note_lost(std::size_t index, std::uint64_t now_ns) {
    InStream& stream = *streams[index];
    std::uint32_t first = 0, last = 0;
    if (!stream.reassembler.take_lost(first, last)) { return; }
    if (stream.kind == StreamKind::video) {
      stream.lost_first = stream.lost_first == 0 ? first : stream.lost_first;
      stream.lost_last = last;
      feedback_stream = index;
      feedback_ns = std::min(feedback_ns, now_ns);
    }
    push(ClientEvent::Kind::frames_lost, index, first, last);
  }

  // A frame that stands on its own, or on what was complete before the loss, ends the wait.
  void note_frame(std::size_t index) {
    InStream& stream = *streams[index];
    const ReassembledFrame& f = frame.frame;
    // Frames come out in order: this one is younger than all that was lost.
    const bool recovers = (f.info.flags & (flag_idr | flag_recovery_point)) != 0;
    if (stream.lost_first != 0 && recovers) {
      stream.lost_first = stream.lost_last = 0;
      push(ClientEvent::Kind::recovered, index, f.number, f.number);
    }
    frame.stream = index;
    frame.clean = stream.lost_first == 0;
    has_frame = true;
  }

  Status take_shard(std::span<const std::uint8_t> header, std::span<const std::uint8_t> plain, std::uint64_t now_ns) {
    Shard shard;
    const Status parsed = parse_shard(header, plain, shard);
    if (parsed != Status::ok) {
      stats.malformed += parsed == Status::malformed ? 1 : 0;
      return parsed;
    }
    if (shard.stream >= max_streams || !streams[shard.stream]) {
      ++stats.malformed;
      return Status::malformed;
    }
    const Status status_of_frame = streams[shard.stream]->reassembler.add(shard, frame.frame);
    note_lost(shard.stream, now_ns);
    if (status_of_frame == Status::ok) { note_frame(shard.stream); }
    // Late and doubled shards are the network's doing, not an error of this datagram.
    return status_of_frame == Status::replayed ? Status::again : status_of_frame;
  }

  Feedback feedback(std::uint64_t now_ns) {
    // A stream that waits for recovery is reported before the others.
    for (std::size_t i = 0; i < max_streams && !(streams[feedback_stream] && streams[feedback_stream]->lost_first != 0);
         ++i) {
      feedback_stream = (feedback_stream + 1) % max_streams;
    }
    while (!streams[feedback_stream]) { feedback_stream = (feedback_stream + 1) % max_streams; }
    const InStream& stream = *streams[feedback_stream];
    Feedback f;
    f.stream = static_cast<std::uint8_t>(feedback_stream);
    f.newest_frame = stream.reassembler.newest_complete();
    f.lost_first = stream.lost_first;
    f.lost_last = stream.lost_last;
    f.newest_packet = newest_packet;
    f.newest_packet_age_us =
        static_cast<std::uint32_t>(std::min<std::uint64_t>((now_ns - newest_packet_ns) / 1000, UINT32_MAX));
    f.packets_received = packets_received;
    for (const auto& other : streams) {
      if (other) {
        f.frames_lost += static_cast<std::uint32_t>(other->reassembler.stats().frames_lost);
        f.shards_repaired += static_cast<std::uint32_t>(other->reassembler.stats().shards_repaired);
      }
    }
    return f;
  }

  [[nodiscard]] bool waits_for_recovery() const {
    return std::any_of(streams.begin(), streams.end(), [](const auto& s) { return s && s->lost_first != 0; });
  }
};

Client::Client(const SessionConfig& config) : state_(std::make_unique<State>(config)) {}
Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

Status Client::status() const noexcept {
  return state_->status;
}

ClientStats Client::stats() const noexcept {
  ClientStats out = state_->stats;
  for (std::size_t i = 0; i < max_streams; ++i) {
    if (state_->streams[i]) {
      out.streams[i] = state_->streams[i]->reassembler.stats();
      out.malformed += out.streams[i].malformed;
    }
  }
  return out;
}

Status Client::feed_datagram(std::span<const std::uint8_t> datagram, std::uint64_t now_ns) noexcept {
  State& s = *state_;
  if (s.status != Status::ok) { return s.status; }
  s.has_frame = false;
  ++s.stats.datagrams;
  s.stats.bytes += datagram.size();
  const Status opened = datagram.size() > s.body.size() ? Status::malformed : s.opener->open(datagram, s.body);
  if (opened != Status::ok) {
    s.stats.not_authentic += opened == Status::not_authentic ? 1 : 0;
    s.stats.replayed += opened == Status::replayed ? 1 : 0;
    s.stats.malformed += opened == Status::malformed ? 1 : 0;
    return opened;
  }
  s.note_heard(load_u64_le(datagram.data() + at_packet_number), now_ns);
  return s.take_shard(datagram.first(packet_header_bytes),
                      std::span(s.body).first(datagram.size() - packet_overhead_bytes), now_ns);
}

Status Client::next_frame(ClientFrame& frame) noexcept {
  State& s = *state_;
  if (!s.has_frame) { return s.status == Status::ok ? Status::again : s.status; }
  s.has_frame = false;
  frame = s.frame;
  return Status::ok;
}

Status Client::poll_datagram(std::uint64_t now_ns, std::span<const std::uint8_t>& datagram) noexcept {
  State& s = *state_;
  datagram = {};
  if (s.status != Status::ok) { return s.status; }
  if (!s.heard || now_ns < s.feedback_ns) { return Status::again; }
  std::array<std::uint8_t, packet_header_bytes + feedback_body_bytes> plain{};
  plain[at_kind] = kind_byte(Kind::feedback);
  write_feedback(s.feedback(now_ns), std::span(plain).subspan(packet_header_bytes));
  const Status status = s.sealer->seal(plain, s.datagram);
  if (status != Status::ok) { return s.status = status; }
  s.feedback_stream = (s.feedback_stream + 1) % max_streams;
  s.feedback_ns = now_ns + (s.waits_for_recovery() ? recovery_interval_ns : feedback_interval_ns);
  ++s.stats.feedback;
  datagram = s.datagram;
  return Status::ok;
}

std::uint64_t Client::next_ns() const noexcept {
  const State& s = *state_;
  if (s.status != Status::ok || !s.heard) { return UINT64_MAX; }
  if (!s.events.empty()) { return 0; }
  const bool listens = !s.silent && s.config.silence_ns > 0;
  return std::min(s.feedback_ns, listens ? s.heard_ns + s.config.silence_ns : UINT64_MAX);
}

Status Client::poll_event(std::uint64_t now_ns, ClientEvent& event) noexcept {
  State& s = *state_;
  if (s.heard && !s.silent && s.config.silence_ns > 0 && now_ns >= s.heard_ns + s.config.silence_ns) {
    s.silent = true;
    s.push(ClientEvent::Kind::host_silent);
  }
  return s.events.pop(event) ? Status::ok : Status::again;
}

}  // namespace punktfunk::pf1
