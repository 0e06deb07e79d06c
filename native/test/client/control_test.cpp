// The control stream against an ENet host in the test: connect data, starts, pings, sealing, and each way to end.
#include <doctest/doctest.h>
#include <enet/enet.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "client/control_client.h"
#include "loopback.h"

using namespace punktfunk;
using namespace punktfunk::client;
using punktfunk::test::eventually;

namespace {

constexpr AesKey key = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

struct Message {
  std::uint16_t type;
  std::uint8_t channel;
  std::uint32_t sequence;
  std::vector<std::uint8_t> payload;
};

// An ENet host on a thread of its own that opens what it gets.
class EnetHost {
 public:
  explicit EnetHost(gamestream::NonceScheme scheme) : scheme_(scheme), aes_(key) {
    enet_initialize();
    ENetAddress address{.host = ENET_HOST_ANY, .port = 0};
    enet_address_set_host_ip(&address, "127.0.0.1");
    host_ = enet_host_create(&address, 4, 0x30, 0, 0);
    REQUIRE(host_ != nullptr);
    REQUIRE(enet_socket_get_address(host_->socket, &address) == 0);
    port_ = address.port;
    thread_ = std::thread([this] { run(); });
  }
  ~EnetHost() {
    done_ = true;
    thread_.join();
    enet_host_destroy(host_);
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }
  std::vector<Message> messages() {
    const std::lock_guard lock(mutex_);
    return messages_;
  }
  void send(std::uint16_t type, std::vector<std::uint8_t> payload, bool spoil = false) {
    const std::lock_guard lock(mutex_);
    outgoing_.push_back({type, spoil, std::move(payload)});
  }
  void close_peer() { close_peer_ = true; }
  void fall_silent() { silent_ = true; }

  std::atomic<std::uint32_t> connect_data = 0;
  std::atomic<std::size_t> channels = 0;
  std::atomic<bool> connected = false, disconnected = false;
  std::atomic<std::size_t> undecryptable = 0;

 private:
  struct Outgoing {
    std::uint16_t type;
    bool spoil;
    std::vector<std::uint8_t> payload;
  };

  void run() {
    std::uint32_t sequence = 0;
    while (!done_) {
      if (silent_) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        continue;
      }
      ENetEvent event;
      if (enet_host_service(host_, &event, 1) > 0) { take(event); }
      const std::lock_guard lock(mutex_);
      for (const Outgoing& message : outgoing_) {
        std::uint8_t sealed[256];
        std::size_t bytes = 0;
        CHECK(gamestream::seal_control(aes_, scheme_, gamestream::Side::host, sequence++, message.type, message.payload,
                                       sealed, bytes) == Status::ok);
        if (message.spoil) { sealed[bytes - 1] ^= 1; }
        enet_peer_send(peer_, 0, enet_packet_create(sealed, bytes, ENET_PACKET_FLAG_RELIABLE));
      }
      outgoing_.clear();
      if (close_peer_.exchange(false)) { enet_peer_disconnect(peer_, 0); }
    }
  }

  void take(const ENetEvent& event) {
    if (event.type == ENET_EVENT_TYPE_CONNECT) {
      peer_ = event.peer;
      connect_data = event.data;
      channels = event.peer->channelCount;
      connected = true;
    } else if (event.type == ENET_EVENT_TYPE_DISCONNECT) {
      disconnected = true;
    } else if (event.type == ENET_EVENT_TYPE_RECEIVE) {
      std::uint8_t plain[1024];
      Message message{.channel = event.channelID};
      std::span<const std::uint8_t> payload;
      if (gamestream::open_control(aes_, scheme_, gamestream::Side::client,
                                   {event.packet->data, event.packet->dataLength}, plain, message.sequence,
                                   message.type, payload) == Status::ok) {
        message.payload.assign(payload.begin(), payload.end());
        const std::lock_guard lock(mutex_);
        messages_.push_back(message);
      } else {
        ++undecryptable;
      }
      enet_packet_destroy(event.packet);
    }
  }

  gamestream::NonceScheme scheme_;
  Aes128Gcm aes_;
  ENetHost* host_ = nullptr;
  ENetPeer* peer_ = nullptr;
  std::uint16_t port_ = 0;
  std::atomic<bool> done_ = false, close_peer_ = false, silent_ = false;
  std::mutex mutex_;
  std::vector<Message> messages_;
  std::vector<Outgoing> outgoing_;
  std::thread thread_;
};

// A client with a record of what it reported.
struct Client {
  explicit Client(ControlConfig config) {
    std::string error;
    control = ControlClient::start(config,
                                   {.connected = [this] { connected = true; },
                                    .message =
                                        [this](std::uint16_t type, std::span<const std::uint8_t> payload) {
                                          const std::lock_guard lock(mutex);
                                          messages.push_back({type, 0, 0, {payload.begin(), payload.end()}});
                                        },
                                    .ended =
                                        [this](ControlEnd how) {
                                          end = how;
                                          ended = true;
                                        }},
                                   error);
    REQUIRE_MESSAGE(control, error);
  }
  std::size_t message_count() {
    const std::lock_guard lock(mutex);
    return messages.size();
  }

  std::atomic<bool> connected = false, ended = false;
  ControlEnd end;
  std::mutex mutex;
  std::vector<Message> messages;
  std::unique_ptr<ControlClient> control;
};

ControlConfig config_for(const EnetHost& host, gamestream::NonceScheme scheme = gamestream::NonceScheme::v2) {
  return {.address = "127.0.0.1", .port = host.port(), .connect_data = 3266034395u, .key = key, .nonce_scheme = scheme};
}

}  // namespace

TEST_CASE("connects as stock clients do, starts the stream, pings, and says goodbye") {
  for (const auto scheme : {gamestream::NonceScheme::v2, gamestream::NonceScheme::legacy16}) {
    EnetHost host(scheme);
    Client client(config_for(host, scheme));
    REQUIRE(eventually([&] { return host.messages().size() >= 5; }));
    CHECK(host.connect_data == 3266034395u);
    CHECK(host.channels == 0x30);
    CHECK(client.connected);
    const auto messages = host.messages();
    CHECK(messages[0].type == 0x0302);
    CHECK(messages[0].payload == std::vector<std::uint8_t>{0, 0});
    CHECK(messages[1].type == 0x0307);
    CHECK(messages[1].payload == std::vector<std::uint8_t>{0});
    for (std::size_t i = 2; i < 5; ++i) {
      CHECK(messages[i].type == 0x0200);
      CHECK(messages[i].payload == std::vector<std::uint8_t>{4, 0, 0, 0, 0, 0, 0, 0});
    }
    for (std::size_t i = 0; i < messages.size(); ++i) {
      CHECK(messages[i].channel == 0);
      CHECK(messages[i].sequence == i);
    }
    client.control->stop();
    REQUIRE(client.ended);
    CHECK(client.end.kind == ControlEnd::Kind::stopped);
    REQUIRE(eventually([&] { return host.disconnected.load(); }));
    CHECK(host.undecryptable == 0);
  }
}

TEST_CASE("input goes out in order on its channels, and what is queued goes before the goodbye") {
  EnetHost host(gamestream::NonceScheme::v2);
  Client client(config_for(host));
  REQUIRE(eventually([&] { return client.connected.load(); }));
  constexpr std::uint8_t count = 200;
  for (std::uint8_t i = 0; i < count; ++i) {
    const std::uint8_t payload[] = {i, 0};
    REQUIRE(client.control->send(0x0206, payload, i % 2 ? 3 : 2, ControlClient::Delivery::reliable));
  }
  client.control->stop();
  std::map<std::uint8_t, std::vector<std::uint8_t>> by_channel;
  std::uint32_t expected = 0;
  for (const Message& message : host.messages()) {
    CHECK(message.sequence == expected++);
    if (message.type == 0x0206) { by_channel[message.channel].push_back(message.payload[0]); }
  }
  CHECK(by_channel[2].size() == count / 2);
  CHECK(by_channel[3].size() == count / 2);
  CHECK(std::is_sorted(by_channel[2].begin(), by_channel[2].end()));
  CHECK(std::is_sorted(by_channel[3].begin(), by_channel[3].end()));
  const std::uint8_t late[] = {1};
  CHECK_FALSE(client.control->send(0x0206, late, 2, ControlClient::Delivery::reliable));
  CHECK(client.control->stats().messages_sent == expected);
}

TEST_CASE("the host's messages arrive; a spoiled one is refused and harms nothing") {
  EnetHost host(gamestream::NonceScheme::v2);
  Client client(config_for(host));
  REQUIRE(eventually([&] { return host.connected.load(); }));
  host.send(0x010e, std::vector<std::uint8_t>(27), true);
  host.send(0x010e, std::vector<std::uint8_t>(27));
  REQUIRE(eventually([&] { return client.message_count() == 1; }));
  CHECK(client.messages[0].type == 0x010e);
  CHECK(client.messages[0].payload.size() == 27);
  CHECK(client.control->stats().refused == 1);
  CHECK_FALSE(client.ended);
}

TEST_CASE("each end is told apart") {
  EnetHost host(gamestream::NonceScheme::v2);
  ControlConfig config = config_for(host);
  SUBCASE("the host terminates: the code comes through, and the client goes") {
    Client client(config);
    REQUIRE(eventually([&] { return host.connected.load(); }));
    host.send(0x0109, {0x80, 0x03, 0x00, 0x23});
    REQUIRE(eventually([&] { return client.ended.load(); }));
    CHECK(client.end.kind == ControlEnd::Kind::terminated);
    CHECK(client.end.reason == 0x80030023u);
    CHECK(eventually([&] { return host.disconnected.load(); }));
  }
  SUBCASE("the host closes without a word") {
    Client client(config);
    REQUIRE(eventually([&] { return host.connected.load() && client.connected.load(); }));
    host.close_peer();
    REQUIRE(eventually([&] { return client.ended.load(); }));
    CHECK(client.end.kind == ControlEnd::Kind::disconnected);
  }
  SUBCASE("the host falls silent") {
    config.peer_timeout_ms = 300;
    Client client(config);
    REQUIRE(eventually([&] { return host.connected.load() && client.connected.load(); }));
    host.fall_silent();
    REQUIRE(eventually([&] { return client.ended.load(); }));
    CHECK(client.end.kind == ControlEnd::Kind::timed_out);
  }
  SUBCASE("nobody answers the connect") {
    const test::LoopbackSender deaf;
    config.port = deaf.port();
    config.connect_timeout_ms = 50;
    Client client(config);
    REQUIRE(eventually([&] { return client.ended.load(); }));
    CHECK(client.end.kind == ControlEnd::Kind::connect_failed);
  }
  SUBCASE("an address that is none") {
    config.address = "example";
    std::string error;
    CHECK(ControlClient::start(config, {}, error) == nullptr);
    CHECK(error.find("\"example\"") != std::string::npos);
  }
}
