// How the picture's colours are declared in the bitstream (H.273 code points).
#pragma once

#include "engine/encode/encoder.h"

namespace punktfunk {

struct Vui {
  std::uint8_t primaries, transfer, matrix;
};

// The matrix is the one that the converter used. Desktop pixels have Rec. 709 primaries whatever the matrix; Rec. 601
// is declared as the usual triple all the same, since decoders know no other with that matrix and its primaries hardly
// differ.
constexpr Vui vui_of(Colorspace colorspace) {
  switch (colorspace) {
    case Colorspace::rec601:
      return {6, 6, 6};
    case Colorspace::rec2020:
      return {1, 1, 9};
    case Colorspace::rec709:
      break;
  }
  return {1, 1, 1};
}

// The converter averages 2 x 2 pixels: chroma sits in their middle (H.264, E.2.1).
inline constexpr int chroma_sample_location = 1;

}  // namespace punktfunk
