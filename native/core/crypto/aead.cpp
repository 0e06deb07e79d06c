#include "core/crypto/aead.h"

#include <openssl/evp.h>

#include <climits>
#include <cstring>

namespace punktfunk {

struct Aead::State {
  AeadSuite suite;
  Use use;
  EVP_CIPHER_CTX* context;
  bool keyed = false;

  State(AeadSuite s, Use u) : suite(s), use(u), context(EVP_CIPHER_CTX_new()) {
    const EVP_CIPHER* cipher = suite == AeadSuite::aes128_gcm ? EVP_aes_128_gcm() : EVP_chacha20_poly1305();
    if (context && EVP_CipherInit_ex(context, cipher, nullptr, nullptr, nullptr, use == Use::seal ? 1 : 0) != 1) {
      EVP_CIPHER_CTX_free(context);
      context = nullptr;
    }
  }
  ~State() { EVP_CIPHER_CTX_free(context); }  // wipes the key
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  [[nodiscard]] bool ready(Use wanted) const { return context && keyed && use == wanted; }

  // Everything up to the tag: nonce, associated data, bytes.
  bool run(const std::uint8_t* nonce, std::span<const std::uint8_t> associated, std::span<const std::uint8_t> in,
           std::uint8_t* out) {
    int written = 0;
    return EVP_CipherInit_ex(context, nullptr, nullptr, nullptr, nonce, -1) == 1 &&
           (associated.empty() || EVP_CipherUpdate(context, nullptr, &written, associated.data(),
                                                   static_cast<int>(associated.size())) == 1) &&
           (in.empty() || EVP_CipherUpdate(context, out, &written, in.data(), static_cast<int>(in.size())) == 1);
  }
};

Aead::Aead(AeadSuite suite, Use use) : state_(std::make_unique<State>(suite, use)) {}
Aead::~Aead() = default;
Aead::Aead(Aead&&) noexcept = default;
Aead& Aead::operator=(Aead&&) noexcept = default;

Status Aead::set_key(std::span<const std::uint8_t> key) noexcept {
  State& s = *state_;
  if (!aead_suite_ok(s.suite) || key.size() != aead_key_bytes(s.suite)) { return Status::invalid_argument; }
  if (!s.context) { return Status::unsupported; }
  s.keyed = EVP_CipherInit_ex(s.context, nullptr, nullptr, key.data(), nullptr, -1) == 1;
  return s.keyed ? Status::ok : Status::internal;
}

Status Aead::seal(std::span<const std::uint8_t, aead_nonce_bytes> nonce, std::span<const std::uint8_t> associated,
                  std::span<const std::uint8_t> plain, std::uint8_t* cipher, std::uint8_t* tag) noexcept {
  State& s = *state_;
  if (!s.ready(Use::seal)) { return Status::wrong_state; }
  if (!tag || (!cipher && !plain.empty()) || plain.size() > INT_MAX / 2 || associated.size() > INT_MAX / 2) {
    return Status::invalid_argument;
  }
  std::uint8_t none[16];
  int rest = 0;
  const bool sealed = s.run(nonce.data(), associated, plain, cipher) &&
                      EVP_CipherFinal_ex(s.context, none, &rest) == 1 &&
                      EVP_CIPHER_CTX_ctrl(s.context, EVP_CTRL_AEAD_GET_TAG, aead_tag_bytes, tag) == 1;
  return sealed ? Status::ok : Status::internal;
}

Status Aead::open(std::span<const std::uint8_t, aead_nonce_bytes> nonce, std::span<const std::uint8_t> associated,
                  std::span<const std::uint8_t> cipher, const std::uint8_t* tag, std::uint8_t* plain) noexcept {
  State& s = *state_;
  if (!s.ready(Use::open)) { return Status::wrong_state; }
  if (!tag || (!plain && !cipher.empty()) || cipher.size() > INT_MAX / 2 || associated.size() > INT_MAX / 2) {
    return Status::invalid_argument;
  }
  std::uint8_t expected[aead_tag_bytes], none[16];
  std::memcpy(expected, tag, aead_tag_bytes);
  int rest = 0;
  if (!s.run(nonce.data(), associated, cipher, plain) ||
      EVP_CIPHER_CTX_ctrl(s.context, EVP_CTRL_AEAD_SET_TAG, aead_tag_bytes, expected) != 1) {
    return Status::internal;
  }
  return EVP_CipherFinal_ex(s.context, none, &rest) == 1 ? Status::ok : Status::not_authentic;
}

}  // namespace punktfunk
