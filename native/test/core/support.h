// What the core's tests share: bytes from hex and base64, SHA-256, seeded random numbers, keys.
#pragma once

#include <openssl/evp.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "core/crypto/aes.h"
#include "impair/random.h"

namespace test {

using Bytes = std::vector<std::uint8_t>;

inline Bytes from_hex(std::string_view hex) {
  Bytes out;
  int high = -1;
  for (const char c : hex) {
    if (c == ' ') { continue; }
    const auto digit = std::string_view("0123456789abcdef").find(c);
    if (digit == std::string_view::npos) { throw std::runtime_error("not lower-case hex"); }
    if (high < 0) {
      high = static_cast<int>(digit);
    } else {
      out.push_back(static_cast<std::uint8_t>(high * 16 + static_cast<int>(digit)));
      high = -1;
    }
  }
  if (high >= 0) { throw std::runtime_error("odd number of hex digits"); }
  return out;
}

inline std::string to_hex(std::span<const std::uint8_t> bytes) {
  std::string out;
  for (const std::uint8_t b : bytes) {
    out += "0123456789abcdef"[b >> 4];
    out += "0123456789abcdef"[b & 15];
  }
  return out;
}

inline Bytes from_base64(std::string_view text) {
  Bytes out(text.size() / 4 * 3);
  if (EVP_DecodeBlock(out.data(), reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size())) <
      0) {
    throw std::runtime_error("not base64");
  }
  while (!text.empty() && text.back() == '=') {
    out.pop_back();
    text.remove_suffix(1);
  }
  return out;
}

inline std::string sha256(std::span<const std::uint8_t> bytes) {
  std::uint8_t digest[32];
  if (EVP_Digest(bytes.data(), bytes.size(), digest, nullptr, EVP_sha256(), nullptr) != 1) {
    throw std::runtime_error("SHA-256 failed");
  }
  return to_hex(digest);
}

inline punktfunk::AesKey key_from_hex(std::string_view hex) {
  const Bytes bytes = from_hex(hex);
  punktfunk::AesKey key{};
  if (bytes.size() != key.size()) { throw std::runtime_error("not a 128-bit key"); }
  std::copy(bytes.begin(), bytes.end(), key.begin());
  return key;
}

class Random : public punktfunk::SeededRandom {
 public:
  using SeededRandom::SeededRandom;
  Bytes bytes(std::size_t count) {
    Bytes out(count);
    for (auto& b : out) { b = static_cast<std::uint8_t>(next()); }
    return out;
  }
  template <typename T>
  void shuffle(std::vector<T>& items) {
    for (std::size_t i = items.size(); i > 1; --i) { std::swap(items[i - 1], items[below(i)]); }
  }
};

}  // namespace test
