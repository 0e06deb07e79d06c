#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <numeric>

#include "case_count.h"
#include "core/fec/gf16.h"
#include "core/fec/gf16_decoder.h"
#include "fec_shards.h"

using namespace fec_test;
using punktfunk::Status;
namespace gf16 = punktfunk::gf16;

namespace {

// The code from its description alone (native/test/testdata/fec/README.md and gf16.h), sharing nothing with the code
// under test: numbers in a Cantor basis, parity by the Cauchy formula.
class Reference {
 public:
  Reference() {
    std::vector<std::uint16_t> number(65536);
    for (unsigned n = 0; n < 65536; ++n) {
      unsigned element = 0;
      for (unsigned bit = 0; bit < 16; ++bit) {
        if (((n >> bit) & 1) != 0) { element ^= basis[bit]; }
      }
      number[element] = static_cast<std::uint16_t>(n);
    }
    unsigned power = 1;
    for (unsigned i = 0; i < 65535; ++i) {
      exp_[i] = number[power];
      log_[number[power]] = static_cast<std::uint16_t>(i);
      power <<= 1;
      if ((power & 0x10000) != 0) { power ^= 0x1002D; }
    }
  }

  std::uint16_t multiply(std::uint16_t a, std::uint16_t b) const {
    return a == 0 || b == 0 ? std::uint16_t{0} : exp_[(log_[a] + log_[b]) % 65535u];
  }
  std::uint16_t divide(std::uint16_t a, std::uint16_t b) const {
    return a == 0 ? std::uint16_t{0} : exp_[(log_[a] + 65535u - log_[b]) % 65535u];
  }

  // G[a][i] = c / (point of parity xor point of data), with c the product over the first group of points of the
  // distance to the group of the shard that lies outside it, divided by the product of the group's points but 0.
  void encode(Block& data, std::size_t k, Block& parity, std::size_t m, std::size_t bytes) const {
    std::size_t big_k = 1, big_m = 1;
    while (big_k < k) { big_k *= 2; }
    while (big_m < m) { big_m *= 2; }
    const bool high = big_m <= big_k;
    const std::size_t group = high ? big_m : big_k;
    std::vector<std::uint16_t> group_factor((high ? k : m) / group + 1);
    for (std::size_t g = 0; g < group_factor.size(); ++g) {
      std::uint16_t product = 1;
      for (std::size_t v = 0; v < group; ++v) {
        product = multiply(product, static_cast<std::uint16_t>((group + g * group) ^ v));
      }
      for (std::size_t v = 1; v < group; ++v) { product = divide(product, static_cast<std::uint16_t>(v)); }
      group_factor[g] = product;
    }
    for (std::size_t j = 0; j < m; ++j) {
      std::fill_n(parity[j], bytes, std::uint8_t{0});
      for (std::size_t i = 0; i < k; ++i) {
        const std::size_t distance = high ? j ^ (group + i) : (group + j) ^ i;
        const std::uint16_t factor = group_factor[(high ? i : j) / group];
        add_product(parity[j], data[i], divide(factor, static_cast<std::uint16_t>(distance)), bytes);
      }
    }
  }

 private:
  static constexpr unsigned basis[16] = {0x0001, 0xACCA, 0x3C0E, 0x163E, 0xC582, 0xED2E, 0x914C, 0x4012,
                                         0x6C98, 0x10D8, 0x6A72, 0xB900, 0xFDB8, 0xFB34, 0xFF38, 0x991E};

  void add_product(std::uint8_t* to, const std::uint8_t* from, std::uint16_t factor, std::size_t bytes) const {
    for (std::size_t chunk = 0; chunk < bytes; chunk += 64) {
      const std::size_t half = std::min<std::size_t>(64, bytes - chunk) / 2;
      for (std::size_t e = chunk; e < chunk + half; ++e) {
        const std::uint16_t product = multiply(static_cast<std::uint16_t>(from[e] | (from[e + half] << 8)), factor);
        to[e] ^= static_cast<std::uint8_t>(product);
        to[e + half] ^= static_cast<std::uint8_t>(product >> 8);
      }
    }
  }

  std::vector<std::uint16_t> exp_ = std::vector<std::uint16_t>(65535);
  std::vector<std::uint16_t> log_ = std::vector<std::uint16_t>(65536);
};

const Reference& reference() {
  static const Reference made;
  return made;
}

bool equal(Block& a, Block& b, std::size_t shards, std::size_t bytes) {
  for (std::size_t i = 0; i < shards; ++i) {
    if (std::memcmp(a[i], b[i], bytes) != 0) { return false; }
  }
  return true;
}

struct Shape {
  std::size_t k, m, bytes;
};

// Loses `lost` random shards of the block, decodes, compares the data; says what went wrong, or nothing.
std::string lose_and_repair(gf16::Decoder& decoder, const Shape& shape, Block& data, Block& parity, std::size_t lost,
                            SplitMix64& random) {
  const std::size_t total = shape.k + shape.m;
  std::vector<std::size_t> order(total);
  std::iota(order.begin(), order.end(), 0u);
  const auto present = std::make_unique<bool[]>(total);
  std::fill_n(present.get(), total, true);
  for (std::size_t i = 0; i < lost; ++i) {
    std::swap(order[i], order[i + random.below(total - i)]);
    present[order[i]] = false;
  }
  Block rebuilt(shape.k, shape.bytes);
  std::vector<std::uint8_t*> shards(total);
  for (std::size_t i = 0; i < total; ++i) {
    if (i < shape.k) {
      shards[i] = present[i] ? data[i] : rebuilt[i];
    } else {
      shards[i] = present[i] ? parity[i - shape.k] : nullptr;
    }
  }
  const Status status = decoder.decode(shards, {present.get(), total}, shape.k, shape.bytes);
  if (lost > shape.m) { return status == Status::unrecoverable ? "" : "too many losses were not refused"; }
  if (status != Status::ok) { return punktfunk::status_text(status); }
  for (std::size_t i = 0; i < shape.k; ++i) {
    if (!present[i] && std::memcmp(rebuilt[i], data[i], shape.bytes) != 0) { return "repaired bytes differ"; }
  }
  return "";
}

class ForcedRepair {
 public:
  explicit ForcedRepair(gf16::Repair repair) { gf16::force_repair(repair); }
  ~ForcedRepair() { gf16::force_repair(std::nullopt); }
  ForcedRepair(const ForcedRepair&) = delete;
  ForcedRepair& operator=(const ForcedRepair&) = delete;
};

constexpr gf16::Repair every_repair[] = {gf16::Repair::syndromes, gf16::Repair::interpolation,
                                         gf16::Repair::whole_block};

void check_golden(const nlohmann::json& vector) {
  const Shape shape{vector["k"], vector["m"], vector["shard_bytes"]};
  CAPTURE(shape.k);
  CAPTURE(shape.m);
  CAPTURE(shape.bytes);
  SplitMix64 random(vector["seed"]);
  Block data(shape.k, shape.bytes), parity(shape.m, shape.bytes);
  data.fill(random);
  Sha256 data_hash, parity_hash;
  for (std::size_t i = 0; i < shape.k; ++i) { data_hash.add(data[i], shape.bytes); }
  REQUIRE(data_hash.hex() == vector["data_sha256"].get<std::string>());
  const gf16::Limits limits{shape.k, shape.m, shape.bytes};
  gf16::Encoder encoder(limits);
  REQUIRE(encoder.encode(data.const_pointers(), parity.pointers(), shape.bytes) == Status::ok);
  for (std::size_t j = 0; j < shape.m; ++j) { parity_hash.add(parity[j], shape.bytes); }
  CHECK(parity_hash.hex() == vector["recovery_concat_sha256"].get<std::string>());
  if (vector.contains("recovery_sha256")) {
    for (std::size_t j = 0; j < shape.m; ++j) {
      CHECK(sha256(parity[j], shape.bytes) == vector["recovery_sha256"][j].get<std::string>());
    }
  }

  gf16::Decoder decoder(limits);
  for (const auto repair : every_repair) {
    const ForcedRepair forced(repair);
    const std::size_t most = repair == gf16::Repair::syndromes ? std::min<std::size_t>(shape.m, 300) : shape.m;
    CHECK(lose_and_repair(decoder, shape, data, parity, 1, random) == "");
    CHECK(lose_and_repair(decoder, shape, data, parity, most, random) == "");
  }
}

}  // namespace

TEST_CASE("gf16: parity equals the golden vectors on every instruction set") {
  for (const auto isa : available_isas()) {
    CAPTURE(punktfunk::fec::isa_name(isa));
    const ForcedIsa forced(isa);
    for (const char* name : {"leopard-ff16.json", "ff16-small.json", "rs-simd-extra.json"}) {
      const auto file = golden(name);
      for (const auto& vector : file["vectors"]) {
        // The largest blocks are left to the fast sets: they tell nothing new about a kernel.
        const bool slow = isa < punktfunk::fec::Isa::avx2 || (emulated && isa > punktfunk::fec::Isa::avx2);
        if (slow && std::size_t{vector["k"]} > 4000) { continue; }
        check_golden(vector);
      }
    }
  }
}

TEST_CASE("gf16: random blocks, sizes, steps and losses against the definition, on every instruction set") {
  const auto cases = test::case_count(90000) / available_isas().size();
  const gf16::Limits limits{320, 320, 1600};
  gf16::Encoder encoder(limits);
  gf16::Decoder decoder(limits);
  for (const auto isa : available_isas()) {
    const ForcedIsa forced(isa);
    SplitMix64 random(16);
    for (std::size_t n = 0; n < cases; ++n) {
      const std::size_t most = random.below(200) == 0 ? 320 : random.below(20) == 0 ? 40 : 12;
      const Shape shape{1 + random.below(most), 1 + random.below(most),
                        2 + 2 * random.below(random.below(50) == 0 ? 800 : 100)};
      INFO(punktfunk::fec::isa_name(isa), " case ", n, ": k ", shape.k, " m ", shape.m, " bytes ", shape.bytes);
      Block data(shape.k, shape.bytes, random.below(64)), parity(shape.m, shape.bytes, random.below(64)),
          expected(shape.m, shape.bytes);
      data.fill(random);
      reference().encode(data, shape.k, expected, shape.m, shape.bytes);
      REQUIRE(encoder.encode(data.const_pointers(), parity.pointers(), shape.bytes) == Status::ok);
      REQUIRE(equal(parity, expected, shape.m, shape.bytes));

      // The same in steps of any size.
      for (std::size_t j = 0; j < shape.m; ++j) { random.fill(parity[j], shape.bytes); }
      REQUIRE(encoder.begin(shape.m, shape.bytes) == Status::ok);
      const auto pointers = data.const_pointers();
      for (std::size_t at = 0; at < shape.k;) {
        const std::size_t step = 1 + random.below(shape.k - at);
        REQUIRE(encoder.add(std::span(pointers).subspan(at, step)) == Status::ok);
        at += step;
      }
      REQUIRE(encoder.finish(parity.pointers()) == Status::ok);
      REQUIRE(equal(parity, expected, shape.m, shape.bytes));

      const ForcedRepair repair(every_repair[random.below(3)]);
      REQUIRE(lose_and_repair(decoder, shape, data, parity, random.below(shape.m + 2), random) == "");
    }
  }
}

TEST_CASE("gf16: large blocks are repaired whichever way the cost picks") {
  SplitMix64 random(160);
  const gf16::Limits limits{6000, 1500, 200};
  gf16::Encoder encoder(limits);
  gf16::Decoder decoder(limits);
  for (const Shape shape :
       {Shape{6000, 1500, 64}, Shape{1515, 303, 200}, Shape{1024, 1024, 66}, Shape{700, 1500, 32}}) {
    CAPTURE(shape.k);
    Block data(shape.k, shape.bytes), parity(shape.m, shape.bytes);
    data.fill(random);
    REQUIRE(encoder.encode(data.const_pointers(), parity.pointers(), shape.bytes) == Status::ok);
    for (const std::size_t lost : {std::size_t{1}, shape.m / 10, shape.m / 2, shape.m, shape.m + 1}) {
      CHECK(lose_and_repair(decoder, shape, data, parity, lost, random) == "");
    }
  }
}

TEST_CASE("gf16: every block of up to 65536 shards can be encoded and repaired") {
  const ForcedIsa forced(emulated ? punktfunk::fec::Isa::avx2 : punktfunk::fec::current_isa());
  SplitMix64 random(161);
  for (const Shape shape : {Shape{40000, 20000, 2}, Shape{33000, 32536, 4}, Shape{20000, 45000, 2}, Shape{65535, 1, 2},
                            Shape{1, 65535, 2}, Shape{32768, 32768, 2}}) {
    CAPTURE(shape.k);
    CAPTURE(shape.m);
    const gf16::Limits limits{shape.k, shape.m, shape.bytes};
    gf16::Encoder encoder(limits);
    gf16::Decoder decoder(limits);
    Block data(shape.k, shape.bytes), parity(shape.m, shape.bytes);
    data.fill(random);
    REQUIRE(encoder.begin(shape.m, shape.bytes) == Status::ok);
    REQUIRE(encoder.add(data.const_pointers()) == Status::ok);
    REQUIRE(encoder.finish(parity.pointers()) == Status::ok);
    CHECK(lose_and_repair(decoder, shape, data, parity, shape.m, random) == "");
    CHECK(lose_and_repair(decoder, shape, data, parity, 1, random) == "");
    CHECK(lose_and_repair(decoder, shape, data, parity, shape.m + 1, random) == "");
  }
}

TEST_CASE("gf16: one parity shard is the xor of the data") {
  SplitMix64 random(162);
  Block data(9, 100), parity(1, 100);
  data.fill(random);
  gf16::Encoder encoder({9, 1, 100});
  REQUIRE(encoder.encode(data.const_pointers(), parity.pointers(), 100) == Status::ok);
  for (std::size_t b = 0; b < 100; ++b) {
    unsigned sum = 0;
    for (std::size_t i = 0; i < 9; ++i) { sum ^= data[i][b]; }
    REQUIRE(parity[0][b] == sum);
  }
}

TEST_CASE("gf16: shapes that cannot be are refused, and a refusal disturbs nothing") {
  CHECK(gf16::Encoder({0, 4, 64}).status() == Status::invalid_argument);
  CHECK(gf16::Encoder({4, 0, 64}).status() == Status::invalid_argument);
  CHECK(gf16::Encoder({4, 4, 63}).status() == Status::invalid_argument);
  CHECK(gf16::Decoder({65536, 1, 64}).status() == Status::invalid_argument);
  CHECK(gf16::Decoder({4, 4, 0}).status() == Status::invalid_argument);
  CHECK(gf16::Decoder({65535, 1, 2}).status() == Status::ok);

  gf16::Encoder encoder({10, 4, 64});
  Block block(20, 64);
  const auto data = block.const_pointers();
  auto& out = block.pointers();
  const auto encode = [&](std::size_t k, std::size_t m, std::size_t bytes) {
    return encoder.encode(std::span(data).first(k), std::span(out).last(m), bytes);
  };
  CHECK(encode(11, 4, 64) == Status::invalid_argument);
  CHECK(encode(10, 5, 64) == Status::invalid_argument);
  CHECK(encode(10, 4, 66) == Status::invalid_argument);
  CHECK(encode(10, 4, 0) == Status::invalid_argument);
  CHECK(encode(10, 4, 31) == Status::invalid_argument);
  CHECK(encode(0, 4, 64) == Status::invalid_argument);
  CHECK(encode(10, 4, 64) == Status::ok);

  CHECK(encoder.add(std::span(data).first(1)) == Status::wrong_state);
  CHECK(encoder.finish(std::span(out).last(4)) == Status::wrong_state);
  REQUIRE(encoder.begin(3, 64) == Status::ok);
  CHECK(encoder.finish(std::span(out).last(4)) == Status::invalid_argument);  // no data yet
  CHECK(encoder.add(std::span(data).first(11)) == Status::invalid_argument);
  CHECK(encoder.add(std::span(data).first(8)) == Status::ok);
  CHECK(encoder.add(std::span(data).first(3)) == Status::invalid_argument);
  CHECK(encoder.finish(std::span(out).last(2)) == Status::invalid_argument);  // another group size than begun
  CHECK(encoder.finish(std::span(out).last(4)) == Status::ok);
  CHECK(encoder.finish(std::span(out).last(4)) == Status::wrong_state);

  gf16::Decoder decoder({10, 4, 64});
  bool present[20];
  std::fill_n(present, 20, true);
  const auto decode = [&](std::size_t count, std::size_t flags, std::size_t k, std::size_t bytes) {
    return decoder.decode(std::span(out).first(count), {present, flags}, k, bytes);
  };
  CHECK(decode(14, 13, 10, 64) == Status::invalid_argument);
  CHECK(decode(15, 15, 10, 64) == Status::invalid_argument);
  CHECK(decode(15, 15, 11, 64) == Status::invalid_argument);
  CHECK(decode(14, 14, 0, 64) == Status::invalid_argument);
  CHECK(decode(10, 10, 14, 64) == Status::invalid_argument);
  CHECK(decode(14, 14, 10, 65) == Status::invalid_argument);
  CHECK(decode(14, 14, 10, 66) == Status::invalid_argument);
  CHECK(decode(10, 10, 10, 64) == Status::ok);  // no parity, nothing lost
  present[3] = false;
  CHECK(decode(10, 10, 10, 64) == Status::unrecoverable);
  CHECK(decode(14, 14, 10, 64) == Status::ok);
}
