#include "core/fec/gf16_field.h"

#include <array>
#include <memory>

namespace punktfunk::gf16 {

namespace {

constexpr unsigned polynomial = 0x1002D;
constexpr std::array<std::uint16_t, 16> cantor_basis = {0x0001, 0xACCA, 0x3C0E, 0x163E, 0xC582, 0xED2E, 0x914C, 0x4012,
                                                        0x6C98, 0x10D8, 0x6A72, 0xB900, 0xFDB8, 0xFB34, 0xFF38, 0x991E};

// A linear map of bytes, given by the images of its eight bits.
void fill_map(Tables& made, unsigned entry, const std::array<std::uint8_t, 8>& image) noexcept {
  std::uint64_t matrix = 0;  // for GF2P8AFFINEQB: byte 7 - i says which input bits make output bit i
  for (unsigned j = 0; j < 8; ++j) {
    for (unsigned i = 0; i < 8; ++i) {
      matrix |= static_cast<std::uint64_t>((image[j] >> i) & 1u) << (8 * (7 - i) + j);
    }
  }
  made.affine[entry] = matrix;
  for (unsigned value = 1; value < 16; ++value) {
    for (unsigned bit = 0; bit < 4; ++bit) {
      if (((value >> bit) & 1u) != 0) {
        made.nibble[entry][value] ^= image[bit];
        made.nibble[entry][16 + value] ^= image[4 + bit];
      }
    }
  }
}

void fill_logs(Tables& made) noexcept {
  unsigned power = 1;
  // The powers of x in the ordinary basis; exp holds them as they are until the loop below.
  std::array<std::uint16_t, 16> image{};  // of each bit of the ordinary basis, as a number
  {
    // Invert the basis: reduce the rows (basis element | number) to the unit matrix.
    std::array<std::uint32_t, 16> rows{};
    for (unsigned i = 0; i < 16; ++i) { rows[i] = (std::uint32_t{cantor_basis[i]} << 16) | (1u << i); }
    for (unsigned bit = 0; bit < 16; ++bit) {
      const std::uint32_t mask = 1u << (16 + bit);
      unsigned pivot = bit;
      while ((rows[pivot] & mask) == 0) { ++pivot; }
      std::swap(rows[bit], rows[pivot]);
      for (unsigned i = 0; i < 16; ++i) {
        if (i != bit && (rows[i] & mask) != 0) { rows[i] ^= rows[bit]; }
      }
    }
    for (unsigned bit = 0; bit < 16; ++bit) { image[bit] = static_cast<std::uint16_t>(rows[bit]); }
  }
  for (unsigned i = 0; i < log_modulus; ++i) {
    unsigned number = 0;
    for (unsigned bits = power; bits != 0; bits &= bits - 1) {
      number ^= image[static_cast<unsigned>(__builtin_ctz(bits))];
    }
    made.exp[i] = static_cast<std::uint16_t>(number);
    made.log[number] = static_cast<std::uint16_t>(i);
    power <<= 1;
    if ((power & 0x10000u) != 0) { power ^= polynomial; }
  }
  made.exp[log_modulus] = made.exp[0];
}

std::unique_ptr<const Tables> make_tables() noexcept {
  auto made = std::make_unique<Tables>();
  fill_logs(*made);
  const auto multiply = [&](unsigned a, unsigned b) -> unsigned {
    return a == 0 || b == 0 ? 0 : made->exp[(unsigned{made->log[a]} + made->log[b]) % log_modulus];
  };
  std::array<std::uint8_t, 8> image{};
  for (unsigned c = 0; c < 256; ++c) {
    for (unsigned bit = 0; bit < 8; ++bit) { image[bit] = static_cast<std::uint8_t>(multiply(c, 1u << bit)); }
    fill_map(*made, c, image);
    made->times_b7[c] = static_cast<std::uint8_t>(multiply(c, 128));
    made->correction[c] = static_cast<std::uint8_t>(multiply(c, 256) ^ (c << 8));
  }
  for (unsigned bit = 0; bit < 8; ++bit) { image[bit] = made->correction[1u << bit]; }
  fill_map(*made, Tables::to_tower, image);
  for (unsigned x = 1; x < max_points; ++x) { made->inverse[x] = made->tower_of_log(log_modulus - made->log[x]); }
  return made;
}

}  // namespace

const Tables& tables() noexcept {
  static const std::unique_ptr<const Tables> made = make_tables();
  return *made;
}

}  // namespace punktfunk::gf16
