// The erasure codes on the frame path: nothing is allocated after set-up, little stack is used, what they hold is
// bounded, and several threads may begin at once.
#include <doctest/doctest.h>
#include <pthread.h>

#include <thread>

#include "core/fec/gf16.h"
#include "core/fec/gf16_decoder.h"
#include "core/fec/gf8.h"
#include "fec_shards.h"
#include "support.h"
#include "test/thread_allocations.h"

using namespace fec_test;
using punktfunk::Status;
namespace gf8 = punktfunk::gf8;
namespace gf16 = punktfunk::gf16;

namespace {

constexpr std::size_t k = 100, m = 30, shard_bytes = 1392;

struct Received {
  Received() : block(k + m, shard_bytes) {
    SplitMix64 random(3);
    block.fill(random);
    std::fill_n(present, k + m, true);
    for (std::size_t i = 0; i < m; ++i) { present[3 * i] = false; }
  }
  std::span<std::uint8_t* const> shards() { return block.pointers(); }
  std::span<const std::uint8_t* const> data() const { return {constant.data(), k}; }
  std::span<std::uint8_t* const> parity() { return shards().subspan(k); }
  std::span<const bool> flags() const { return {present, k + m}; }

  Block block;
  std::vector<const std::uint8_t*> constant = block.const_pointers();
  bool present[k + m];
};

// Every call of the frame path once.
bool run_all(Received& r, gf16::Encoder& encoder, gf16::Decoder& decoder) {
  bool good = gf8::encode(gf8::Matrix::video, r.data(), r.parity(), shard_bytes) == Status::ok;
  good &= gf8::decode(gf8::Matrix::video, r.shards(), r.flags(), k, shard_bytes) == Status::ok;
  good &= encoder.encode(r.data(), r.parity(), shard_bytes) == Status::ok;
  good &= encoder.begin(m, shard_bytes) == Status::ok && encoder.add(r.data()) == Status::ok &&
          encoder.finish(r.parity()) == Status::ok;
  for (const auto repair : {gf16::Repair::syndromes, gf16::Repair::interpolation, gf16::Repair::whole_block}) {
    gf16::force_repair(repair);
    good &= decoder.decode(r.shards(), r.flags(), k, shard_bytes) == Status::ok;
  }
  gf16::force_repair(std::nullopt);
  return good;
}

}  // namespace

TEST_CASE("fec: encoding and decoding allocate nothing") {
  Received received;
  gf16::Encoder encoder({k, m, shard_bytes});
  gf16::Decoder decoder({k, m, shard_bytes});
  for (const auto isa : available_isas()) {
    const ForcedIsa forced(isa);
    const std::size_t before = punktfunk::thread_allocations();
    const bool good = run_all(received, encoder, decoder);
    const std::size_t during = punktfunk::thread_allocations() - before;
    CHECK(good);
    CHECK(during == 0);
  }
}

TEST_CASE("fec: encoding and decoding need no more than 96 KiB of stack") {
  struct Work {
    Received received;
    gf16::Encoder encoder{{k, m, shard_bytes}};
    gf16::Decoder decoder{{k, m, shard_bytes}};
    bool good = false;
  } work;
  // A thread that overruns its stack dies on the guard page.
  pthread_attr_t attributes;
  REQUIRE(pthread_attr_init(&attributes) == 0);
  REQUIRE(pthread_attr_setstacksize(&attributes, 96 * 1024) == 0);
  pthread_t thread;
  const auto body = [](void* pointer) -> void* {
    auto& w = *static_cast<Work*>(pointer);
    w.good = run_all(w.received, w.encoder, w.decoder);
    return nullptr;
  };
  REQUIRE(pthread_create(&thread, &attributes, body, &work) == 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
  CHECK(work.good);
}

TEST_CASE("fec: memory is bounded by the limits, not by the field") {
  // A frame of 1000 + 200 shards.
  CHECK(gf16::Encoder({1000, 200, 1408}).workspace_bytes() < 768 * 1024);
  CHECK(gf16::Decoder({1000, 200, 1408}).workspace_bytes() < 1792 * 1024);
  // Any block at all, of the largest datagrams: rows of one strip are held, not shards.
  CHECK(gf16::Decoder({32768, 32768, 9216}).workspace_bytes() < 32u << 20);
}

TEST_CASE("fec: threads may begin at the same time") {
  std::vector<std::thread> threads;
  std::vector<int> good(4);
  for (int& result : good) {
    threads.emplace_back([&result] {
      Received received;
      gf16::Encoder encoder({k, m, shard_bytes});
      gf16::Decoder decoder({k, m, shard_bytes});
      bool all = encoder.encode(received.data(), received.parity(), shard_bytes) == Status::ok;
      all &= decoder.decode(received.shards(), received.flags(), k, shard_bytes) == Status::ok;
      result = all;
    });
  }
  for (auto& thread : threads) { thread.join(); }
  for (const int result : good) { CHECK(result == 1); }
}
