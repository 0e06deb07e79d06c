// Bands of an earlier picture inside a decoded one. The number in a picture's corner proves only the corner.
#pragma once

#include <cstdint>
#include <vector>

#include "reference.h"

namespace punktfunk::judge {

struct StaleBand {
  std::uint32_t first_row = 0;
  std::uint64_t of_number = 0;
};

// A band is a row of macroblocks. It is judged by the samples that tell two paintings clearly apart, since coding is
// lossy: is it nearer by half to an earlier one of the reference's than to the newest? A band of which less than
// a sixteenth changed so much tells nothing, and is whole.
std::vector<StaleBand> stale_bands(const Reference& reference, const Plane& decoded);

}  // namespace punktfunk::judge
