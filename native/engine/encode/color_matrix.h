// The RGB to Y'CbCr matrices of H.273 (Rec. ITU-T H.273, 8.3), in double precision and as the fixed-point numbers of
// the kernels.
#pragma once

#include <cmath>
#include <cstdint>

#include "engine/encode/encoder.h"

namespace punktfunk {

struct LumaWeights {
  double kr, kb;
};

constexpr LumaWeights luma_weights(Colorspace colorspace) {
  switch (colorspace) {
    case Colorspace::rec601:
      return {0.299, 0.114};
    case Colorspace::rec2020:
      return {0.2627, 0.0593};
    case Colorspace::rec709:
      break;
  }
  return {0.2126, 0.0722};
}

// Rows Y, Cb, Cr over columns R, G, B, each in 0..255, so that Y = row · rgb + y_offset and C = row · rgb + 128.
struct ColorMatrix {
  double y[3], cb[3], cr[3];
  double y_offset;
};

constexpr ColorMatrix color_matrix(Colorspace colorspace, bool full_range) {
  const auto [kr, kb] = luma_weights(colorspace);
  const double kg = 1 - kr - kb;
  const double ys = full_range ? 1 : 219.0 / 255, cs = full_range ? 1 : 224.0 / 255;
  const double bs = cs / (2 * (1 - kb)), rs = cs / (2 * (1 - kr));
  return {{kr * ys, kg * ys, kb * ys},
          {-kr * bs, -kg * bs, (1 - kb) * bs},
          {(1 - kr) * rs, -kg * rs, -kb * rs},
          full_range ? 0.0 : 16.0};
}

// Weights of a pixel's bytes in memory order, 15 fractional bits; the fourth byte counts nothing. Luma is (sum +
// y_bias) >> 15 of one pixel, chroma (sum + c_bias) >> 17 of four pixels. Greys stay exact: chroma weights add up to 0,
// luma weights to the whole scale.
struct FixedMatrix {
  std::int16_t y[4], u[4], v[4];
  std::int32_t y_bias, c_bias;
};

inline FixedMatrix fixed_matrix(Colorspace colorspace, bool full_range, bool red_first) {
  const ColorMatrix m = color_matrix(colorspace, full_range);
  constexpr double one = 1 << 15;
  const auto row = [&](const double (&w)[3], std::int16_t (&out)[4]) {
    const auto r = static_cast<std::int16_t>(std::lround(w[0] * one));
    const auto b = static_cast<std::int16_t>(std::lround(w[2] * one));
    const auto sum = std::lround((w[0] + w[1] + w[2]) * one);
    out[red_first ? 0 : 2] = r;
    out[1] = static_cast<std::int16_t>(sum - r - b);
    out[red_first ? 2 : 0] = b;
    out[3] = 0;
  };
  FixedMatrix f{};
  row(m.y, f.y);
  row(m.cb, f.u);
  row(m.cr, f.v);
  f.y_bias = (static_cast<std::int32_t>(m.y_offset) << 15) + (1 << 14);
  f.c_bias = (128 << 17) + (1 << 16);
  return f;
}

}  // namespace punktfunk
