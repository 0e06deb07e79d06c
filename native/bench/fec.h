#pragma once

#include <memory>
#include <vector>

#include "bench/codec.h"
#include "bench/results.h"

namespace bench {

struct FecShape {
  std::size_t data, parity, bytes;
};

struct FecRun {
  std::vector<FecShape> shapes;
  int rounds;
  double sample_s;
};

// Encode, and decode at 1, 5, 10 % and the worst loss, for every codec that can do the shape. GB/s counts data only.
void bench_fec(std::vector<Result>& results, const std::vector<punktfunk_bench_codec>& codecs, const FecRun& run);

}  // namespace bench
