#include "core/crypto/packet_crypto.h"

#include <cstring>
#include <utility>

#include "core/packet/bytes.h"

namespace punktfunk {
namespace {

// Enough for a sender that started anew a few times while nothing arrived; a bound on what a forged header can make us
// derive.
constexpr std::uint16_t max_epochs_ahead = 16;

using Nonce = std::array<std::uint8_t, aead_nonce_bytes>;

Nonce nonce_of(std::uint64_t number, std::uint16_t epoch, Direction direction) {
  Nonce nonce{};
  store_u64_le(nonce.data(), number);
  store_u16_le(nonce.data() + 8, epoch);
  nonce[10] = static_cast<std::uint8_t>(direction);
  return nonce;
}

Status set_epoch_key(Aead& aead, const PacketCryptoConfig& config, std::uint16_t epoch) {
  std::array<std::uint8_t, max_aead_key_bytes> bytes;
  const std::span<std::uint8_t> key(bytes.data(), aead_key_bytes(config.suite));
  Status status = derive_packet_key(config.secret, config.suite, config.direction, epoch, key);
  if (status == Status::ok) { status = aead.set_key(key); }
  wipe(bytes);
  return status;
}

}  // namespace

PacketSealer::PacketSealer(const PacketCryptoConfig& config)
    : config_(config),
      aead_(config.suite, Aead::Use::seal),
      epoch_(config.first_epoch),
      number_(config.first_packet_number) {
  if (!aead_suite_ok(config.suite) || config.packets_per_epoch == 0 ||
      config.packets_per_epoch > max_packets_per_epoch) {
    status_ = Status::invalid_argument;
    return;
  }
  status_ = claim_epoch(config_.secret, config_.direction, epoch_);
  if (status_ == Status::ok) { status_ = set_epoch_key(aead_, config_, epoch_); }
}

PacketSealer::~PacketSealer() {
  wipe(config_.secret);
}

Status PacketSealer::next_epoch() noexcept {
  if (epoch_ == UINT16_MAX) { return Status::exhausted; }
  ++epoch_;
  in_epoch_ = 0;
  Status status = claim_epoch(config_.secret, config_.direction, epoch_);
  if (status == Status::ok) { status = set_epoch_key(aead_, config_, epoch_); }
  return status;
}

Status PacketSealer::seal(std::span<const std::uint8_t> plain, std::span<std::uint8_t> datagram) noexcept {
  if (status_ != Status::ok) { return status_; }
  if (plain.size() < packet_header_bytes || datagram.size() != plain.size() + aead_tag_bytes) {
    return Status::invalid_argument;
  }
  if (number_ == UINT64_MAX) { return status_ = Status::exhausted; }
  if (in_epoch_ == config_.packets_per_epoch) {
    status_ = next_epoch();
    if (status_ != Status::ok) { return status_; }
  }
  std::memcpy(datagram.data(), plain.data(), packet_header_bytes);
  store_u16_le(datagram.data() + at_packet_epoch, epoch_);
  store_u64_le(datagram.data() + at_packet_number, number_);
  const Nonce nonce = nonce_of(number_, epoch_, config_.direction);
  ++number_;
  ++in_epoch_;
  return aead_.seal(nonce, datagram.first(packet_header_bytes), plain.subspan(packet_header_bytes),
                    datagram.data() + packet_header_bytes, datagram.data() + plain.size());
}

PacketOpener::PacketOpener(const PacketCryptoConfig& config)
    : config_(config),
      current_{Aead(config.suite, Aead::Use::open)},
      previous_{Aead(config.suite, Aead::Use::open)},
      candidate_{Aead(config.suite, Aead::Use::open)} {
  if (!aead_suite_ok(config.suite)) {
    status_ = Status::invalid_argument;
    return;
  }
  current_.number = config.first_epoch;
  status_ = set_epoch_key(current_.aead, config_, current_.number);
  current_.keyed = status_ == Status::ok;
}

PacketOpener::~PacketOpener() {
  wipe(config_.secret);
}

PacketOpener::Epoch* PacketOpener::find(std::uint16_t epoch) noexcept {
  if (current_.number == epoch) { return &current_; }
  if (previous_.keyed && previous_.number == epoch) { return &previous_; }
  const auto ahead = static_cast<std::uint32_t>(epoch) - current_.number;
  if (ahead == 0 || ahead > max_epochs_ahead) { return nullptr; }
  if (!candidate_.keyed || candidate_.number != epoch) {
    candidate_.number = epoch;
    candidate_.keyed = set_epoch_key(candidate_.aead, config_, epoch) == Status::ok;
  }
  return candidate_.keyed ? &candidate_ : nullptr;
}

Status PacketOpener::open(std::span<const std::uint8_t> datagram, std::span<std::uint8_t> body) noexcept {
  if (status_ != Status::ok) { return status_; }
  if (datagram.size() < packet_overhead_bytes) { return Status::malformed; }
  const auto cipher = datagram.subspan(packet_header_bytes, datagram.size() - packet_overhead_bytes);
  if (body.size() < cipher.size()) { return Status::buffer_too_small; }
  const std::uint64_t number = load_u64_le(datagram.data() + at_packet_number);
  if (!window_.fresh(number)) { return Status::replayed; }
  const std::uint16_t epoch_number = load_u16_le(datagram.data() + at_packet_epoch);
  Epoch* epoch = find(epoch_number);
  if (!epoch) { return Status::not_authentic; }
  const Status opened =
      epoch->aead.open(nonce_of(number, epoch_number, config_.direction), datagram.first(packet_header_bytes), cipher,
                       cipher.data() + cipher.size(), body.data());
  if (opened != Status::ok) { return opened; }
  window_.mark(number);
  if (epoch == &candidate_) {
    std::swap(previous_, current_);
    std::swap(current_, candidate_);
    candidate_.keyed = false;
  }
  return Status::ok;
}

}  // namespace punktfunk
