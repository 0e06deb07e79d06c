// A decoded picture as a PPM file (binary, 8 bits): what a person or a test looks at.
#pragma once

#include <string>

#include "client/picture_decoder.h"

namespace punktfunk::client {

// False and a sentence when the file cannot be written.
bool write_ppm(const Picture& picture, const std::string& path, std::string& error);

}  // namespace punktfunk::client
