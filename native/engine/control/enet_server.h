// One client on ENet 1.3 (docs/gamestream.md, 8.1 and 11), over libenet. What is particular here: a message is handled
// and the checkpoint stored before its acknowledgement leaves, and a successor takes the connection up from the
// checkpoint, so that a client keeps its session, and loses no message, when an engine dies.
#pragma once

#include <enet/enet.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/result.h"
#include "contract/problems.h"
#include "engine/checkpoint.h"

namespace punktfunk {

struct EnetServerConfig {
  std::string bind_address;
  std::uint16_t port = 0;
  std::uint32_t connect_data = 0;
  bool require_connect_data = true;
  std::string client_address;  // instead of the connect data
  unsigned client_timeout_ms = 10'000;
};

// The connect data of a datagram that asks for a new connection; nothing for every other datagram.
std::optional<std::uint32_t> connect_request(std::span<const std::uint8_t> datagram) noexcept;

class EnetServer {
 public:
  class Handler {
   public:
    virtual ~Handler() = default;
    virtual void on_connect() = 0;
    virtual void on_disconnect() = 0;
    virtual void on_message(std::span<const std::uint8_t> message) = 0;
    // Everything that came so far was handed over, nothing of it is acknowledged yet.
    virtual void on_settled() = 0;
    // The message is proven to be the client's: asked before it may wait for earlier ones.
    virtual bool is_authentic(std::span<const std::uint8_t> message) = 0;
  };

  static Result<std::unique_ptr<EnetServer>, Failure> open(const EnetServerConfig& config);
  EnetServer(EnetServer&&) = delete;

  [[nodiscard]] int fd() const { return host_->socket; }
  [[nodiscard]] std::uint16_t port() const { return host_->address.port; }
  [[nodiscard]] bool connected() const { return client_ != nullptr; }
  [[nodiscard]] std::uint32_t round_trip_ms() const { return client_ != nullptr ? client_->roundTripTime : 0; }
  // CLOCK_MONOTONIC time of the client's last datagram.
  [[nodiscard]] std::int64_t last_heard_ms() const { return last_heard_ms_; }
  // How long a poll of fd() may wait until service() is due.
  [[nodiscard]] int due_in_ms() const;

  // Reads what has come and sends what is due. False when the socket refuses (the network is down): try again later.
  bool service(Handler& handler);
  // Queues a reliable message on channel 0; the next service() or flush() sends it.
  void send(std::span<const std::uint8_t> message);
  void flush() { enet_host_flush(host_.get()); }
  // Messages that the client has not acknowledged yet.
  [[nodiscard]] std::size_t unacknowledged() const;
  // Forgets the client, telling it so once.
  void drop_client();
  // More messages wait for an earlier one than any client sends ahead.
  [[nodiscard]] bool flooded() const;

  // A DISCONNECT carries no secret, so anybody can send the client's. After on_disconnect() the client can be taken up
  // again by resume() until the goodbye is believed: store() leaves the checkpoint as it was before, and no stranger
  // gets the client's place.
  void believe_goodbye() { doubted_ = false; }
  // After one was forged: goodbyes are kept from libenet. When the last of them came (CLOCK_MONOTONIC); 0 = none yet.
  void withhold_goodbyes() { withholds_goodbyes_ = true; }
  [[nodiscard]] std::int64_t withheld_goodbye_ms() const { return withheld_goodbye_ms_; }

  // Where the connection stands. Call it when nothing received is unhandled, before what it describes is sent.
  void store(Checkpoint& checkpoint) const;
  // Takes the client up that the checkpoint describes; false when it describes none. Messages that were sent before and
  // the client may never have got leave a hole in channel 0: *missing says how many, and exactly so many must be sent
  // first.
  bool resume(const Checkpoint& checkpoint, unsigned* missing);

 private:
  struct HostCloser {
    void operator()(ENetHost* host) const { enet_host_destroy(host); }
  };
  using Host = std::unique_ptr<ENetHost, HostCloser>;

  EnetServer(Host host, const EnetServerConfig& config);
  static int ENET_CALLBACK intercept(ENetHost* host, ENetEvent* event);
  bool admit(std::span<const std::uint8_t> datagram) const;
  bool believe(std::span<const std::uint8_t> datagram);
  [[nodiscard]] bool is_our_client(std::uint32_t connect_data, const ENetAddress& address) const;
  void handle(const ENetEvent& event, Handler& handler);
  void withhold_early_acknowledgements();

  Host host_;
  EnetServerConfig config_;
  std::uint32_t client_ipv4_ = 0;  // of config_.client_address, network order
  ENetPeer* client_ = nullptr;
  bool doubted_ = false;  // the client is said to have left
  bool withholds_goodbyes_ = false;
  std::int64_t withheld_goodbye_ms_ = 0;
  Handler* handler_ = nullptr;  // of the service() that runs
  std::int64_t last_heard_ms_ = 0;
};

}  // namespace punktfunk
