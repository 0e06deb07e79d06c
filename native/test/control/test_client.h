// A GameStream control client for tests: a real libenet client that seals as clients do, and a relay that loses
// datagrams between it and the host.
#pragma once

#include <arpa/inet.h>
#include <enet/enet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <random>
#include <span>
#include <stdexcept>
#include <vector>

#include "core/packet/bytes.h"
#include "core/packet/gamestream_control.h"

namespace punktfunk::test {

inline std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

inline constexpr AesKey test_key = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

struct HostMessage {
  std::uint32_t sequence = 0;
  std::uint16_t type = 0;
  std::vector<std::uint8_t> payload;
};

class TestClient {
 public:
  explicit TestClient(const AesKey& key = test_key, gamestream::NonceScheme scheme = gamestream::NonceScheme::v2)
      : scheme_(scheme), seal_(key), open_(key) {
    host_ = enet_host_create(nullptr, 1, 0x30, 0, 0);
    if (host_ == nullptr) { throw std::runtime_error("no ENet client"); }
    host_->mtu = 900;  // as stock clients
  }
  ~TestClient() { enet_host_destroy(host_); }
  TestClient(const TestClient&) = delete;

  void connect(std::uint16_t port, std::uint32_t data) {
    ENetAddress address{};
    enet_address_set_host_ip(&address, "127.0.0.1");
    address.port = port;
    peer_ = enet_host_connect(host_, &address, 0x30, data);
    enet_peer_timeout(peer_, 2, 10'000, 10'000);
  }
  // Serves the connection until the condition holds; false after timeout_ms. A datagram's wait is the longest pause.
  bool wait(const std::function<bool()>& condition, int timeout_ms = 60'000) {
    const std::int64_t deadline = now_ms() + timeout_ms;
    while (!condition()) {
      if (now_ms() >= deadline) { return false; }
      serve(2);
    }
    return true;
  }
  void serve(unsigned timeout_ms) {
    ENetEvent event;
    for (int left = enet_host_service(host_, &event, timeout_ms); left > 0;
         left = enet_host_service(host_, &event, 0)) {
      if (event.type == ENET_EVENT_TYPE_CONNECT) { connected = true; }
      if (event.type == ENET_EVENT_TYPE_DISCONNECT) {
        connected = false;
        disconnected = true;
      }
      if (event.type == ENET_EVENT_TYPE_RECEIVE) {
        receive({event.packet->data, event.packet->dataLength});
        enet_packet_destroy(event.packet);
      }
    }
  }
  std::vector<std::uint8_t> seal(std::uint16_t type, std::span<const std::uint8_t> payload) {
    std::vector<std::uint8_t> message(gamestream::control_envelope_bytes + 4 + payload.size());
    std::size_t bytes = 0;
    if (gamestream::seal_control(seal_, scheme_, gamestream::Side::client, sequence_++, type, payload, message,
                                 bytes) != Status::ok) {
      throw std::runtime_error("seal failed");
    }
    message.resize(bytes);
    return message;
  }
  void send_raw(std::uint8_t channel, std::span<const std::uint8_t> bytes,
                std::uint32_t flags = ENET_PACKET_FLAG_RELIABLE) {
    ENetPacket* packet = enet_packet_create(bytes.data(), bytes.size(), flags);
    if (enet_peer_send(peer_, channel, packet) != 0) { enet_packet_destroy(packet); }
  }
  void send(std::uint8_t channel, gamestream::ControlMessage type, std::span<const std::uint8_t> payload,
            std::uint32_t flags = ENET_PACKET_FLAG_RELIABLE) {
    send_raw(channel, seal(static_cast<std::uint16_t>(type), payload), flags);
  }
  void start() {
    send(0, gamestream::ControlMessage::request_idr, std::vector<std::uint8_t>(2));
    send(0, gamestream::ControlMessage::start_b, std::vector<std::uint8_t>(1));
  }
  // A relative mouse move that carries 32 bits.
  void send_number(std::uint8_t channel, std::uint32_t number) {
    std::vector<std::uint8_t> packet = {0, 0, 0, 8, 7, 0, 0, 0};
    for (int shift = 24; shift >= 0; shift -= 8) { packet.push_back(static_cast<std::uint8_t>(number >> shift)); }
    send(channel, gamestream::ControlMessage::input, packet);
  }
  void quit() { enet_peer_disconnect(peer_, 0); }
  // A DISCONNECT in the client's name (ENet's protocol.h): unsequenced, on no channel. It needs no more than the
  // client's address, its peer's number and its session's two bits.
  void forge_goodbye() const {
    std::array<std::uint8_t, 10> datagram{};
    store_u16_be(datagram.data(), static_cast<std::uint16_t>(peer_->outgoingPeerID | peer_->outgoingSessionID << 12));
    datagram[2] = ENET_PROTOCOL_COMMAND_DISCONNECT | int{ENET_PROTOCOL_COMMAND_FLAG_UNSEQUENCED};
    datagram[3] = 0xFF;
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(peer_->address.port);
    to.sin_addr.s_addr = peer_->address.host;
    sendto(host_->socket, datagram.data(), datagram.size(), 0, reinterpret_cast<sockaddr*>(&to), sizeof to);
  }
  // Messages in the client's name that say nothing, with `count` numbers from `ahead` of its next one on.
  void forge_messages(std::uint8_t kind, std::uint8_t channel, std::uint16_t ahead, std::uint16_t count) const {
    const std::uint16_t last = peer_->channels[channel].outgoingReliableSequenceNumber;
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(peer_->address.port);
    to.sin_addr.s_addr = peer_->address.host;
    for (std::uint16_t i = 0; i < count; ++i) {
      std::array<std::uint8_t, 12> datagram{};
      store_u16_be(datagram.data(), static_cast<std::uint16_t>(ENET_PROTOCOL_HEADER_FLAG_SENT_TIME |
                                                               peer_->outgoingPeerID | peer_->outgoingSessionID << 12));
      datagram[4] = kind | int{ENET_PROTOCOL_COMMAND_FLAG_ACKNOWLEDGE};
      datagram[5] = channel;
      store_u16_be(&datagram[6], static_cast<std::uint16_t>(last + 1 + ahead + i));
      const std::size_t bytes = kind == ENET_PROTOCOL_COMMAND_SEND_RELIABLE ? 10 : 12;
      sendto(host_->socket, datagram.data(), bytes, 0, reinterpret_cast<sockaddr*>(&to), sizeof to);
    }
  }
  void flush() { enet_host_flush(host_); }
  [[nodiscard]] bool all_acknowledged() const {
#if ENET_VERSION >= ENET_VERSION_CREATE(1, 3, 18)
    if (!enet_list_empty(&peer_->outgoingSendReliableCommands)) { return false; }
#endif
    return enet_list_empty(&peer_->sentReliableCommands) && enet_list_empty(&peer_->outgoingCommands);
  }

  bool connected = false, disconnected = false;
  std::vector<HostMessage> messages;
  int unreadable = 0;

 private:
  void receive(std::span<const std::uint8_t> bytes) {
    std::vector<std::uint8_t> plain(gamestream::max_control_plain_bytes);
    HostMessage message;
    std::span<const std::uint8_t> payload;
    if (gamestream::open_control(open_, scheme_, gamestream::Side::host, bytes, plain, message.sequence, message.type,
                                 payload) != Status::ok) {
      ++unreadable;
      return;
    }
    message.payload.assign(payload.begin(), payload.end());
    messages.push_back(message);
  }

  gamestream::NonceScheme scheme_;
  Aes128Gcm seal_, open_;
  ENetHost* host_ = nullptr;
  ENetPeer* peer_ = nullptr;
  std::uint32_t sequence_ = 0;
};

// Forwards datagrams between one client and the host, losing some by a seed. Driven by pump().
class LossyRelay {
 public:
  LossyRelay(std::uint16_t host_port, unsigned loss_percent, unsigned seed)
      : loss_percent_(loss_percent), random_(seed) {
    client_side_ = bound();
    host_side_ = bound();
    host_.sin_family = AF_INET;
    host_.sin_port = htons(host_port);
    host_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  }
  ~LossyRelay() {
    close(client_side_);
    close(host_side_);
  }
  LossyRelay(const LossyRelay&) = delete;
  [[nodiscard]] std::uint16_t port() const {
    sockaddr_in address{};
    socklen_t length = sizeof address;
    getsockname(client_side_, reinterpret_cast<sockaddr*>(&address), &length);
    return ntohs(address.sin_port);
  }
  void pump() {
    std::uint8_t bytes[4096];
    for (;;) {
      socklen_t length = sizeof client_;
      const ssize_t size =
          recvfrom(client_side_, bytes, sizeof bytes, MSG_DONTWAIT, reinterpret_cast<sockaddr*>(&client_), &length);
      if (size < 0) { break; }
      if (!lost()) {
        sendto(host_side_, bytes, static_cast<std::size_t>(size), 0, reinterpret_cast<sockaddr*>(&host_), sizeof host_);
      }
    }
    for (;;) {
      const ssize_t size = recv(host_side_, bytes, sizeof bytes, MSG_DONTWAIT);
      if (size < 0) { break; }
      if (drop_host_messages && size > 30) {
        continue;  // acknowledgements, pings and the handshake are shorter or pass by `lost`
      }
      if (!lost()) {
        sendto(client_side_, bytes, static_cast<std::size_t>(size), 0, reinterpret_cast<sockaddr*>(&client_),
               sizeof client_);
      }
    }
  }
  bool drop_host_messages = false;

 private:
  static int bound() {
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      throw std::runtime_error("relay cannot bind");
    }
    return fd;
  }
  bool lost() { return random_() % 100 < loss_percent_; }

  int client_side_ = -1, host_side_ = -1;
  sockaddr_in client_{}, host_{};
  unsigned loss_percent_;
  std::mt19937 random_;
};

}  // namespace punktfunk::test
