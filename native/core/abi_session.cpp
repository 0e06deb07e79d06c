// The C ABI, part two: the two ends of a session. See punktfunk_core.h for the contract.
#include <array>

#include "core/abi_support.h"
#include "core/session/pf1_client.h"
#include "core/session/pf1_host.h"

using namespace punktfunk;

static_assert(PUNKTFUNK_MAX_STREAMS == pf1::max_streams);
static_assert(PUNKTFUNK_FRAME_IDR == pf1::flag_idr && PUNKTFUNK_FRAME_RECOVERY_POINT == pf1::flag_recovery_point &&
              PUNKTFUNK_FRAME_REPEAT == pf1::flag_repeat);
static_assert(PUNKTFUNK_HOST_CLIENT_BACK == static_cast<unsigned>(pf1::HostEvent::Kind::client_back));
static_assert(PUNKTFUNK_CLIENT_HOST_BACK == static_cast<unsigned>(pf1::ClientEvent::Kind::host_back));

namespace {
struct HostObject {
  abi::Entrance entrance;
  pf1::Host host;
  explicit HostObject(const pf1::SessionConfig& config) : host(config) {}
  [[nodiscard]] Status status() const { return host.status(); }
};
}  // namespace
template <>
struct punktfunk::abi::Inside<punktfunk_host> {
  using type = HostObject;
};

namespace {
struct ClientObject {
  abi::Entrance entrance;
  pf1::Client client;
  explicit ClientObject(const pf1::SessionConfig& config) : client(config) {}
  [[nodiscard]] Status status() const { return client.status(); }
};
}  // namespace
template <>
struct punktfunk::abi::Inside<punktfunk_client> {
  using type = ClientObject;
};

namespace {

constexpr std::uint32_t frame_flags = PUNKTFUNK_FRAME_IDR | PUNKTFUNK_FRAME_RECOVERY_POINT | PUNKTFUNK_FRAME_REPEAT;

punktfunk_session_config default_config() {
  const pf1::SessionConfig from;
  punktfunk_session_config c{};
  c.struct_size = sizeof c;
  c.suite = static_cast<std::uint32_t>(from.suite);
  c.datagram_bytes = static_cast<std::uint32_t>(from.datagram_bytes);
  std::fill_n(c.stream_parity_percent, pf1::max_streams, 20);
  c.first_frame = from.first_frame;
  c.frame_interval_ns = from.frame_interval_ns;
  c.spread = from.spread;
  c.max_rate_bps = from.max_rate_bps;
  c.silence_ns = from.silence_ns;
  return c;
}

punktfunk_status read_config(const punktfunk_session_config* from, pf1::SessionConfig& to) {
  punktfunk_session_config c = default_config();
  const punktfunk_status read = abi::read_struct(from, sizeof(punktfunk_session_config), c);
  if (read != PUNKTFUNK_OK) { return read; }
  if (c.suite > UINT8_MAX || c.first_epoch > UINT16_MAX || c.peer_epoch > UINT16_MAX || c.reserved != 0) {
    return PUNKTFUNK_INVALID_ARGUMENT;
  }
  for (std::size_t i = 0; i < pf1::max_streams; ++i) {
    if (c.stream_kind[i] > PUNKTFUNK_STREAM_SOUND) { return PUNKTFUNK_INVALID_ARGUMENT; }
    to.streams[i] = {static_cast<std::size_t>(c.stream_max_frame_bytes[i]), c.stream_parity_percent[i],
                     static_cast<pf1::StreamKind>(c.stream_kind[i])};
  }
  to.suite = static_cast<AeadSuite>(c.suite);
  std::copy_n(c.secret, session_secret_bytes, to.secret.begin());
  to.datagram_bytes = c.datagram_bytes;
  to.first_epoch = static_cast<std::uint16_t>(c.first_epoch);
  to.peer_epoch = static_cast<std::uint16_t>(c.peer_epoch);
  to.first_packet_number = c.first_packet_number;
  to.first_frame = c.first_frame;
  to.frame_interval_ns = c.frame_interval_ns;
  to.spread = c.spread;
  to.max_rate_bps = c.max_rate_bps;
  to.silence_ns = c.silence_ns;
  wipe(c.secret);
  return PUNKTFUNK_OK;
}

template <typename End>
punktfunk_status create_end(const punktfunk_session_config* config, End** end) {
  if (!end) { return PUNKTFUNK_INVALID_ARGUMENT; }
  *end = nullptr;
  pf1::SessionConfig session;
  const punktfunk_status read = read_config(config, session);
  const punktfunk_status made = read == PUNKTFUNK_OK ? abi::create(end, session) : read;
  wipe(session.secret);
  return made;
}

template <typename End>
punktfunk_status poll(End& end, std::uint64_t now_ns, const std::uint8_t** datagram, std::size_t* datagram_bytes) {
  if (!datagram || !datagram_bytes) { return PUNKTFUNK_INVALID_ARGUMENT; }
  std::span<const std::uint8_t> out;
  const Status status = end.poll_datagram(now_ns, out);
  *datagram = out.data();
  *datagram_bytes = out.size();
  return abi::code(status);
}

// What the calls that begin a frame share; `begin` gets the host and the frame's fields.
template <typename Begin>
punktfunk_status begin_in(punktfunk_host* host, std::uint32_t stream, const punktfunk_frame_info* info,
                          std::uint32_t* frame_number, Begin begin) {
  return abi::inside(host, [&](HostObject& object) {
    punktfunk_frame_info i{};
    const punktfunk_status read = abi::read_struct(info, sizeof(punktfunk_frame_info), i);
    if (read != PUNKTFUNK_OK) { return read; }
    if ((i.flags & ~frame_flags) != 0) { return static_cast<punktfunk_status>(PUNKTFUNK_INVALID_ARGUMENT); }
    const std::uint32_t number = object.host.next_frame(stream);
    const Status status = begin(object.host, {i.capture_ns, i.latency_us, static_cast<std::uint16_t>(i.flags)});
    if (frame_number) { *frame_number = status == Status::ok ? number : 0; }
    return abi::code(status);
  });
}

}  // namespace

punktfunk_status punktfunk_session_config_init(punktfunk_session_config* config, size_t config_bytes) {
  if (!config || config_bytes < sizeof(punktfunk_session_config) || config_bytes > UINT32_MAX) {
    return PUNKTFUNK_INVALID_ARGUMENT;
  }
  config->struct_size = static_cast<std::uint32_t>(config_bytes);
  abi::write_struct(default_config(), config);
  return PUNKTFUNK_OK;
}

punktfunk_status punktfunk_host_create(const punktfunk_session_config* config, punktfunk_host** host) {
  return create_end(config, host);
}

void punktfunk_host_destroy(punktfunk_host* host) {
  delete abi::object_of(host);
}

punktfunk_status punktfunk_host_submit_frame(punktfunk_host* host, uint32_t stream, const uint8_t* const* slices,
                                             const size_t* slice_bytes, size_t slice_count,
                                             const punktfunk_frame_info* info, uint64_t now_ns,
                                             uint32_t* frame_number) {
  return begin_in(host, stream, info, frame_number, [&](pf1::Host& to, const pf1::FrameInfo& frame) {
    if (!slices || !slice_bytes || slice_count == 0 || slice_count > pf1::max_slices) {
      return Status::invalid_argument;
    }
    std::array<std::span<const std::uint8_t>, pf1::max_slices> spans;
    for (std::size_t s = 0; s < slice_count; ++s) {
      if (!slices[s]) { return Status::invalid_argument; }
      spans[s] = {slices[s], slice_bytes[s]};
    }
    return to.submit_frame(stream, std::span(spans).first(slice_count), frame, now_ns);
  });
}

punktfunk_status punktfunk_host_begin_frame(punktfunk_host* host, uint32_t stream, size_t expected_bytes,
                                            const punktfunk_frame_info* info, uint64_t now_ns, uint32_t* frame_number) {
  return begin_in(host, stream, info, frame_number, [&](pf1::Host& to, const pf1::FrameInfo& frame) {
    return to.begin_frame(stream, expected_bytes, frame, now_ns);
  });
}

punktfunk_status punktfunk_host_submit_slice(punktfunk_host* host, uint32_t stream, const uint8_t* slice,
                                             size_t slice_bytes, uint32_t last) {
  return abi::inside(host, [&](HostObject& object) {
    return slice ? abi::code(object.host.submit_slice(stream, {slice, slice_bytes}, last != 0))
                 : PUNKTFUNK_INVALID_ARGUMENT;
  });
}

punktfunk_status punktfunk_host_poll_datagram(punktfunk_host* host, uint64_t now_ns, const uint8_t** datagram,
                                              size_t* datagram_bytes) {
  return abi::inside(host, [&](HostObject& object) { return poll(object.host, now_ns, datagram, datagram_bytes); });
}

punktfunk_status punktfunk_host_feed_datagram(punktfunk_host* host, const uint8_t* datagram, size_t datagram_bytes,
                                              uint64_t now_ns) {
  return abi::inside(host, [&](HostObject& object) {
    return datagram ? abi::code(object.host.feed_datagram({datagram, datagram_bytes}, now_ns))
                    : PUNKTFUNK_INVALID_ARGUMENT;
  });
}

punktfunk_status punktfunk_host_poll_event(punktfunk_host* host, uint64_t now_ns, punktfunk_host_event* event) {
  return abi::inside(host, [&](HostObject& object) {
    if (!abi::writable(event, sizeof(punktfunk_host_event))) {
      return static_cast<punktfunk_status>(PUNKTFUNK_INVALID_ARGUMENT);
    }
    pf1::HostEvent e;
    const Status status = object.host.poll_event(now_ns, e);
    if (status == Status::ok) {
      const pf1::Feedback& f = e.feedback;
      abi::write_struct(
          punktfunk_host_event{0, static_cast<std::uint32_t>(e.kind), f.stream, f.newest_frame, f.lost_first,
                               f.lost_last, f.frames_lost, f.shards_repaired, e.rtt_ns, e.packet_loss},
          event);
    }
    return abi::code(status);
  });
}

punktfunk_status punktfunk_host_next_ns(punktfunk_host* host, uint64_t* next_ns) {
  return abi::inside(host, [&](HostObject& object) {
    if (!next_ns) { return PUNKTFUNK_INVALID_ARGUMENT; }
    *next_ns = object.host.next_ns();
    return PUNKTFUNK_OK;
  });
}

punktfunk_status punktfunk_host_get_stats(punktfunk_host* host, punktfunk_host_stats* stats) {
  return abi::inside(host, [&](HostObject& object) {
    if (!abi::writable(stats, sizeof(punktfunk_host_stats))) { return PUNKTFUNK_INVALID_ARGUMENT; }
    const pf1::HostStats& s = object.host.stats();
    abi::write_struct(
        punktfunk_host_stats{0, object.host.epoch(), object.host.packet_number(), s.frames, s.frames_cut, s.datagrams,
                             s.bytes, s.data_shards, s.parity_shards, s.feedback, s.refused, s.rtt_ns},
        stats);
    return PUNKTFUNK_OK;
  });
}

punktfunk_status punktfunk_client_create(const punktfunk_session_config* config, punktfunk_client** client) {
  return create_end(config, client);
}

void punktfunk_client_destroy(punktfunk_client* client) {
  delete abi::object_of(client);
}

punktfunk_status punktfunk_client_feed_datagram(punktfunk_client* client, const uint8_t* datagram,
                                                size_t datagram_bytes, uint64_t now_ns) {
  return abi::inside(client, [&](ClientObject& object) {
    return datagram ? abi::code(object.client.feed_datagram({datagram, datagram_bytes}, now_ns))
                    : PUNKTFUNK_INVALID_ARGUMENT;
  });
}

punktfunk_status punktfunk_client_next_frame(punktfunk_client* client, punktfunk_frame* frame) {
  return abi::inside(client, [&](ClientObject& object) {
    if (!abi::writable(frame, sizeof(punktfunk_frame))) {
      return static_cast<punktfunk_status>(PUNKTFUNK_INVALID_ARGUMENT);
    }
    pf1::ClientFrame got;
    const Status status = object.client.next_frame(got);
    if (status == Status::ok) {
      const pf1::ReassembledFrame& f = got.frame;
      abi::write_struct(
          punktfunk_frame{0, static_cast<std::uint32_t>(got.stream), f.number, f.info.flags, f.info.capture_ns,
                          f.info.latency_us, got.clean ? 1u : 0u, f.bytes.data(), f.bytes.size(), f.slice_ends.data(),
                          f.slice_ends.size(), f.data_shards, f.parity_shards, f.received_shards, f.repaired_shards},
          frame);
    }
    return abi::code(status);
  });
}

punktfunk_status punktfunk_client_poll_datagram(punktfunk_client* client, uint64_t now_ns, const uint8_t** datagram,
                                                size_t* datagram_bytes) {
  return abi::inside(client,
                     [&](ClientObject& object) { return poll(object.client, now_ns, datagram, datagram_bytes); });
}

punktfunk_status punktfunk_client_poll_event(punktfunk_client* client, uint64_t now_ns, punktfunk_client_event* event) {
  return abi::inside(client, [&](ClientObject& object) {
    if (!abi::writable(event, sizeof(punktfunk_client_event))) {
      return static_cast<punktfunk_status>(PUNKTFUNK_INVALID_ARGUMENT);
    }
    pf1::ClientEvent e;
    const Status status = object.client.poll_event(now_ns, e);
    if (status == Status::ok) {
      abi::write_struct(punktfunk_client_event{0, static_cast<std::uint32_t>(e.kind),
                                               static_cast<std::uint32_t>(e.stream), e.first, e.last},
                        event);
    }
    return abi::code(status);
  });
}

punktfunk_status punktfunk_client_next_ns(punktfunk_client* client, uint64_t* next_ns) {
  return abi::inside(client, [&](ClientObject& object) {
    if (!next_ns) { return PUNKTFUNK_INVALID_ARGUMENT; }
    *next_ns = object.client.next_ns();
    return PUNKTFUNK_OK;
  });
}

punktfunk_status punktfunk_client_get_stats(punktfunk_client* client, punktfunk_client_stats* stats) {
  return abi::inside(client, [&](ClientObject& object) {
    if (!abi::writable(stats, sizeof(punktfunk_client_stats))) { return PUNKTFUNK_INVALID_ARGUMENT; }
    const pf1::ClientStats s = object.client.stats();
    punktfunk_client_stats out{};
    out.datagrams = s.datagrams;
    out.bytes = s.bytes;
    out.not_authentic = s.not_authentic;
    out.replayed = s.replayed;
    out.malformed = s.malformed;
    out.feedback = s.feedback;
    for (std::size_t i = 0; i < pf1::max_streams; ++i) {
      out.frames[i] = s.streams[i].frames;
      out.frames_repaired[i] = s.streams[i].frames_repaired;
      out.frames_lost[i] = s.streams[i].frames_lost;
      out.shards_repaired[i] = s.streams[i].shards_repaired;
    }
    abi::write_struct(out, stats);
    return PUNKTFUNK_OK;
  });
}
