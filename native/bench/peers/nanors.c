// nanors (Moonlight's and Sunshine's code) for the benchmark; see README.md.
#include <stdlib.h>
#include <string.h>

#include "bench/codec.h"
#include "rs.h"

typedef struct {
  reed_solomon* rs;
  int data, parity, bytes;
  uint8_t** shards;
  uint8_t* marks;
} State;

static void* prepare(size_t data, size_t parity, size_t bytes) {
  static int ready = 0;
  if (!ready) reed_solomon_init();
  ready = 1;
  if (data + parity > RS8_DATA_SHARDS_MAX) return NULL;
  State* state = calloc(1, sizeof *state);
  state->rs = reed_solomon_new((int)data, (int)parity);
  state->data = (int)data;
  state->parity = (int)parity;
  state->bytes = (int)bytes;
  state->shards = calloc(data + parity, sizeof *state->shards);
  state->marks = calloc(data + parity, 1);
  return state;
}

static void release(void* pointer) {
  State* state = pointer;
  reed_solomon_release(state->rs);
  free(state->shards);
  free(state->marks);
  free(state);
}

static void encode(void* pointer, const uint8_t* const* data, uint8_t* const* parity) {
  State* state = pointer;
  memcpy(state->shards, data, (size_t)state->data * sizeof *data);
  memcpy(state->shards + state->data, parity, (size_t)state->parity * sizeof *parity);
  reed_solomon_encode(state->rs, state->shards, state->data + state->parity, state->bytes);
}

static void decode(void* pointer, const uint8_t* const* data, const uint8_t* const* parity, uint8_t* const* out) {
  State* state = pointer;
  for (int i = 0; i < state->data; ++i) {
    state->marks[i] = data[i] == NULL;
    state->shards[i] = data[i] == NULL ? out[i] : (uint8_t*)data[i];
  }
  for (int j = 0; j < state->parity; ++j) state->shards[state->data + j] = (uint8_t*)parity[j];
  memset(state->marks + state->data, 0, (size_t)state->parity);
  reed_solomon_decode(state->rs, state->shards, state->marks, state->data + state->parity, state->bytes);
}

const punktfunk_bench_codec* punktfunk_bench_codecs(size_t* count) {
  static const punktfunk_bench_codec codecs[] = {{"nanors", "gf8", prepare, release, encode, decode}};
  *count = 1;
  return codecs;
}
