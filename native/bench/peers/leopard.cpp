// catid/leopard for the benchmark; see README.md. It takes GF(2^8) itself where the points fit in 256.
#include "leopard.h"

#include <cstring>
#include <memory>
#include <vector>

#include "bench/codec.h"

namespace {

struct Free {
  void operator()(std::uint8_t* memory) const { std::free(memory); }
};

struct State {
  unsigned data, parity;
  std::size_t bytes;
  std::unique_ptr<std::uint8_t, Free> memory;
  std::vector<void*> work;
  unsigned encode_count, decode_count;
};

void* prepare(std::size_t data, std::size_t parity, std::size_t bytes) {
  static const int ready = leo_init();
  if (ready != 0 || bytes % 64 != 0 || parity > data) { return nullptr; }
  const unsigned k = static_cast<unsigned>(data), m = static_cast<unsigned>(parity);
  auto state = std::make_unique<State>();
  state->data = k;
  state->parity = m;
  state->bytes = bytes;
  state->encode_count = leo_encode_work_count(k, m);
  state->decode_count = leo_decode_work_count(k, m);
  if (state->encode_count == 0 || state->decode_count == 0) { return nullptr; }
  const std::size_t count = state->encode_count > state->decode_count ? state->encode_count : state->decode_count;
  const std::size_t stride = bytes + 64;  // no power of two
  state->memory.reset(static_cast<std::uint8_t*>(std::aligned_alloc(64, count * stride)));
  for (std::size_t i = 0; i < count; ++i) { state->work.push_back(state->memory.get() + i * stride); }
  return state.release();
}

void release(void* pointer) {
  delete static_cast<State*>(pointer);
}

// The first work buffers become the parity, so it is written where it belongs.
void encode(void* pointer, const std::uint8_t* const* data, std::uint8_t* const* parity) {
  State& state = *static_cast<State*>(pointer);
  std::vector<void*> work = state.work;
  for (unsigned j = 0; j < state.parity; ++j) { work[j] = parity[j]; }
  leo_encode(state.bytes, state.data, state.parity, state.encode_count, reinterpret_cast<const void* const*>(data),
             work.data());
}

void decode(void* pointer, const std::uint8_t* const* data, const std::uint8_t* const* parity,
            std::uint8_t* const* out) {
  State& state = *static_cast<State*>(pointer);
  leo_decode(state.bytes, state.data, state.parity, state.decode_count, reinterpret_cast<const void* const*>(data),
             reinterpret_cast<const void* const*>(parity), state.work.data());
  for (unsigned i = 0; i < state.data; ++i) {
    if (data[i] == nullptr) { std::memcpy(out[i], state.work[i], state.bytes); }
  }
}

const punktfunk_bench_codec codecs[] = {{"leopard", "gf16", prepare, release, encode, decode}};

}  // namespace

extern "C" const punktfunk_bench_codec* punktfunk_bench_codecs(std::size_t* count) {
  *count = 1;
  return codecs;
}
