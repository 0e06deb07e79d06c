#include "client/control_client.h"

#include <enet/enet.h>
#include <poll.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <mutex>
#include <stop_token>

#include "base/clock.h"
#include "base/worker.h"
#include "core/packet/bytes.h"

namespace punktfunk::client {

namespace {

using gamestream::ControlMessage;

constexpr std::size_t channels = 0x30;  // what stock clients ask for (docs/gamestream.md, 8.1)
constexpr std::uint8_t channel_general = 0;
constexpr std::uint64_t ping_interval_ns = 100'000'000;
constexpr std::uint64_t disconnect_linger_ns = 2'000'000'000;
constexpr int service_interval_ms = 10;  // ENet retransmits only while it is served
constexpr std::size_t max_queued = 1024;
constexpr std::uint32_t mtu_bytes = 900;

struct HostCloser {
  void operator()(ENetHost* host) const { enet_host_destroy(host); }
};

struct Outgoing {
  std::uint16_t type;
  std::uint8_t channel;
  ControlClient::Delivery delivery;
  std::vector<std::uint8_t> payload;
};

class EnetControlClient final : public ControlClient {
 public:
  EnetControlClient(const ControlConfig& config, ControlEvents events)
      : config_(config), events_(std::move(events)), aes_(config.key) {}

  bool begin(std::string& error) {
    static const bool ready = enet_initialize() == 0;
    ENetAddress address{.host = 0, .port = config_.port};
    if (enet_address_set_host_ip(&address, config_.address.c_str()) != 0) {
      error = "\"" + config_.address + "\" is not an IPv4 address";
      return false;
    }
    if (ready && worker_.ok()) { host_.reset(enet_host_create(nullptr, 1, channels, 0, 0)); }
    if (!host_) {
      error = std::string("no ENet socket: ") + std::strerror(errno);
      return false;
    }
    host_->mtu = mtu_bytes;
    peer_ = enet_host_connect(host_.get(), &address, channels, config_.connect_data);
    if (peer_ == nullptr) {
      error = "ENet has no peer to connect with";
      return false;
    }
    worker_.start("pf-client-ctrl", [this](const std::stop_token& stop) { run(stop); });
    return true;
  }

  bool send(std::uint16_t type, std::span<const std::uint8_t> payload, std::uint8_t channel,
            Delivery delivery) override {
    {
      const std::lock_guard lock(mutex_);
      if (ended_ || outgoing_.size() >= max_queued || payload.size() + 4 > gamestream::max_control_plain_bytes) {
        return false;
      }
      outgoing_.push_back({type, channel, delivery, {payload.begin(), payload.end()}});
    }
    worker_.wake().signal();
    return true;
  }

  void stop() override { worker_.stop(); }

  ControlStats stats() const override {
    const std::lock_guard lock(mutex_);
    return stats_;
  }

 private:
  void run(const std::stop_token& stop) {
    ControlEnd end = connect(stop);
    if (connected_) {
      if (events_.connected) { events_.connected(); }
      end = serve(stop);
    }
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
      outgoing_.clear();
    }
    if (events_.ended) { events_.ended(end); }
  }

  ControlEnd connect(const std::stop_token& stop) {
    const std::uint64_t deadline = monotonic_ns() + config_.connect_timeout_ms * 1'000'000ull;
    while (!stop.stop_requested()) {
      ENetEvent event;
      while (enet_host_service(host_.get(), &event, 0) > 0) {
        if (event.type == ENET_EVENT_TYPE_CONNECT) {
          enet_peer_timeout(peer_, 2, config_.peer_timeout_ms, config_.peer_timeout_ms);
          connected_ = true;
          return {};
        }
        if (event.type == ENET_EVENT_TYPE_DISCONNECT) { return {ControlEnd::Kind::connect_failed, event.data}; }
      }
      if (monotonic_ns() >= deadline) { return {ControlEnd::Kind::connect_failed, 0}; }
      wait();
    }
    return {};
  }

  ControlEnd serve(const std::stop_token& stop) {
    const std::uint8_t start_a[2] = {}, start_b[1] = {};
    transmit({static_cast<std::uint16_t>(ControlMessage::request_idr),
              channel_general,
              Delivery::reliable,
              {start_a, start_a + sizeof start_a}});
    transmit({static_cast<std::uint16_t>(ControlMessage::start_b),
              channel_general,
              Delivery::reliable,
              {start_b, start_b + sizeof start_b}});
    std::uint64_t next_ping_ns = 0;
    std::uint64_t last_heard_ns = monotonic_ns();
    while (!stop.stop_requested()) {
      const std::uint64_t now = monotonic_ns();
      if (now >= next_ping_ns) {
        // u16 4, u32 0, and two bytes that nobody defines (docs/gamestream.md, 8.4).
        transmit({static_cast<std::uint16_t>(ControlMessage::periodic_ping),
                  channel_general,
                  Delivery::reliable,
                  {4, 0, 0, 0, 0, 0, 0, 0}});
        next_ping_ns = now + ping_interval_ns;
      }
      send_queued();
      const std::uint32_t heard_before = host_->totalReceivedPackets;
      ENetEvent event;
      while (enet_host_service(host_.get(), &event, 0) > 0) {
        if (event.type == ENET_EVENT_TYPE_DISCONNECT) {
          const bool silent = monotonic_ns() - last_heard_ns > config_.peer_timeout_ms / 2 * 1'000'000ull;
          return {silent ? ControlEnd::Kind::timed_out : ControlEnd::Kind::disconnected, event.data};
        }
        if (event.type != ENET_EVENT_TYPE_RECEIVE) { continue; }
        ControlEnd end;
        const bool over = receive({event.packet->data, event.packet->dataLength}, end);
        enet_packet_destroy(event.packet);
        if (!over) { continue; }
        // A stock client acknowledges, says goodbye without waiting, and is gone (docs/gamestream.md, 8.7).
        enet_host_flush(host_.get());
        enet_peer_disconnect_now(peer_, 0);
        return end;
      }
      if (host_->totalReceivedPackets != heard_before) { last_heard_ns = monotonic_ns(); }
      {
        const std::lock_guard lock(mutex_);
        stats_.round_trip_ms = peer_->roundTripTime;
      }
      wait();
    }
    disconnect();
    return {};
  }

  // True when the host ends the session with this message.
  bool receive(std::span<const std::uint8_t> message, ControlEnd& end) {
    std::array<std::uint8_t, gamestream::max_control_plain_bytes> plain;
    std::uint32_t sequence = 0;
    std::uint16_t type = 0;
    std::span<const std::uint8_t> payload;
    const bool opened = message.size() <= plain.size() + gamestream::control_envelope_bytes &&
                        gamestream::open_control(aes_, config_.nonce_scheme, gamestream::Side::host, message, plain,
                                                 sequence, type, payload) == Status::ok;
    {
      const std::lock_guard lock(mutex_);
      ++(opened ? stats_.messages_received : stats_.refused);
    }
    if (!opened) { return false; }
    if (events_.message) { events_.message(type, payload); }
    if (type != static_cast<std::uint16_t>(ControlMessage::termination)) { return false; }
    end = {ControlEnd::Kind::terminated, payload.size() >= 4 ? load_u32_be(payload.data()) : 0};
    return true;
  }

  void send_queued() {
    for (;;) {
      Outgoing message;
      {
        const std::lock_guard lock(mutex_);
        if (outgoing_.empty()) { return; }
        message = std::move(outgoing_.front());
        outgoing_.pop_front();
      }
      transmit(message);
    }
  }

  void transmit(const Outgoing& message) {
    std::array<std::uint8_t, gamestream::control_envelope_bytes + gamestream::max_control_plain_bytes> sealed;
    std::size_t bytes = 0;
    if (gamestream::seal_control(aes_, config_.nonce_scheme, gamestream::Side::client, sequence_, message.type,
                                 message.payload, sealed, bytes) != Status::ok) {
      return;
    }
    ++sequence_;
    ENetPacket* const packet = enet_packet_create(
        sealed.data(), bytes, message.delivery == Delivery::reliable ? ENET_PACKET_FLAG_RELIABLE : 0);
    if (packet == nullptr) { return; }
    const std::uint8_t channel = message.channel < peer_->channelCount ? message.channel : channel_general;
    if (enet_peer_send(peer_, channel, packet) != 0) {
      enet_packet_destroy(packet);
      return;
    }
    const std::lock_guard lock(mutex_);
    ++stats_.messages_sent;
  }

  // What is queued goes out and is acknowledged first, key-ups among it (docs/gamestream.md, 10.2).
  void disconnect() {
    send_queued();
    enet_peer_disconnect_later(peer_, 0);
    const std::uint64_t deadline = monotonic_ns() + disconnect_linger_ns;
    while (monotonic_ns() < deadline) {
      ENetEvent event;
      while (enet_host_service(host_.get(), &event, 0) > 0) {
        if (event.type == ENET_EVENT_TYPE_DISCONNECT) { return; }
        if (event.type == ENET_EVENT_TYPE_RECEIVE) { enet_packet_destroy(event.packet); }
      }
      wait();
    }
    enet_peer_disconnect_now(peer_, 0);
  }

  void wait() {
    pollfd waits[2] = {{.fd = host_->socket, .events = POLLIN, .revents = 0},
                       {.fd = worker_.wake().fd(), .events = POLLIN, .revents = 0}};
    poll(waits, 2, service_interval_ms);
    if (waits[1].revents != 0) { worker_.wake().clear(); }
  }

  const ControlConfig config_;
  const ControlEvents events_;
  Aes128Gcm aes_;
  std::unique_ptr<ENetHost, HostCloser> host_;
  ENetPeer* peer_ = nullptr;  // the host's
  std::uint32_t sequence_ = 0;
  bool connected_ = false;
  mutable std::mutex mutex_;  // guards what follows
  std::deque<Outgoing> outgoing_;
  bool ended_ = false;
  ControlStats stats_;

  Worker worker_;
};

}  // namespace

std::unique_ptr<ControlClient> ControlClient::start(const ControlConfig& config, ControlEvents events,
                                                    std::string& error) {
  auto client = std::make_unique<EnetControlClient>(config, std::move(events));
  if (!client->begin(error)) { return nullptr; }
  return client;
}

}  // namespace punktfunk::client
