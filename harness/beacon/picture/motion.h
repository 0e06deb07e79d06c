// What the beacon's picture does, by the names that people give it.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace punktfunk::beacon {

enum class Motion {
  full,    // a wall of text pans in two bands against each other: every pixel changes with every picture
  rests,   // the same for 30 pictures, and then it stands for a second
  small,   // a small square wanders; the rest stands still
  none,    // one picture, painted once a size
  typing,  // a terminal: a letter a picture, a line now and then
  scroll,  // a page of text scrolls in a desktop that stands
  video,   // a window of 400x300, whose picture moves, wanders over a desktop that stands
  grain,   // the wall, paler, under new noise in every picture: more than a rate allows
  game,    // a camera flies over a plain under hills; gauges and a map stand in front
};

inline constexpr std::array<std::string_view, 9> motion_names = {"full",   "rests", "small", "none", "typing",
                                                                 "scroll", "video", "grain", "game"};

inline std::optional<Motion> motion_of(std::string_view name) {
  for (std::size_t i = 0; i < motion_names.size(); ++i) {
    if (motion_names[i] == name) { return static_cast<Motion>(i); }
  }
  return std::nullopt;
}

}  // namespace punktfunk::beacon
