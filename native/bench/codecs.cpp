#include "bench/codecs.h"

#include <dlfcn.h>

#include <cstdlib>
#include <cstring>
#include <memory>

#include "core/fec/gf16.h"
#include "core/fec/gf8.h"

namespace bench {

namespace {

struct Shape {
  std::size_t data, parity, bytes;
};

struct OwnState {
  explicit OwnState(const Shape& of) : shape(of), shards(of.data + of.parity), present(new bool[of.data + of.parity]) {}
  Shape shape;
  std::vector<std::uint8_t*> shards;
  std::unique_ptr<bool[]> present;

  void fill(const std::uint8_t* const* data, const std::uint8_t* const* parity, std::uint8_t* const* out) {
    for (std::size_t i = 0; i < shape.data; ++i) {
      present[i] = data[i] != nullptr;
      shards[i] = present[i] ? const_cast<std::uint8_t*>(data[i]) : out[i];
    }
    for (std::size_t j = 0; j < shape.parity; ++j) {
      present[shape.data + j] = true;
      shards[shape.data + j] = const_cast<std::uint8_t*>(parity[j]);
    }
  }
  [[nodiscard]] std::span<const bool> flags() const { return {present.get(), shards.size()}; }
};

void require(punktfunk::Status status) {
  if (status != punktfunk::Status::ok) { std::abort(); }
}

struct Gf16State : OwnState {
  explicit Gf16State(const Shape& of)
      : OwnState(of), encoder({of.data, of.parity, of.bytes}), decoder({of.data, of.parity, of.bytes}) {}
  punktfunk::gf16::Encoder encoder;
  punktfunk::gf16::Decoder decoder;
};

const punktfunk_bench_codec own[] = {
    {"punktfunk gf8", "gf8",
     [](std::size_t k, std::size_t m, std::size_t bytes) -> void* {
       return k + m > punktfunk::gf8::max_block_shards ? nullptr : new OwnState({k, m, bytes});
     },
     [](void* state) { delete static_cast<OwnState*>(state); },
     [](void* pointer, const std::uint8_t* const* data, std::uint8_t* const* parity) {
       const Shape& shape = static_cast<OwnState*>(pointer)->shape;
       require(punktfunk::gf8::encode(punktfunk::gf8::Matrix::video, {data, shape.data}, {parity, shape.parity},
                                      shape.bytes));
     },
     [](void* pointer, const std::uint8_t* const* data, const std::uint8_t* const* parity, std::uint8_t* const* out) {
       auto& state = *static_cast<OwnState*>(pointer);
       state.fill(data, parity, out);
       require(punktfunk::gf8::decode(punktfunk::gf8::Matrix::video, state.shards, state.flags(), state.shape.data,
                                      state.shape.bytes));
     }},
    {"punktfunk gf16", "gf16",
     [](std::size_t k, std::size_t m, std::size_t bytes) -> void* { return new Gf16State({k, m, bytes}); },
     [](void* state) { delete static_cast<Gf16State*>(state); },
     [](void* pointer, const std::uint8_t* const* data, std::uint8_t* const* parity) {
       auto& state = *static_cast<Gf16State*>(pointer);
       require(state.encoder.encode({data, state.shape.data}, {parity, state.shape.parity}, state.shape.bytes));
     },
     [](void* pointer, const std::uint8_t* const* data, const std::uint8_t* const* parity, std::uint8_t* const* out) {
       auto& state = *static_cast<Gf16State*>(pointer);
       state.fill(data, parity, out);
       require(state.decoder.decode(state.shards, state.flags(), state.shape.data, state.shape.bytes));
     }},
};

// Limits: the least that any code must do with its data.

struct CopyState {
  Shape shape;
  std::vector<std::uint8_t> to;
};

const punktfunk_bench_codec limits[] = {
    {"memcpy", "limit",
     [](std::size_t k, std::size_t m, std::size_t bytes) -> void* {
       return new CopyState{{k, m, bytes}, std::vector<std::uint8_t>(k * bytes)};
     },
     [](void* state) { delete static_cast<CopyState*>(state); },
     [](void* pointer, const std::uint8_t* const* data, std::uint8_t* const*) {
       auto& state = *static_cast<CopyState*>(pointer);
       for (std::size_t i = 0; i < state.shape.data; ++i) {
         std::memcpy(state.to.data() + i * state.shape.bytes, data[i], state.shape.bytes);
       }
     },
     nullptr},
    {"xor of all data", "limit",
     [](std::size_t k, std::size_t, std::size_t bytes) -> void* { return new Gf16State({k, 1, bytes}); },
     [](void* state) { delete static_cast<Gf16State*>(state); },
     [](void* pointer, const std::uint8_t* const* data, std::uint8_t* const* parity) {
       const Shape& shape = static_cast<OwnState*>(pointer)->shape;
       std::memcpy(parity[0], data[0], shape.bytes);
       for (std::size_t i = 1; i < shape.data; ++i) { xor_bytes(parity[0], data[i], shape.bytes); }
     },
     nullptr},
};

}  // namespace

// GCC makes one version for each instruction set and picks at load time.
#if defined(__x86_64__) && !defined(__clang__)
__attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#endif
void xor_bytes(std::uint8_t* to, const std::uint8_t* from, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) { to[i] ^= from[i]; }
}

void add_own_codecs(std::vector<punktfunk_bench_codec>& codecs) {
  codecs.insert(codecs.end(), std::begin(own), std::end(own));
  codecs.insert(codecs.end(), std::begin(limits), std::end(limits));
}

std::string add_peer(std::vector<punktfunk_bench_codec>& codecs, const char* path) {
  void* library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) { return dlerror(); }
  const auto entry = reinterpret_cast<punktfunk_bench_codecs_fn*>(dlsym(library, "punktfunk_bench_codecs"));
  if (entry == nullptr) { return std::string(path) + " does not export punktfunk_bench_codecs (native/bench/codec.h)"; }
  std::size_t count = 0;
  const punktfunk_bench_codec* const found = entry(&count);
  codecs.insert(codecs.end(), found, found + count);
  return "";
}

}  // namespace bench
