// What the tests of the erasure codes share: the generator of the golden vectors, blocks of shards, SHA-256.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "core/fec/cpu.h"
#include "impair/random.h"
#include "test/core/json.h"

namespace fec_test {

class SplitMix64 : public punktfunk::SeededRandom {
 public:
  using SeededRandom::SeededRandom;
  void fill(std::uint8_t* bytes, std::size_t count) {
    for (std::size_t at = 0; at < count; at += 8) {
      const std::uint64_t value = next();
      std::memcpy(bytes + at, &value, std::min<std::size_t>(8, count - at));
    }
  }
};

// Shards of one size, each in its own allocation so that AddressSanitizer sees a single byte too many, at any
// alignment.
class Block {
 public:
  Block(std::size_t shards, std::size_t shard_bytes, std::size_t misalign = 0)
      : shard_bytes_(shard_bytes), bytes_(shards, std::vector<std::uint8_t>(shard_bytes + misalign)) {
    for (auto& shard : bytes_) { pointers_.push_back(shard.data() + misalign); }
  }
  void fill(SplitMix64& random) {
    for (auto* shard : pointers_) { random.fill(shard, shard_bytes_); }
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

// FIPS 180-4, here so that these tests need no library and run on any machine that a cross-compiler builds for.
class Sha256 {
 public:
  void add(const std::uint8_t* bytes, std::size_t count) {
    total_ += count;
    while (count > 0) {
      const std::size_t take = std::min(count, sizeof block_ - used_);
      std::memcpy(block_ + used_, bytes, take);
      used_ += take;
      bytes += take;
      count -= take;
      if (used_ == sizeof block_) { mix(); }
    }
  }
  std::string hex() {
    const std::uint64_t bits = total_ * 8;
    const std::uint8_t one = 0x80, zero = 0;
    add(&one, 1);
    while (used_ != 56) { add(&zero, 1); }
    for (int shift = 56; shift >= 0; shift -= 8) {
      const auto byte = static_cast<std::uint8_t>(bits >> shift);
      add(&byte, 1);
    }
    std::string text;
    for (const std::uint32_t word : state_) {
      for (int shift = 28; shift >= 0; shift -= 4) { text += "0123456789abcdef"[(word >> shift) & 15]; }
    }
    return text;
  }

 private:
  static std::uint32_t rotate(std::uint32_t x, int n) { return (x >> n) | (x << (32 - n)); }
  void mix() {
    static constexpr std::uint32_t k[64] = {
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
        0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
        0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
        0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};
    std::uint32_t w[64];
    for (int i = 0; i < 16; ++i) {
      w[i] = static_cast<std::uint32_t>(block_[4 * i] << 24 | block_[4 * i + 1] << 16 | block_[4 * i + 2] << 8 |
                                        block_[4 * i + 3]);
    }
    for (int i = 16; i < 64; ++i) {
      w[i] = w[i - 16] + (rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ (w[i - 15] >> 3)) + w[i - 7] +
             (rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ (w[i - 2] >> 10));
    }
    std::uint32_t v[8];
    std::copy_n(state_, 8, v);
    for (int i = 0; i < 64; ++i) {
      const std::uint32_t t1 = v[7] + (rotate(v[4], 6) ^ rotate(v[4], 11) ^ rotate(v[4], 25)) +
                               ((v[4] & v[5]) ^ (~v[4] & v[6])) + k[i] + w[i];
      const std::uint32_t t2 =
          (rotate(v[0], 2) ^ rotate(v[0], 13) ^ rotate(v[0], 22)) + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
      std::copy_backward(v, v + 7, v + 8);
      v[4] += t1;
      v[0] = t1 + t2;
    }
    for (int i = 0; i < 8; ++i) { state_[i] += v[i]; }
    used_ = 0;
  }

  std::uint32_t state_[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                             0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::uint8_t block_[64];
  std::size_t used_ = 0;
  std::uint64_t total_ = 0;
};

inline std::string sha256(const std::uint8_t* bytes, std::size_t count) {
  Sha256 hash;
  hash.add(bytes, count);
  return hash.hex();
}

inline nlohmann::json golden(const std::string& name) {
  return test::json_file(PUNKTFUNK_TESTDATA "/fec/" + name);
}

inline std::vector<punktfunk::fec::Isa> available_isas() {
  std::vector<punktfunk::fec::Isa> isas;
  for (const auto isa : punktfunk::fec::every_isa) {
    if (punktfunk::fec::isa_available(isa)) { isas.push_back(isa); }
  }
  return isas;
}

// GFNI and AVX-512 are plain C++ in this build (fec_alone/emulated_gfni.h), and slow.
#if defined(PUNKTFUNK_GFNI_EMULATED)
inline constexpr bool emulated = true;
#else
inline constexpr bool emulated = false;
#endif

// Pins an instruction set for a scope.
class ForcedIsa {
 public:
  explicit ForcedIsa(punktfunk::fec::Isa isa) { punktfunk::fec::force_isa(isa); }
  ~ForcedIsa() { punktfunk::fec::force_isa(std::nullopt); }
  ForcedIsa(const ForcedIsa&) = delete;
  ForcedIsa& operator=(const ForcedIsa&) = delete;
};

}  // namespace fec_test
