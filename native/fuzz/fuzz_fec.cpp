// Blocks of any shape, size and loss through both erasure codes: whatever is asked, the answer is a status, no byte
// outside a shard is touched, and what can be repaired is.
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "core/fec/cpu.h"
#include "core/fec/gf16.h"
#include "core/fec/gf16_decoder.h"
#include "core/fec/gf8.h"

namespace {

using punktfunk::Status;

class Input {
 public:
  Input(const std::uint8_t* bytes, std::size_t count) : bytes_(bytes), left_(count) {}
  std::uint8_t byte() { return left_ == 0 ? 0 : (--left_, *bytes_++); }
  std::size_t below(std::size_t bound) { return (byte() | byte() << 8) % bound; }

 private:
  const std::uint8_t* bytes_;
  std::size_t left_;
};

// Shards of exactly their size, each on its own, so that AddressSanitizer sees a byte too many.
struct Block {
  Block(std::size_t count, std::size_t bytes) {
    for (std::size_t i = 0; i < count; ++i) {
      memory.emplace_back(new std::uint8_t[bytes]);
      std::memset(memory.back().get(), 0, bytes);
      pointers.push_back(memory.back().get());
    }
  }
  std::vector<std::unique_ptr<std::uint8_t[]>> memory;
  std::vector<std::uint8_t*> pointers;
};

void require(bool good) {
  if (!good) { std::abort(); }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  Input input(bytes, count);
  const std::uint8_t choice = input.byte();
  const auto isa = punktfunk::fec::every_isa[choice % punktfunk::fec::every_isa.size()];
  if (punktfunk::fec::isa_available(isa)) { punktfunk::fec::force_isa(isa); }
  const bool small_field = (choice & 0x80) != 0;
  const bool audio = (choice & 0x40) != 0;
  punktfunk::gf16::force_repair(static_cast<punktfunk::gf16::Repair>(input.byte() % 3));
  const std::size_t k = input.below(70), m = input.below(70), shard_bytes = input.below(400);
  Block data(k, shard_bytes), parity(m, shard_bytes), received(k + m, shard_bytes);
  for (auto* shard : data.pointers) {
    for (std::size_t b = 0; b < shard_bytes; ++b) { shard[b] = static_cast<std::uint8_t>(input.byte() + b); }
  }

  const std::vector<const std::uint8_t*> in(data.pointers.begin(), data.pointers.end());
  const auto matrix = audio ? punktfunk::gf8::Matrix::audio : punktfunk::gf8::Matrix::video;
  static punktfunk::gf16::Encoder encoder({64, 64, 300});
  static punktfunk::gf16::Decoder decoder({64, 64, 300});
  const Status encoded = small_field ? punktfunk::gf8::encode(matrix, in, parity.pointers, shard_bytes)
                                     : encoder.encode(in, parity.pointers, shard_bytes);
  const std::unique_ptr<bool[]> present(new bool[k + m + 1]);
  std::size_t there = 0;
  for (std::size_t i = 0; i < k + m; ++i) {
    present[i] = (input.byte() & 3) != 0;
    there += present[i];
    if (present[i] && encoded == Status::ok) {
      std::memcpy(received.pointers[i], i < k ? data.pointers[i] : parity.pointers[i - k], shard_bytes);
    }
  }
  const std::span<const bool> flags(present.get(), k + m);
  const Status decoded = small_field ? punktfunk::gf8::decode(matrix, received.pointers, flags, k, shard_bytes)
                                     : decoder.decode(received.pointers, flags, k, shard_bytes);
  if (encoded == Status::ok) {
    require(decoded == (there >= k ? Status::ok : Status::unrecoverable));
    if (decoded == Status::ok) {
      for (std::size_t i = 0; i < k; ++i) {
        require(std::memcmp(received.pointers[i], data.pointers[i], shard_bytes) == 0);
      }
    }
  }
  return 0;
}
