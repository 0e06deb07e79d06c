#include "bench/fec.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <random>

#include "bench/measure.h"

namespace bench {

namespace {

// Shards at a stride that is no power of two, so that their lines do not compete for the same places in the cache.
class Shards {
 public:
  Shards(std::size_t count, std::size_t bytes)
      : stride_((bytes + 63) / 64 * 64 + 64),
        memory_(static_cast<std::uint8_t*>(std::aligned_alloc(64, count * stride_))) {
    std::memset(memory_, 0, count * stride_);
    for (std::size_t i = 0; i < count; ++i) { pointers_.push_back(memory_ + i * stride_); }
  }
  ~Shards() { std::free(memory_); }
  Shards(const Shards&) = delete;
  Shards& operator=(const Shards&) = delete;
  void fill(std::mt19937_64& random, std::size_t bytes) {
    for (auto* shard : pointers_) {
      for (std::size_t at = 0; at < bytes; ++at) { shard[at] = static_cast<std::uint8_t>(random()); }
    }
  }
  [[nodiscard]] std::uint8_t* const* data() const { return pointers_.data(); }
  [[nodiscard]] std::vector<const std::uint8_t*> constant() const { return {pointers_.begin(), pointers_.end()}; }
  [[nodiscard]] std::uint8_t* operator[](std::size_t i) const { return pointers_[i]; }

 private:
  std::size_t stride_;
  std::uint8_t* memory_;
  std::vector<std::uint8_t*> pointers_;
};

struct Candidate {
  const punktfunk_bench_codec* codec;
  void* state;
};

void report(std::vector<Result>& results, const std::string& what, const std::vector<Candidate>& candidates,
            const std::vector<Timing>& timings, const FecShape& shape) {
  const double gigabytes = static_cast<double>(shape.data * shape.bytes) * 1e-9;
  for (std::size_t c = 0; c < candidates.size(); ++c) {
    results.push_back({what, candidates[c].codec->name, candidates[c].codec->field, shape.data, shape.parity,
                       shape.bytes, gigabytes / timings[c].median_s, gigabytes / timings[c].best_s, "GB/s"});
  }
}

void one_shape(std::vector<Result>& results, const std::vector<punktfunk_bench_codec>& codecs, const FecShape& shape,
               const FecRun& run) {
  std::mt19937_64 random(shape.data);
  Shards data(shape.data, shape.bytes), parity(shape.parity, shape.bytes), repaired(shape.data, shape.bytes);
  data.fill(random, shape.bytes);
  const auto data_in = data.constant();
  const auto parity_in = parity.constant();

  std::vector<Candidate> candidates;
  for (const auto& codec : codecs) {
    if (void* state = codec.prepare(shape.data, shape.parity, shape.bytes)) { candidates.push_back({&codec, state}); }
  }
  std::vector<std::function<void()>> work;
  for (const auto& candidate : candidates) {
    work.emplace_back([&, candidate] { candidate.codec->encode(candidate.state, data_in.data(), parity.data()); });
  }
  report(results, "encode", candidates, measure(work, run.rounds, run.sample_s), shape);

  // Losses spread by a fixed shuffle, the parity all there.
  std::vector<std::size_t> order(shape.data);
  for (std::size_t i = 0; i < order.size(); ++i) { order[i] = i; }
  std::shuffle(order.begin(), order.end(), random);
  for (const double part : {0.01, 0.05, 0.1, 1.0}) {
    const std::size_t share =
        std::max<std::size_t>(1, static_cast<std::size_t>(std::lround(part * static_cast<double>(shape.data))));
    const std::size_t lost = std::min({share, shape.parity, shape.data});
    char what[32];
    if (part == 1.0) {
      std::snprintf(what, sizeof what, "decode worst");
    } else {
      std::snprintf(what, sizeof what, "decode %g%%", part * 100);
    }
    auto received = data_in;
    std::vector<std::uint8_t*> out(shape.data);
    for (std::size_t i = 0; i < lost; ++i) {
      received[order[i]] = nullptr;
      out[order[i]] = repaired[order[i]];
    }
    std::vector<Candidate> repairing;
    std::vector<std::vector<const std::uint8_t*>> all_parity;
    std::vector<std::unique_ptr<Shards>> own_parity;
    for (const auto& candidate : candidates) {
      if (candidate.codec->decode == nullptr) { continue; }
      // Each code needs parity of its own, and has to prove itself before it is timed.
      own_parity.push_back(std::make_unique<Shards>(shape.parity, shape.bytes));
      all_parity.push_back(own_parity.back()->constant());
      candidate.codec->encode(candidate.state, data_in.data(), own_parity.back()->data());
      candidate.codec->decode(candidate.state, received.data(), all_parity.back().data(), out.data());
      for (std::size_t i = 0; i < lost; ++i) {
        if (std::memcmp(out[order[i]], data[order[i]], shape.bytes) != 0) {
          std::fprintf(stderr, "%s repairs %zu,%zu wrongly\n", candidate.codec->name, shape.data, shape.parity);
          std::exit(1);
        }
      }
      repairing.push_back(candidate);
    }
    work.clear();
    for (std::size_t c = 0; c < repairing.size(); ++c) {
      work.emplace_back([&, c] {
        repairing[c].codec->decode(repairing[c].state, received.data(), all_parity[c].data(), out.data());
      });
    }
    report(results, what, repairing, measure(work, run.rounds, run.sample_s), shape);
  }
  for (const auto& candidate : candidates) { candidate.codec->release(candidate.state); }
}

}  // namespace

void bench_fec(std::vector<Result>& results, const std::vector<punktfunk_bench_codec>& codecs, const FecRun& run) {
  for (const FecShape& shape : run.shapes) {
    std::fprintf(stderr, "fec %zu,%zu x %zu\n", shape.data, shape.parity, shape.bytes);
    one_shape(results, codecs, shape, run);
  }
}

}  // namespace bench
