// ISA-L in its erasure coding (Cauchy matrix, GF(2^8)); the distribution's is linked into the benchmark, another
// version can join as a peer. A decode inverts the k x k matrix as ISA-L's own example does, once with the inverse kept
// (what a caller with a cache pays) and once without.
#include <isa-l.h>

#include <cstring>
#include <memory>
#include <vector>

#include "bench/codec.h"

#if !defined(PUNKTFUNK_ISAL_NAME)
#define PUNKTFUNK_ISAL_NAME "isa-l"
#endif

namespace {

struct State {
  int k, m, bytes;
  std::vector<unsigned char> matrix, tables;
  // Of the last decode.
  std::vector<std::uint8_t> lost;
  std::vector<unsigned char> inverse_tables;
};

void* prepare(std::size_t data, std::size_t parity, std::size_t bytes) {
  if (data + parity > 255) { return nullptr; }
  auto state = std::make_unique<State>();
  state->k = static_cast<int>(data);
  state->m = static_cast<int>(parity);
  state->bytes = static_cast<int>(bytes);
  state->matrix.resize((data + parity) * data);
  state->tables.resize(32 * data * parity);
  gf_gen_cauchy1_matrix(state->matrix.data(), state->k + state->m, state->k);
  ec_init_tables(state->k, state->m, state->matrix.data() + data * data, state->tables.data());
  return state.release();
}

void release(void* pointer) {
  delete static_cast<State*>(pointer);
}

void encode(void* pointer, const std::uint8_t* const* data, std::uint8_t* const* parity) {
  State& state = *static_cast<State*>(pointer);
  ec_encode_data(state.bytes, state.k, state.m, state.tables.data(), const_cast<unsigned char**>(data),
                 const_cast<unsigned char**>(parity));
}

void invert(State& state, const std::vector<std::uint8_t>& lost) {
  const auto k = static_cast<std::size_t>(state.k);
  std::vector<unsigned char> received(k * k), inverse(k * k), rows(lost.size() * k);
  std::size_t next_parity = k;
  std::size_t next_lost = 0;
  for (std::size_t i = 0; i < k; ++i) {
    std::size_t row = i;
    if (next_lost < lost.size() && lost[next_lost] == i) {
      row = next_parity++;
      ++next_lost;
    }
    std::memcpy(&received[i * k], &state.matrix[row * k], k);
  }
  gf_invert_matrix(received.data(), inverse.data(), state.k);
  for (std::size_t x = 0; x < lost.size(); ++x) { std::memcpy(&rows[x * k], &inverse[lost[x] * k], k); }
  state.inverse_tables.resize(32 * k * lost.size());
  ec_init_tables(state.k, static_cast<int>(lost.size()), rows.data(), state.inverse_tables.data());
}

template <bool Cached>
void decode(void* pointer, const std::uint8_t* const* data, const std::uint8_t* const* parity,
            std::uint8_t* const* out) {
  State& state = *static_cast<State*>(pointer);
  std::vector<std::uint8_t> lost;
  std::vector<unsigned char*> in, repaired;
  for (int i = 0; i < state.k; ++i) {
    in.push_back(const_cast<unsigned char*>(data[i]));
    if (data[i] != nullptr) { continue; }
    in.back() = const_cast<unsigned char*>(parity[lost.size()]);
    lost.push_back(static_cast<std::uint8_t>(i));
    repaired.push_back(out[i]);
  }
  if (!Cached || lost != state.lost) { invert(state, lost); }
  state.lost = lost;
  ec_encode_data(state.bytes, state.k, static_cast<int>(lost.size()), state.inverse_tables.data(), in.data(),
                 repaired.data());
}

const punktfunk_bench_codec codecs[] = {
    {PUNKTFUNK_ISAL_NAME, "gf8", prepare, release, encode, decode<false>},
    {PUNKTFUNK_ISAL_NAME ", inverse kept", "gf8", prepare, release, encode, decode<true>},
};

}  // namespace

extern "C" const punktfunk_bench_codec* punktfunk_bench_codecs(std::size_t* count) {
  *count = 2;
  return codecs;
}
