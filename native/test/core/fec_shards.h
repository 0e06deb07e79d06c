// What the tests of the erasure codes share: the generator of the golden vectors, blocks of shards, SHA-256.
#pragma once

#include <openssl/evp.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/fec/cpu.h"

namespace fec_test {

class SplitMix64 {
 public:
  explicit SplitMix64(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }
  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(next() % bound); }
  void fill(std::uint8_t* bytes, std::size_t count) {
    for (std::size_t at = 0; at < count; at += 8) {
      const std::uint64_t value = next();
      std::memcpy(bytes + at, &value, std::min<std::size_t>(8, count - at));
    }
  }

 private:
  std::uint64_t state_;
};

// Shards of one size, each in its own allocation so that AddressSanitizer sees a single byte too many, at any
// alignment.
class Block {
 public:
  Block(std::size_t shards, std::size_t shard_bytes, std::size_t misalign = 0)
      : shard_bytes_(shard_bytes), bytes_(shards, std::vector<std::uint8_t>(shard_bytes + misalign)) {
    for (auto& shard : bytes_) pointers_.push_back(shard.data() + misalign);
  }
  void fill(SplitMix64& random) {
    for (auto* shard : pointers_) random.fill(shard, shard_bytes_);
  }
  std::uint8_t* const* data() { return pointers_.data(); }
  std::uint8_t* operator[](std::size_t i) { return pointers_[i]; }
  std::vector<std::uint8_t*>& pointers() { return pointers_; }
  std::vector<const std::uint8_t*> const_pointers() const { return {pointers_.begin(), pointers_.end()}; }

 private:
  std::size_t shard_bytes_;
  std::vector<std::vector<std::uint8_t>> bytes_;
  std::vector<std::uint8_t*> pointers_;
};

class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) { EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr); }
  void add(const std::uint8_t* bytes, std::size_t count) { EVP_DigestUpdate(context_.get(), bytes, count); }
  std::string hex() {
    std::uint8_t digest[32];
    EVP_DigestFinal_ex(context_.get(), digest, nullptr);
    std::string text;
    for (const std::uint8_t byte : digest) {
      text += "0123456789abcdef"[byte >> 4];
      text += "0123456789abcdef"[byte & 15];
    }
    return text;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

inline std::string sha256(const std::uint8_t* bytes, std::size_t count) {
  Sha256 hash;
  hash.add(bytes, count);
  return hash.hex();
}

inline nlohmann::json golden(const std::string& name) {
  std::ifstream file(std::string(PUNKTFUNK_TESTDATA) + "/fec/" + name);
  return nlohmann::json::parse(file);
}

inline std::vector<punktfunk::fec::Isa> available_isas() {
  std::vector<punktfunk::fec::Isa> isas;
  for (const auto isa : punktfunk::fec::every_isa)
    if (punktfunk::fec::isa_available(isa)) isas.push_back(isa);
  return isas;
}

// Pins an instruction set for a scope.
class ForcedIsa {
 public:
  explicit ForcedIsa(punktfunk::fec::Isa isa) { punktfunk::fec::force_isa(isa); }
  ~ForcedIsa() { punktfunk::fec::force_isa(std::nullopt); }
  ForcedIsa(const ForcedIsa&) = delete;
  ForcedIsa& operator=(const ForcedIsa&) = delete;
};

}  // namespace fec_test
