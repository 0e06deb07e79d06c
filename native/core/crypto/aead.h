// Authenticated encryption of punktfunk/1 datagrams: AES-128-GCM, or ChaCha20-Poly1305 for machines without AES
// instructions. One object a key, a use and a thread; a packet sets only its nonce, a new key reuses the context
// (docs/transport.md, 3).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "core/status.h"

namespace punktfunk {

enum class AeadSuite : std::uint8_t { aes128_gcm = 1, chacha20_poly1305 = 2 };

inline constexpr std::size_t aead_nonce_bytes = 12;
inline constexpr std::size_t aead_tag_bytes = 16;
inline constexpr std::size_t max_aead_key_bytes = 32;
constexpr bool aead_suite_ok(AeadSuite suite) {
  return suite == AeadSuite::aes128_gcm || suite == AeadSuite::chacha20_poly1305;
}
constexpr std::size_t aead_key_bytes(AeadSuite suite) {
  return suite == AeadSuite::aes128_gcm ? 16 : 32;
}

class Aead {
 public:
  enum class Use { seal, open };

  // No key yet: set_key comes first. unsupported through set_key when the crypto library lacks the suite.
  Aead(AeadSuite suite, Use use);
  ~Aead();
  Aead(Aead&&) noexcept;
  Aead& operator=(Aead&&) noexcept;

  // key: aead_key_bytes(suite) long. The key before it is overwritten. Allocation-free.
  Status set_key(std::span<const std::uint8_t> key) noexcept;

  // cipher may equal plain or not overlap it; tag: 16 bytes. wrong_state without a key or for the other use.
  Status seal(std::span<const std::uint8_t, aead_nonce_bytes> nonce, std::span<const std::uint8_t> associated,
              std::span<const std::uint8_t> plain, std::uint8_t* cipher, std::uint8_t* tag) noexcept;
  // not_authentic when the tag does not verify; plain is then unspecified and must not be used.
  Status open(std::span<const std::uint8_t, aead_nonce_bytes> nonce, std::span<const std::uint8_t> associated,
              std::span<const std::uint8_t> cipher, const std::uint8_t* tag, std::uint8_t* plain) noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace punktfunk
