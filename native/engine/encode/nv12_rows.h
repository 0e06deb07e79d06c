// Two rows of 32-bit pixels to two rows of luma and one of interleaved chroma (box average of 2 x 2: chroma sample
// location 1).
#pragma once

#include <cstdint>

#include "engine/encode/color_matrix.h"

namespace punktfunk {

// width: pixels, even. Sources have width * 4 readable bytes, y0 and y1 width writable bytes, uv width.
using Nv12Rows = void (*)(const std::uint8_t* row0, const std::uint8_t* row1, std::uint8_t* y0, std::uint8_t* y1,
                          std::uint8_t* uv, std::uint32_t width, const FixedMatrix& matrix);

struct Nv12Kernel {
  const char* name;
  Nv12Rows rows;
  std::uint32_t min_width;  // narrower rows go to the scalar kernel
};

// Fastest first; the last is the scalar one, which every machine has. Those that this machine cannot run are left out.
// count: how many there are.
const Nv12Kernel* nv12_kernels(unsigned& count);

}  // namespace punktfunk
