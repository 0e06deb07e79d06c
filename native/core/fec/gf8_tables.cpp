#include "core/fec/gf8_tables.h"

namespace punktfunk::gf8 {

namespace {

constexpr void fill_multiplier(MultiplierTables& tables, unsigned entry, unsigned c) {
  std::uint8_t power[8] = {};  // c * 2^j
  for (unsigned j = 0; j < 8; ++j) {
    power[j] = static_cast<std::uint8_t>(c);
    c = (c << 1) ^ ((c & 0x80) != 0 ? 0x11Du : 0u);
  }
  std::uint64_t matrix = 0;
  for (unsigned j = 0; j < 8; ++j) {
    for (unsigned i = 0; i < 8; ++i) {
      matrix |= static_cast<std::uint64_t>((power[j] >> i) & 1u) << (8 * (7 - i) + j);
    }
  }
  tables.affine[entry] = matrix;
  for (unsigned half = 0; half < 2; ++half) {
    std::uint8_t* products = tables.nibble[entry] + std::size_t{16} * half;
    for (unsigned bit = 0; bit < 4; ++bit) {
      for (unsigned low = 0; low < (1u << bit); ++low) {
        products[(1u << bit) + low] = static_cast<std::uint8_t>(products[low] ^ power[4 * half + bit]);
      }
    }
  }
}

constexpr Field make_field() {
  Field made{};
  unsigned x = 1;
  for (unsigned i = 0; i < 255; ++i) {
    made.exp[i] = made.exp[i + 255] = static_cast<std::uint8_t>(x);
    made.log[x] = static_cast<std::uint8_t>(i);
    x = (x << 1) ^ ((x & 0x80) != 0 ? 0x11Du : 0u);
  }
  for (unsigned c = 0; c < 256; ++c) {
    fill_multiplier(made.times, c, c);
    fill_multiplier(made.times_inverse_of, c, c == 0 ? 0u : made.exp[255 - made.log[c]]);
  }
  return made;
}

}  // namespace

constinit const Field field = make_field();

}  // namespace punktfunk::gf8
