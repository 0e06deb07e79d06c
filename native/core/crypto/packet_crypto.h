// Sealing and opening of punktfunk/1 datagrams (docs/punktfunk1.md, "Sealing"): header in clear but authenticated, body
// encrypted, tag at the end. The sealer owns the packet number and the epoch, so that no nonce can repeat; the opener
// follows epochs and refuses replays.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "core/crypto/aead.h"
#include "core/crypto/replay_window.h"
#include "core/crypto/session_keys.h"
#include "core/status.h"

namespace punktfunk {

inline constexpr std::size_t packet_header_bytes = 16;
inline constexpr std::size_t packet_overhead_bytes = packet_header_bytes + aead_tag_bytes;
// Where the header holds what nonces are made of; the other bytes belong to the caller.
inline constexpr std::size_t at_packet_epoch = 2, at_packet_number = 8;
// Far below the bounds on one key of RFC 9001 (6.6), and a new key costs a microsecond.
inline constexpr std::uint64_t max_packets_per_epoch = std::uint64_t{1} << 22;

struct PacketCryptoConfig {
  AeadSuite suite = AeadSuite::aes128_gcm;
  SessionSecret secret{};
  Direction direction = Direction::host_to_client;
  std::uint16_t first_epoch = 0;          // sealer: a successor in another process starts one above its predecessor's
  std::uint64_t first_packet_number = 0;  // sealer: a successor goes on above its predecessor's
  std::uint64_t packets_per_epoch = max_packets_per_epoch;  // 1 to max_packets_per_epoch; less in tests
};

class PacketSealer {
 public:
  explicit PacketSealer(const PacketCryptoConfig& config);
  ~PacketSealer();
  PacketSealer(PacketSealer&&) noexcept = default;

  // exhausted when this process has sealed with that secret, direction and epoch before; invalid_argument for a bad
  // config.
  [[nodiscard]] Status status() const noexcept { return status_; }

  // plain: header (16 bytes, of which epoch and number are filled in here) and body. datagram: plain.size() + 16 bytes,
  // not overlapping plain. exhausted when epochs or numbers are used up: the session needs a new secret.
  // Allocation-free.
  Status seal(std::span<const std::uint8_t> plain, std::span<std::uint8_t> datagram) noexcept;

  // Of the next packet.
  [[nodiscard]] std::uint64_t packet_number() const noexcept { return number_; }
  [[nodiscard]] std::uint16_t epoch() const noexcept { return epoch_; }

 private:
  Status next_epoch() noexcept;

  PacketCryptoConfig config_;
  Aead aead_;
  Status status_ = Status::ok;
  std::uint16_t epoch_ = 0;
  std::uint64_t number_ = 0, in_epoch_ = 0;
};

class PacketOpener {
 public:
  // direction: of the packets that come in.
  explicit PacketOpener(const PacketCryptoConfig& config);
  ~PacketOpener();
  PacketOpener(PacketOpener&&) noexcept = default;

  [[nodiscard]] Status status() const noexcept { return status_; }

  // body: room for datagram.size() - 32. Errors: malformed when too short, replayed, not_authentic (also for an epoch
  // out of reach).
  Status open(std::span<const std::uint8_t> datagram, std::span<std::uint8_t> body) noexcept;

 private:
  struct Epoch {
    Aead aead;
    std::uint16_t number = 0;
    bool keyed = false;
  };
  Epoch* find(std::uint16_t epoch) noexcept;

  PacketCryptoConfig config_;
  Status status_ = Status::ok;
  Epoch current_, previous_, candidate_;
  ReplayWindow window_;
};

}  // namespace punktfunk
