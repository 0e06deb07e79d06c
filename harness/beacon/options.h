#pragma once

#include <optional>
#include <string>

#include "motion.h"

namespace punktfunk::beacon {

enum class Desktop { any, wayland, x11 };

struct Options {
  Desktop desktop = Desktop::any;
  Motion motion = Motion::full;
  double duration_s = 0;  // 0: until it is told to end
  double fps = 0;         // 0: as often as the desktop asks
  bool click = false;     // with every beacon_click_frames-th picture
  bool react = false;     // paints when a button or a key is pressed or released, and not before
  bool help = false;
};

extern const char* const usage;

// Null and a sentence when an argument is not understood.
std::optional<Options> parse_options(int argc, char** argv, std::string& error);

}  // namespace punktfunk::beacon
