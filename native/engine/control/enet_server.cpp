#include "engine/control/enet_server.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/clock.h"
#include "core/packet/bytes.h"
#include "engine/control/client_datagram.h"
#include "engine/transport/bind_failure.h"

namespace punktfunk {
namespace {

constexpr std::size_t peer_slots = 4;
constexpr std::size_t max_strangers = 2;  // being turned away; the other slots stay free for the client
constexpr unsigned stranger_timeout_ms = 1000;
constexpr std::size_t max_message_bytes = 2048;        // clients send at most some 280 (docs/gamestream.md, 11)
constexpr std::size_t max_waiting_bytes = 256 * 1024;  // of messages that wait for an earlier one
constexpr std::size_t max_waiting_messages = 4096;
constexpr int max_datagrams_per_service = 256;  // a flood must not keep the thread from its other work
constexpr int unacknowledged_wait_ms = 50, idle_wait_ms = 250;
constexpr std::uint16_t resumed_sequence_gap =
    256;  // beyond anything the predecessor can have sent after its last store

// Many more than are ever left unacknowledged. All of them are sealed and sent at once, so no more are believed.
constexpr std::uint16_t max_missing_messages = 1024;

constexpr std::uint16_t peer_id_mask = 0x0FFF, no_peer_id = 0x0FFF, flag_compressed = 0x4000;
constexpr std::size_t connect_bytes = 48, at_connect_data = 44;
constexpr std::uint8_t command_mask = 0x0F, command_connect = 2;

// Commands sent or queued that the client has not acknowledged, oldest sequence number of channel 0 first.
template <typename Visit>
void for_each_unacknowledged(const ENetPeer& peer, Visit visit) {
  const auto walk = [&](const ENetList& list) {
    for (const ENetListNode* node = list.sentinel.next; node != &list.sentinel; node = node->next) {
      const auto& command = *reinterpret_cast<const ENetOutgoingCommand*>(node);
      if (command.command.header.command & ENET_PROTOCOL_COMMAND_FLAG_ACKNOWLEDGE) { visit(command); }
    }
  };
  walk(peer.sentReliableCommands);
  walk(peer.outgoingCommands);
#if ENET_VERSION >= ENET_VERSION_CREATE(1, 3, 18)
  walk(peer.outgoingSendReliableCommands);
#endif
}

void set(std::atomic<std::uint32_t>& field, std::uint32_t value) {
  field.store(value, std::memory_order_release);
}

}  // namespace

std::optional<std::uint32_t> connect_request(std::span<const std::uint8_t> datagram) noexcept {
  if (datagram.size() < 2) { return std::nullopt; }
  const std::uint16_t head = load_u16_be(datagram.data());
  if ((head & peer_id_mask) != no_peer_id || (head & flag_compressed) != 0) { return std::nullopt; }
  const std::size_t header_bytes = (head & ClientCommands::flag_sent_time) != 0 ? 4 : 2;
  if (datagram.size() < header_bytes + connect_bytes) { return std::nullopt; }
  const std::uint8_t* command = datagram.data() + header_bytes;
  if ((command[0] & command_mask) != command_connect) { return std::nullopt; }
  return load_u32_be(command + at_connect_data);
}

Result<std::unique_ptr<EnetServer>, Failure> EnetServer::open(const EnetServerConfig& config) {
  ENetAddress address{};
  address.port = config.port;
  if (enet_address_set_host_ip(&address, config.bind_address.c_str()) != 0) {
    return problem::address_unusable(config.bind_address, "it is not an IPv4 address");
  }
  errno = 0;
  Host host(enet_host_create(&address, peer_slots, checkpoint_channels, 0, 0));
  if (!host) { return bind_failure(config.bind_address, config.port, errno); }
  return std::unique_ptr<EnetServer>(new EnetServer(std::move(host), config));
}

EnetServer::EnetServer(Host host, const EnetServerConfig& config) : host_(std::move(host)), config_(config) {
  in_addr client{};
  if (inet_pton(AF_INET, config.client_address.c_str(), &client) == 1) { client_ipv4_ = client.s_addr; }
  host_->maximumPacketSize = max_message_bytes;
  host_->maximumWaitingData = max_waiting_bytes;
  host_->peers[0].data = this;  // the only place for it: an ENetHost has no user pointer
  host_->intercept = intercept;
  last_heard_ms_ = monotonic_ms();
}

// Called by libenet for each datagram before it is read.
int EnetServer::intercept(ENetHost* host, ENetEvent* event) {
  // No answer can be sent to port 0: it would end this turn of libenet before what others sent is read.
  if (host->receivedAddress.port == 0) { return 1; }
  auto& self = *static_cast<EnetServer*>(host->peers[0].data);
  const std::span<const std::uint8_t> datagram(host->receivedData, host->receivedDataLength);
  if (!self.admit(datagram)) { return 1; }
  if (self.client_ != nullptr && host->receivedAddress.host == self.client_->address.host &&
      host->receivedAddress.port == self.client_->address.port) {
    if (!self.believe(datagram)) { return 1; }
    self.last_heard_ms_ = monotonic_ms();
  }
  // With an event type set, enet_host_service returns as soon as it has read this datagram, before it acknowledges
  // anything in it.
  if (event != nullptr) { event->type = ENET_EVENT_TYPE_RECEIVE; }
  return 0;
}

bool EnetServer::admit(std::span<const std::uint8_t> datagram) const {
  if (datagram.size() < 2 || (load_u16_be(datagram.data()) & peer_id_mask) != no_peer_id) {
    return true;  // libenet knows its peers
  }
  const auto connect_data = connect_request(datagram);
  if (!connect_data) { return false; }
  if (client_ == nullptr && is_our_client(*connect_data, host_->receivedAddress)) { return true; }
  if (doubted_) { return false; }
  const auto strangers = std::count_if(host_->peers, host_->peers + host_->peerCount, [&](const ENetPeer& peer) {
    return &peer != client_ && peer.state != ENET_PEER_STATE_DISCONNECTED;
  });
  return static_cast<std::size_t>(strangers) < max_strangers;
}

// Whether a datagram from the client's address may be the client's. Who forges that address could take the numbers of
// messages to come and so shut the real ones out: what is not in its turn must be proven. What is in its turn waits for
// nothing, and the handler judges it.
bool EnetServer::believe(std::span<const std::uint8_t> datagram) {
  std::array<std::uint16_t, checkpoint_channels> handled{};
  for (std::size_t i = 0; i < client_->channelCount; ++i) {
    handled[i] = client_->channels[i].incomingReliableSequenceNumber;
  }
  ClientCommands commands(datagram);
  while (const auto command = commands.next()) {
    if (command->kind == ENET_PROTOCOL_COMMAND_DISCONNECT && withholds_goodbyes_) {
      withheld_goodbye_ms_ = monotonic_ms();
      return false;
    }
    if (!command->carries_message || command->channel >= client_->channelCount) { continue; }
    std::uint16_t& before = handled[command->channel];
    const auto ahead = static_cast<std::int16_t>(command->reliable_sequence - before);
    const bool in_turn = command->reliable && ahead <= 1;
    if (in_turn && ahead == 1) { ++before; }
    if (!in_turn && !handler_->is_authentic(command->message)) { return false; }
  }
  return true;
}

bool EnetServer::is_our_client(std::uint32_t connect_data, const ENetAddress& address) const {
  return config_.require_connect_data ? connect_data == config_.connect_data
                                      : client_ipv4_ == 0 || address.host == client_ipv4_;
}

void EnetServer::handle(const ENetEvent& event, Handler& handler) {
  switch (event.type) {
    case ENET_EVENT_TYPE_CONNECT:
      if (client_ == nullptr && is_our_client(event.data, event.peer->address)) {
        client_ = event.peer;
        doubted_ = false;
        last_heard_ms_ = monotonic_ms();
        enet_peer_timeout(client_, 0, config_.client_timeout_ms, config_.client_timeout_ms);
        handler.on_connect();
      } else {
        enet_peer_timeout(event.peer, 0, stranger_timeout_ms, stranger_timeout_ms);
        enet_peer_disconnect(event.peer, 0);
      }
      break;
    case ENET_EVENT_TYPE_DISCONNECT:
      if (event.peer == client_) {
        client_ = nullptr;
        doubted_ = true;
        handler.on_disconnect();
      }
      break;
    case ENET_EVENT_TYPE_RECEIVE:
      if (event.packet == nullptr) {
        break;  // the mark that intercept() set
      }
      if (event.peer == client_ && client_ != nullptr) {
        handler.on_message({event.packet->data, event.packet->dataLength});
      }
      enet_packet_destroy(event.packet);
      break;
    default:
      break;
  }
}

bool EnetServer::service(Handler& handler) {
  handler_ = &handler;
  for (int datagrams = 0; datagrams < max_datagrams_per_service; ++datagrams) {
    ENetEvent event;
    const int outcome = enet_host_service(host_.get(), &event, 0);
    if (outcome < 0) { return false; }
    if (outcome == 0) { break; }
    handle(event, handler);
    while (enet_host_check_events(host_.get(), &event) > 0) { handle(event, handler); }
    withhold_early_acknowledgements();
    handler.on_settled();
  }
  return true;
}

// A message that waits for an earlier one is not acknowledged yet: were this engine to die, nobody would have it. The
// client sends it again, and is acknowledged when it could be handled.
void EnetServer::withhold_early_acknowledgements() {
  if (client_ == nullptr) { return; }
  for (ENetListNode* node = enet_list_begin(&client_->acknowledgements);
       node != enet_list_end(&client_->acknowledgements);) {
    const auto& header = reinterpret_cast<const ENetAcknowledgement*>(node)->command.header;
    ENetListNode* acknowledgement = node;
    node = enet_list_next(node);
    if (header.channelID >= client_->channelCount) { continue; }
    const std::uint16_t handled = client_->channels[header.channelID].incomingReliableSequenceNumber;
    if (static_cast<std::int16_t>(handled - header.reliableSequenceNumber) < 0) {
      enet_free(enet_list_remove(acknowledgement));
    }
  }
}

int EnetServer::due_in_ms() const {
  int due = idle_wait_ms;
  for (const ENetPeer* peer = host_->peers; peer != host_->peers + host_->peerCount; ++peer) {
    if (peer->state == ENET_PEER_STATE_DISCONNECTED) { continue; }
    bool waiting = !enet_list_empty(&peer->acknowledgements);
    for_each_unacknowledged(*peer, [&](const ENetOutgoingCommand&) { waiting = true; });
    if (waiting) { due = std::min(due, unacknowledged_wait_ms); }
  }
  return due;
}

void EnetServer::send(std::span<const std::uint8_t> message) {
  if (client_ == nullptr) { return; }
  ENetPacket* packet = enet_packet_create(message.data(), message.size(), ENET_PACKET_FLAG_RELIABLE);
  if (packet != nullptr && enet_peer_send(client_, 0, packet) != 0) { enet_packet_destroy(packet); }
}

std::size_t EnetServer::unacknowledged() const {
  std::size_t messages = 0;
  if (client_ != nullptr) {
    for_each_unacknowledged(*client_,
                            [&](const ENetOutgoingCommand& command) { messages += command.packet != nullptr; });
  }
  return messages;
}

void EnetServer::drop_client() {
  if (client_ == nullptr) { return; }
  enet_peer_disconnect_now(client_, 0);
  client_ = nullptr;
}

bool EnetServer::flooded() const {
  if (client_ == nullptr) { return false; }
  std::size_t waiting = 0;
  for (std::size_t i = 0; i < client_->channelCount; ++i) {
    ENetChannel& channel = client_->channels[i];
    if (!enet_list_empty(&channel.incomingReliableCommands)) {
      waiting += enet_list_size(&channel.incomingReliableCommands);
    }
    if (!enet_list_empty(&channel.incomingUnreliableCommands)) {
      waiting += enet_list_size(&channel.incomingUnreliableCommands);
    }
  }
  return waiting > max_waiting_messages;
}

void EnetServer::store(Checkpoint& checkpoint) const {
  auto& c = checkpoint.enet;
  if (doubted_) { return; }
  if (client_ == nullptr || client_->state != ENET_PEER_STATE_CONNECTED) {
    set(c.connected, 0);
    return;
  }
  const ENetPeer& peer = *client_;
  set(c.address_ipv4, peer.address.host);
  set(c.port, peer.address.port);
  set(c.connect_id, peer.connectID);
  set(c.outgoing_peer_id, peer.outgoingPeerID);
  set(c.incoming_peer_id, peer.incomingPeerID);
  set(c.outgoing_session_id, peer.outgoingSessionID);
  set(c.incoming_session_id, peer.incomingSessionID);
  set(c.mtu, peer.mtu);
  set(c.window_size, peer.windowSize);
  set(c.channel_count, static_cast<std::uint32_t>(peer.channelCount));
  set(c.outgoing_reliable_sequence, peer.outgoingReliableSequenceNumber);
  set(c.incoming_unsequenced_group, peer.incomingUnsequencedGroup);
  for (std::size_t i = 0; i < peer.channelCount; ++i) {
    const ENetChannel& channel = peer.channels[i];
    set(c.channel_out_reliable[i], channel.outgoingReliableSequenceNumber);
    set(c.channel_in_reliable[i], channel.incomingReliableSequenceNumber);
    set(c.channel_out_unreliable[i], channel.outgoingUnreliableSequenceNumber);
    set(c.channel_in_unreliable[i], channel.incomingUnreliableSequenceNumber);
  }
  // Messages are acknowledged in any order; only what comes before the oldest missing one is sure.
  std::uint16_t missing = 0;
  for_each_unacknowledged(peer, [&](const ENetOutgoingCommand& command) {
    if (command.command.header.channelID != 0) { return; }
    const auto behind = static_cast<std::uint16_t>(peer.channels[0].outgoingReliableSequenceNumber -
                                                   command.reliableSequenceNumber + 1);
    missing = std::max(missing, behind);
  });
  set(c.host_messages_acknowledged,
      static_cast<std::uint16_t>(peer.channels[0].outgoingReliableSequenceNumber - missing));
  set(c.connected, 1);
}

bool EnetServer::resume(const Checkpoint& checkpoint, unsigned* missing) {
  const auto& c = checkpoint.enet;
  const std::uint32_t slot = c.incoming_peer_id, channels = c.channel_count, mtu = c.mtu, window = c.window_size;
  const auto hole = static_cast<std::uint16_t>(c.channel_out_reliable[0] - c.host_messages_acknowledged);
  const bool sane = c.connected == 1 && slot < host_->peerCount && channels >= 1 && channels <= checkpoint_channels &&
                    c.outgoing_peer_id < ENET_PROTOCOL_MAXIMUM_PEER_ID && mtu >= ENET_PROTOCOL_MINIMUM_MTU &&
                    mtu <= ENET_PROTOCOL_MAXIMUM_MTU && window >= ENET_PROTOCOL_MINIMUM_WINDOW_SIZE &&
                    window <= ENET_PROTOCOL_MAXIMUM_WINDOW_SIZE && c.port <= 0xFFFF && hole <= max_missing_messages;
  if (!sane) { return false; }
  ENetPeer& peer = host_->peers[slot];
  if (peer.state != ENET_PEER_STATE_DISCONNECTED) { return false; }
  peer.channels = static_cast<ENetChannel*>(enet_malloc(channels * sizeof(ENetChannel)));
  if (peer.channels == nullptr) { return false; }
  std::memset(peer.channels, 0, channels * sizeof(ENetChannel));
  peer.channelCount = channels;
  for (std::size_t i = 0; i < channels; ++i) {
    ENetChannel& channel = peer.channels[i];
    channel.outgoingReliableSequenceNumber = static_cast<std::uint16_t>(c.channel_out_reliable[i]);
    channel.incomingReliableSequenceNumber = static_cast<std::uint16_t>(c.channel_in_reliable[i]);
    channel.outgoingUnreliableSequenceNumber = static_cast<std::uint16_t>(c.channel_out_unreliable[i]);
    channel.incomingUnreliableSequenceNumber = static_cast<std::uint16_t>(c.channel_in_unreliable[i]);
    enet_list_clear(&channel.incomingReliableCommands);
    enet_list_clear(&channel.incomingUnreliableCommands);
  }
  peer.address = {c.address_ipv4, static_cast<std::uint16_t>(c.port)};
  peer.connectID = c.connect_id;
  peer.outgoingPeerID = static_cast<std::uint16_t>(c.outgoing_peer_id);
  peer.outgoingSessionID = static_cast<std::uint8_t>(c.outgoing_session_id);
  peer.incomingSessionID = static_cast<std::uint8_t>(c.incoming_session_id);
  peer.mtu = mtu;
  peer.windowSize = window;
  peer.outgoingReliableSequenceNumber = static_cast<std::uint16_t>(c.outgoing_reliable_sequence + resumed_sequence_gap);
  peer.incomingUnsequencedGroup = static_cast<std::uint16_t>(c.incoming_unsequenced_group);
  // The hole is sent again, under the numbers that the client waits for.
  *missing = hole;
  peer.channels[0].outgoingReliableSequenceNumber = static_cast<std::uint16_t>(c.host_messages_acknowledged);
  peer.state = ENET_PEER_STATE_CONNECTED;
  host_->connectedPeers = 1;
  enet_peer_timeout(&peer, 0, config_.client_timeout_ms, config_.client_timeout_ms);
  client_ = &peer;
  doubted_ = false;
  last_heard_ms_ = monotonic_ms();
  return true;
}

}  // namespace punktfunk
