// What a datagram in the client's name asks for, read before libenet believes it: ENet proves no sender
// (docs/gamestream.md, 11). Pure.
#pragma once

#include <enet/enet.h>

#include <cstdint>
#include <optional>
#include <span>

#include "core/packet/bytes.h"

namespace punktfunk {

struct ClientCommand {
  std::uint8_t kind = 0;  // ENetProtocolCommand
  std::uint8_t channel = 0;
  bool carries_message = false, reliable = false;
  std::uint16_t reliable_sequence = 0;    // of a fragment: its message's first one
  std::span<const std::uint8_t> message;  // of a fragment: a part
};

// The commands of a datagram in their order, as far as libenet would read them.
class ClientCommands {
 public:
  static constexpr std::uint16_t flag_sent_time = 0x8000;

  explicit ClientCommands(std::span<const std::uint8_t> datagram) : rest_(datagram) {
    const std::size_t header = datagram.size() >= 2 && (load_u16_be(datagram.data()) & flag_sent_time) != 0 ? 4 : 2;
    rest_ = datagram.size() < header ? std::span<const std::uint8_t>{} : datagram.subspan(header);
  }

  std::optional<ClientCommand> next() {
    if (rest_.empty()) { return std::nullopt; }
    const std::uint8_t kind = rest_[0] & ENET_PROTOCOL_COMMAND_MASK;
    const std::size_t size = enet_protocol_command_size(kind);
    if (size == 0 || size > rest_.size()) { return std::nullopt; }
    const std::size_t at_length = length_offset(kind);
    const std::size_t bytes = at_length == 0 ? 0 : load_u16_be(&rest_[at_length]);
    if (bytes > rest_.size() - size) { return std::nullopt; }
    const bool fragment = kind == ENET_PROTOCOL_COMMAND_SEND_FRAGMENT;
    const ClientCommand command = {kind,
                                   rest_[1],
                                   at_length != 0,
                                   fragment || kind == ENET_PROTOCOL_COMMAND_SEND_RELIABLE,
                                   load_u16_be(&rest_[fragment ? 4 : 2]),
                                   rest_.subspan(size, bytes)};
    rest_ = rest_.subspan(size + bytes);
    return command;
  }

 private:
  static std::size_t length_offset(std::uint8_t kind) {
    switch (kind) {
      case ENET_PROTOCOL_COMMAND_SEND_RELIABLE:
        return 4;
      case ENET_PROTOCOL_COMMAND_SEND_UNRELIABLE:
      case ENET_PROTOCOL_COMMAND_SEND_UNSEQUENCED:
      case ENET_PROTOCOL_COMMAND_SEND_FRAGMENT:
      case ENET_PROTOCOL_COMMAND_SEND_UNRELIABLE_FRAGMENT:
        return 6;
      default:
        return 0;
    }
  }

  std::span<const std::uint8_t> rest_;
};

}  // namespace punktfunk
