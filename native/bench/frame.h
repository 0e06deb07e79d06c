#pragma once

#include <vector>

#include "bench/results.h"

namespace bench {

// The tables of both fields, made once a process. Call it before anything else uses them.
void bench_setup(std::vector<Result>& results);

// Sealing and opening one packet, ours and OpenSSL called in the ways callers do.
void bench_crypto(std::vector<Result>& results, int rounds, double sample_s);

// A whole frame: cut into packets, protected and sealed.
void bench_frame(std::vector<Result>& results, int rounds, double sample_s);

}  // namespace bench
