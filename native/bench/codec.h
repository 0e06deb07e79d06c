// What the benchmark asks of an erasure code, and how a code from outside the project joins a run: a shared library
// that exports punktfunk_bench_codecs, loaded by --peer (native/bench/peers).
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct punktfunk_bench_codec {
  const char* name;   // with version
  const char* field;  // "gf8", "gf16", or "limit": does not repair
  // A state for one shape, or null when the code cannot do it.
  void* (*prepare)(size_t data_shards, size_t parity_shards, size_t shard_bytes);
  void (*release)(void* state);
  void (*encode)(void* state, const uint8_t* const* data, uint8_t* const* parity);
  // data: null where lost; parity all there. Writes the lost data shards into out (same order as data, null where not
  // lost). Everything a single decode needs is part of it, inverting a matrix too. Null for a limit.
  void (*decode)(void* state, const uint8_t* const* data, const uint8_t* const* parity, uint8_t* const* out);
} punktfunk_bench_codec;

// Exported by a peer: an array that stays valid, its length in *count.
typedef const punktfunk_bench_codec* punktfunk_bench_codecs_fn(size_t* count);
punktfunk_bench_codecs_fn punktfunk_bench_codecs;

#ifdef __cplusplus
}
#endif
