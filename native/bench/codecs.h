#pragma once

#include <string>
#include <vector>

#include "bench/codec.h"

namespace bench {

void add_own_codecs(std::vector<punktfunk_bench_codec>& codecs);

// A sentence when the library cannot be used, else nothing.
std::string add_peer(std::vector<punktfunk_bench_codec>& codecs, const char* path);

void xor_bytes(std::uint8_t* to, const std::uint8_t* from, std::size_t bytes);

}  // namespace bench
