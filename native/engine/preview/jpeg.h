// A picture as a JPEG file.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/encode/encoder.h"

namespace punktfunk {

// picture: NV12 of even sides, Rec. 601 at full range, as such files have it: nothing is converted once more. The error
// is the library's word.
Result<std::vector<std::uint8_t>, std::string> encode_jpeg(const Picture& picture, std::uint32_t width,
                                                           std::uint32_t height, int quality);

}  // namespace punktfunk
