#pragma once

#include <optional>
#include <string>

namespace punktfunk::beacon {

enum class Motion {
  full,   // every pixel changes with every frame
  small,  // a small square moves; the rest stands still
  none,   // one picture, painted once a size
};

struct Options {
  Motion motion = Motion::full;
  double duration_s = 0;  // 0: until it is told to end
  double fps = 0;         // 0: as often as the compositor asks
  bool help = false;
};

extern const char* const usage;

// Null and a sentence when an argument is not understood.
std::optional<Options> parse_options(int argc, char** argv, std::string& error);

}  // namespace punktfunk::beacon
