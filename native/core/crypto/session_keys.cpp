#include "core/crypto/session_keys.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <cstring>
#include <mutex>

#include "core/packet/bytes.h"

namespace punktfunk {
namespace {

constexpr std::size_t label_bytes = 16;
using Label = char[label_bytes + 1];
constexpr Label key_label = "punktfunk/1 key ";
constexpr Label mark_label = "punktfunk/1 mark";
constexpr std::size_t mark_bytes = 32;

// HKDF-Expand of RFC 5869 for at most one block of output: HMAC-SHA256(secret, info || 01).
bool expand(const SessionSecret& secret, const Label& label, std::span<const std::uint8_t> context,
            std::array<std::uint8_t, 32>& out) {
  std::array<std::uint8_t, 64> info{};
  std::memcpy(info.data(), label, label_bytes);
  std::memcpy(info.data() + label_bytes, context.data(), context.size());
  info[label_bytes + context.size()] = 1;
  unsigned bytes = 0;
  return HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), info.data(),
              label_bytes + context.size() + 1, out.data(), &bytes) != nullptr;
}

struct Claim {
  std::array<std::uint8_t, mark_bytes> mark{};
  std::uint16_t epoch = 0;
  bool used = false;
};

std::mutex claims_mutex;
std::array<Claim, 1024> claims;
std::size_t next_claim = 0;

}  // namespace

void wipe(std::span<std::uint8_t> bytes) noexcept {
  OPENSSL_cleanse(bytes.data(), bytes.size());
}

Status derive_packet_key(const SessionSecret& secret, AeadSuite suite, Direction direction, std::uint16_t epoch,
                         std::span<std::uint8_t> key) noexcept {
  if (!aead_suite_ok(suite) || key.size() != aead_key_bytes(suite)) { return Status::invalid_argument; }
  std::uint8_t context[4] = {static_cast<std::uint8_t>(suite), static_cast<std::uint8_t>(direction)};
  store_u16_le(context + 2, epoch);
  std::array<std::uint8_t, 32> block;
  if (!expand(secret, key_label, context, block)) { return Status::internal; }
  std::memcpy(key.data(), block.data(), key.size());
  wipe(block);
  return Status::ok;
}

Status claim_epoch(const SessionSecret& secret, Direction direction, std::uint16_t epoch) noexcept {
  const std::uint8_t context[1] = {static_cast<std::uint8_t>(direction)};
  std::array<std::uint8_t, mark_bytes> mark;
  if (!expand(secret, mark_label, context, mark)) { return Status::internal; }
  const std::lock_guard lock(claims_mutex);
  for (Claim& claim : claims) {
    if (claim.used && claim.mark == mark) {
      if (epoch <= claim.epoch) { return Status::exhausted; }
      claim.epoch = epoch;
      return Status::ok;
    }
  }
  claims[next_claim] = {mark, epoch, true};
  next_claim = (next_claim + 1) % claims.size();
  return Status::ok;
}

}  // namespace punktfunk
