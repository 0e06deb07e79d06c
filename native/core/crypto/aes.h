// AES-128-GCM and AES-128-CBC as GameStream uses them, over the OpenSSL that is in the process: the runtime's own
// inside an addon, the system's in a standalone binary. One object a key, a direction and a thread; contexts are
// reused, so that sealing a packet sets only the nonce (docs/transport.md, 3).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "core/status.h"

namespace punktfunk {

inline constexpr std::size_t aes_key_bytes = 16;
inline constexpr std::size_t gcm_tag_bytes = 16;
using AesKey = std::array<std::uint8_t, aes_key_bytes>;

class Aes128Gcm {
 public:
  explicit Aes128Gcm(const AesKey& key);
  ~Aes128Gcm();
  Aes128Gcm(Aes128Gcm&&) noexcept;
  Aes128Gcm& operator=(Aes128Gcm&&) noexcept;

  // nonce: 12 bytes (GCM's own length), or 16 for GameStream's old control scheme. cipher may equal plain (in place) or
  // not overlap it; it is plain.size() long. tag: 16 bytes. Never call twice with one nonce.
  Status seal(std::span<const std::uint8_t> nonce, std::span<const std::uint8_t> plain, std::uint8_t* cipher,
              std::uint8_t* tag) noexcept;
  // not_authentic when the tag does not verify; plain is then unspecified and must not be used.
  Status open(std::span<const std::uint8_t> nonce, std::span<const std::uint8_t> cipher, const std::uint8_t* tag,
              std::uint8_t* plain) noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

class Aes128Cbc {
 public:
  explicit Aes128Cbc(const AesKey& key);
  ~Aes128Cbc();
  Aes128Cbc(Aes128Cbc&&) noexcept;
  Aes128Cbc& operator=(Aes128Cbc&&) noexcept;

  static constexpr std::size_t padded_size(std::size_t plain_bytes) { return (plain_bytes / 16 + 1) * 16; }
  // PKCS#7. cipher has room for padded_size(plain.size()).
  Status encrypt(std::span<const std::uint8_t, 16> iv, std::span<const std::uint8_t> plain,
                 std::uint8_t* cipher) noexcept;
  // plain has room for cipher.size(); plain_bytes is set to the length without padding. malformed on bad padding.
  Status decrypt(std::span<const std::uint8_t, 16> iv, std::span<const std::uint8_t> cipher, std::uint8_t* plain,
                 std::size_t& plain_bytes) noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace punktfunk
