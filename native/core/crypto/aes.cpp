#include "core/crypto/aes.h"

#include <openssl/evp.h>

#include <climits>
#include <cstring>

namespace punktfunk {
namespace {

using Context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

constexpr std::size_t gcm_nonce_bytes = 12;
constexpr std::size_t legacy_nonce_bytes = 16;

// The key schedule is computed here, once; a message then sets only its nonce. EVP_CIPHER_CTX_free wipes it.
Context keyed(const EVP_CIPHER* cipher, const AesKey& key, bool encrypt) {
  Context context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  if (context && EVP_CipherInit_ex(context.get(), cipher, nullptr, key.data(), nullptr, encrypt ? 1 : 0) != 1) {
    context.reset();
  }
  return context;
}

// EVP takes int lengths; nothing that comes near is ever a packet.
bool length_fits(std::size_t bytes) {
  return bytes <= INT_MAX - 32;
}

struct GcmDirection {
  Context context;
  std::size_t nonce_bytes = gcm_nonce_bytes;

  // Setting the nonce length drops the context's nonce state, so it is done only when the length changes.
  bool set_nonce(std::span<const std::uint8_t> nonce) {
    if (nonce.size() != nonce_bytes) {
      if (EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_IVLEN, static_cast<int>(nonce.size()), nullptr) != 1) {
        return false;
      }
      nonce_bytes = nonce.size();
    }
    return EVP_CipherInit_ex(context.get(), nullptr, nullptr, nullptr, nonce.data(), -1) == 1;
  }
};

bool nonce_size_ok(std::size_t bytes) {
  return bytes == gcm_nonce_bytes || bytes == legacy_nonce_bytes;
}

}  // namespace

struct Aes128Gcm::State {
  GcmDirection seal, open;
};

Aes128Gcm::Aes128Gcm(const AesKey& key)
    : state_(std::make_unique<State>(
          State{{keyed(EVP_aes_128_gcm(), key, true)}, {keyed(EVP_aes_128_gcm(), key, false)}})) {}
Aes128Gcm::~Aes128Gcm() = default;
Aes128Gcm::Aes128Gcm(Aes128Gcm&&) noexcept = default;
Aes128Gcm& Aes128Gcm::operator=(Aes128Gcm&&) noexcept = default;

Status Aes128Gcm::seal(std::span<const std::uint8_t> nonce, std::span<const std::uint8_t> plain, std::uint8_t* cipher,
                       std::uint8_t* tag) noexcept {
  if (!nonce_size_ok(nonce.size()) || !length_fits(plain.size()) || !tag || (!cipher && !plain.empty())) {
    return Status::invalid_argument;
  }
  GcmDirection& direction = state_->seal;
  EVP_CIPHER_CTX* context = direction.context.get();
  int written = 0, rest = 0;
  if (!context || !direction.set_nonce(nonce)) { return Status::internal; }
  if (!plain.empty() &&
      EVP_EncryptUpdate(context, cipher, &written, plain.data(), static_cast<int>(plain.size())) != 1) {
    return Status::internal;
  }
  std::uint8_t none[16];
  if (EVP_EncryptFinal_ex(context, none, &rest) != 1 ||
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, gcm_tag_bytes, tag) != 1) {
    return Status::internal;
  }
  return Status::ok;
}

Status Aes128Gcm::open(std::span<const std::uint8_t> nonce, std::span<const std::uint8_t> cipher,
                       const std::uint8_t* tag, std::uint8_t* plain) noexcept {
  if (!nonce_size_ok(nonce.size()) || !length_fits(cipher.size()) || !tag || (!plain && !cipher.empty())) {
    return Status::invalid_argument;
  }
  GcmDirection& direction = state_->open;
  EVP_CIPHER_CTX* context = direction.context.get();
  if (!context || !direction.set_nonce(nonce)) { return Status::internal; }
  std::uint8_t expected[gcm_tag_bytes];
  std::memcpy(expected, tag, gcm_tag_bytes);
  int written = 0, rest = 0;
  if (EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, gcm_tag_bytes, expected) != 1) { return Status::internal; }
  if (!cipher.empty() &&
      EVP_DecryptUpdate(context, plain, &written, cipher.data(), static_cast<int>(cipher.size())) != 1) {
    return Status::internal;
  }
  std::uint8_t none[16];
  return EVP_DecryptFinal_ex(context, none, &rest) == 1 ? Status::ok : Status::not_authentic;
}

struct Aes128Cbc::State {
  Context encrypt, decrypt;
};

Aes128Cbc::Aes128Cbc(const AesKey& key)
    : state_(
          std::make_unique<State>(State{keyed(EVP_aes_128_cbc(), key, true), keyed(EVP_aes_128_cbc(), key, false)})) {}
Aes128Cbc::~Aes128Cbc() = default;
Aes128Cbc::Aes128Cbc(Aes128Cbc&&) noexcept = default;
Aes128Cbc& Aes128Cbc::operator=(Aes128Cbc&&) noexcept = default;

Status Aes128Cbc::encrypt(std::span<const std::uint8_t, 16> iv, std::span<const std::uint8_t> plain,
                          std::uint8_t* cipher) noexcept {
  EVP_CIPHER_CTX* context = state_->encrypt.get();
  if (!cipher || !length_fits(plain.size())) { return Status::invalid_argument; }
  int written = 0, rest = 0;
  if (!context || EVP_CipherInit_ex(context, nullptr, nullptr, nullptr, iv.data(), -1) != 1 ||
      (!plain.empty() &&
       EVP_EncryptUpdate(context, cipher, &written, plain.data(), static_cast<int>(plain.size())) != 1) ||
      EVP_EncryptFinal_ex(context, cipher + written, &rest) != 1) {
    return Status::internal;
  }
  return Status::ok;
}

Status Aes128Cbc::decrypt(std::span<const std::uint8_t, 16> iv, std::span<const std::uint8_t> cipher,
                          std::uint8_t* plain, std::size_t& plain_bytes) noexcept {
  plain_bytes = 0;
  EVP_CIPHER_CTX* context = state_->decrypt.get();
  if (!plain || !length_fits(cipher.size())) { return Status::invalid_argument; }
  if (cipher.empty() || cipher.size() % 16 != 0) { return Status::malformed; }
  int written = 0, rest = 0;
  if (!context || EVP_CipherInit_ex(context, nullptr, nullptr, nullptr, iv.data(), -1) != 1 ||
      EVP_DecryptUpdate(context, plain, &written, cipher.data(), static_cast<int>(cipher.size())) != 1) {
    return Status::internal;
  }
  if (EVP_DecryptFinal_ex(context, plain + written, &rest) != 1) { return Status::malformed; }
  plain_bytes = static_cast<std::size_t>(written) + static_cast<std::size_t>(rest);
  return Status::ok;
}

}  // namespace punktfunk
