// What the relay of native/impair costs: a packet's share of one core, and what it adds to a packet's way.
#pragma once

#include <vector>

#include "bench/results.h"

namespace bench {

void bench_relay(std::vector<Result>& results, int rounds);

}  // namespace bench
