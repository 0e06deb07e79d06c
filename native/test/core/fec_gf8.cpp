#include <doctest/doctest.h>

#include <array>
#include <memory>
#include <numeric>

#include "case_count.h"
#include "core/fec/gf8.h"
#include "fec_shards.h"

using namespace fec_test;
using punktfunk::Status;
namespace gf8 = punktfunk::gf8;

namespace {

// Arithmetic from the definition alone, sharing nothing with the code under test.
unsigned slow_multiply(unsigned a, unsigned b) {
  unsigned product = 0;
  for (; b != 0; b >>= 1) {
    if ((b & 1) != 0) { product ^= a; }
    a = (a << 1) ^ ((a & 0x80) != 0 ? 0x11Du : 0u);
  }
  return product;
}

const std::array<std::array<std::uint8_t, 256>, 256>& products() {
  static const auto table = [] {
    auto made = std::make_unique<std::array<std::array<std::uint8_t, 256>, 256>>();
    for (unsigned a = 0; a < 256; ++a) {
      for (unsigned b = 0; b < 256; ++b) { (*made)[a][b] = static_cast<std::uint8_t>(slow_multiply(a, b)); }
    }
    return made;
  }();
  return *table;
}

std::uint8_t slow_inverse(std::uint8_t a) {
  for (unsigned b = 1; b < 256; ++b) {
    if (products()[a][b] == 1) { return static_cast<std::uint8_t>(b); }
  }
  return 0;
}

std::uint8_t reference_coefficient(gf8::Matrix matrix, std::size_t parity, std::size_t j, std::size_t i) {
  static constexpr std::uint8_t audio[2][4] = {{0x77, 0x40, 0x38, 0x0e}, {0xc7, 0xa7, 0x0d, 0x6c}};
  static const auto inverses = [] {
    std::array<std::uint8_t, 256> made{};
    for (unsigned a = 1; a < 256; ++a) { made[a] = slow_inverse(static_cast<std::uint8_t>(a)); }
    return made;
  }();
  return matrix == gf8::Matrix::audio ? audio[j][i] : inverses[(parity + i) ^ j];
}

void reference_encode(gf8::Matrix matrix, Block& data, std::size_t k, Block& parity, std::size_t m, std::size_t bytes) {
  for (std::size_t j = 0; j < m; ++j) {
    std::fill_n(parity[j], bytes, std::uint8_t{0});
    for (std::size_t i = 0; i < k; ++i) {
      const auto& row = products()[reference_coefficient(matrix, m, j, i)];
      for (std::size_t b = 0; b < bytes; ++b) { parity[j][b] ^= row[data[i][b]]; }
    }
  }
}

bool equal(Block& a, Block& b, std::size_t shards, std::size_t bytes) {
  for (std::size_t i = 0; i < shards; ++i) {
    if (std::memcmp(a[i], b[i], bytes) != 0) { return false; }
  }
  return true;
}

// Loses `lost` random shards of a block of k + m, decodes, compares the data; says what went wrong, or nothing.
std::string lose_and_repair(gf8::Matrix matrix, Block& data, Block& parity, std::size_t k, std::size_t m,
                            std::size_t bytes, std::size_t lost, SplitMix64& random) {
  std::vector<std::size_t> order(k + m);
  std::iota(order.begin(), order.end(), 0u);
  for (std::size_t i = 0; i < lost; ++i) { std::swap(order[i], order[i + random.below(order.size() - i)]); }
  const auto present = std::make_unique<bool[]>(k + m);
  std::fill_n(present.get(), k + m, true);
  for (std::size_t i = 0; i < lost; ++i) { present[order[i]] = false; }

  Block received(k + m, bytes);
  std::vector<std::uint8_t*> shards = received.pointers();
  for (std::size_t i = 0; i < k + m; ++i) {
    if (present[i]) {
      std::memcpy(received[i], i < k ? data[i] : parity[i - k], bytes);
    } else if (i >= k) {
      shards[i] = nullptr;
    }
  }
  const Status status = gf8::decode(matrix, shards, {present.get(), k + m}, k, bytes);
  if (lost > m) { return status == Status::unrecoverable ? "" : "too many losses were not refused"; }
  if (status != Status::ok) { return punktfunk::status_text(status); }
  return equal(received, data, k, bytes) ? "" : "repaired bytes differ";
}

void check_golden(const nlohmann::json& vector, gf8::Matrix matrix) {
  const std::size_t k = vector["k"], m = vector["m"], bytes = vector["shard_bytes"];
  CAPTURE(k);
  CAPTURE(m);
  CAPTURE(bytes);
  SplitMix64 random(vector["seed"]);
  Block data(k, bytes), parity(m, bytes);
  data.fill(random);
  Sha256 data_hash, parity_hash;
  for (std::size_t i = 0; i < k; ++i) { data_hash.add(data[i], bytes); }
  REQUIRE(data_hash.hex() == vector["data_sha256"].get<std::string>());
  REQUIRE(gf8::encode(matrix, data.const_pointers(), parity.pointers(), bytes) == Status::ok);
  for (std::size_t j = 0; j < m; ++j) {
    CHECK(sha256(parity[j], bytes) == vector["recovery_sha256"][j].get<std::string>());
    parity_hash.add(parity[j], bytes);
  }
  CHECK(parity_hash.hex() == vector["recovery_concat_sha256"].get<std::string>());
  for (std::size_t lost = 1; lost <= m + 1; lost = lost * 2 + 1) {
    CHECK(lose_and_repair(matrix, data, parity, k, m, bytes, lost, random) == "");
  }
  CHECK(lose_and_repair(matrix, data, parity, k, m, bytes, m, random) == "");
}

}  // namespace

TEST_CASE("gf8: parity equals the golden vectors on every instruction set") {
  const auto file = golden("nanors-gf8.json");
  for (const auto isa : available_isas()) {
    CAPTURE(punktfunk::fec::isa_name(isa));
    const ForcedIsa forced(isa);
    for (const auto& vector : file["vectors"]) { check_golden(vector, gf8::Matrix::video); }
    for (const auto& vector : file["audio"]["vectors"]) { check_golden(vector, gf8::Matrix::audio); }
  }
}

TEST_CASE("gf8: random blocks, sizes, alignments and losses against the definition, on every instruction set") {
  const auto cases = test::case_count(15000) / available_isas().size();
  for (const auto isa : available_isas()) {
    const ForcedIsa forced(isa);
    SplitMix64 random(8);
    for (std::size_t n = 0; n < cases; ++n) {
      const auto matrix = random.below(8) == 0 ? gf8::Matrix::audio : gf8::Matrix::video;
      const bool audio = matrix == gf8::Matrix::audio;
      const std::size_t limit = random.below(10) == 0 ? gf8::max_block_shards : 40;
      const std::size_t k = audio ? 4 : 1 + random.below(limit);
      const std::size_t m = audio ? 2 : random.below(std::min(limit, gf8::max_block_shards - k) + 1);
      const std::size_t bytes = 1 + random.below(random.below(4) == 0 ? 1500 : 200);
      INFO(punktfunk::fec::isa_name(isa), " case ", n, ": k ", k, " m ", m, " bytes ", bytes);
      Block data(k, bytes, random.below(64)), parity(m, bytes, random.below(64)), expected(m, bytes);
      data.fill(random);
      parity.fill(random);  // what was there before must not matter
      REQUIRE(gf8::encode(matrix, data.const_pointers(), parity.pointers(), bytes) == Status::ok);
      reference_encode(matrix, data, k, expected, m, bytes);
      REQUIRE(equal(parity, expected, m, bytes));
      REQUIRE(lose_and_repair(matrix, data, parity, k, m, bytes, random.below(m + 2), random) == "");
    }
  }
}

TEST_CASE("gf8: every loss pattern of small blocks is repaired or refused") {
  SplitMix64 random(88);
  const auto all_patterns = [&](gf8::Matrix matrix, std::size_t k, std::size_t m) {
    constexpr std::size_t bytes = 48;
    Block data(k, bytes), parity(m, bytes);
    data.fill(random);
    REQUIRE(gf8::encode(matrix, data.const_pointers(), parity.pointers(), bytes) == Status::ok);
    for (unsigned pattern = 0; pattern < (1u << (k + m)); ++pattern) {
      CAPTURE(pattern);
      Block received(k + m, bytes);
      const auto present = std::make_unique<bool[]>(k + m);
      std::size_t count = 0;
      for (std::size_t i = 0; i < k + m; ++i) {
        present[i] = ((pattern >> i) & 1) != 0;
        if (!present[i]) { continue; }
        ++count;
        std::memcpy(received[i], i < k ? data[i] : parity[i - k], bytes);
      }
      const Status status = gf8::decode(matrix, received.pointers(), {present.get(), k + m}, k, bytes);
      REQUIRE(status == (count >= k ? Status::ok : Status::unrecoverable));
      if (count >= k) { REQUIRE(equal(received, data, k, bytes)); }
    }
  };
  all_patterns(gf8::Matrix::audio, 4, 2);
  all_patterns(gf8::Matrix::video, 5, 4);
  all_patterns(gf8::Matrix::video, 1, 3);
}

TEST_CASE("gf8: shapes that cannot be are refused") {
  Block block(256, 16);
  auto data = block.const_pointers();
  auto& out = block.pointers();
  const auto encode = [&](gf8::Matrix matrix, std::size_t k, std::size_t m, std::size_t bytes) {
    return gf8::encode(matrix, std::span(data).first(k), std::span(out).last(m), bytes);
  };
  CHECK(encode(gf8::Matrix::video, 0, 2, 16) == Status::invalid_argument);
  CHECK(encode(gf8::Matrix::video, 4, 2, 0) == Status::invalid_argument);
  CHECK(encode(gf8::Matrix::video, 200, 56, 16) == Status::invalid_argument);
  CHECK(encode(gf8::Matrix::audio, 4, 3, 16) == Status::invalid_argument);
  CHECK(encode(gf8::Matrix::audio, 5, 2, 16) == Status::invalid_argument);
  CHECK(encode(gf8::Matrix::video, 255, 0, 16) == Status::ok);

  const std::array<bool, 6> present = {true, true, true, true, true, true};
  const auto shards = std::span<std::uint8_t* const>(out).first(6);
  CHECK(gf8::decode(gf8::Matrix::video, shards, present, 7, 16) == Status::invalid_argument);
  CHECK(gf8::decode(gf8::Matrix::video, shards, present, 0, 16) == Status::invalid_argument);
  CHECK(gf8::decode(gf8::Matrix::video, shards, std::span(present).first(5), 4, 16) == Status::invalid_argument);
  CHECK(gf8::decode(gf8::Matrix::audio, shards, present, 3, 16) == Status::invalid_argument);
  CHECK(gf8::decode(gf8::Matrix::audio, shards, present, 4, 16) == Status::ok);
}
