#include "options.h"

#include <cstdlib>
#include <string_view>

namespace punktfunk::beacon {

const char* const usage =
    "punktfunk-beacon: paints a moving, numbered picture on the whole screen and\n"
    "reports what it painted and what input it received.\n"
    "\n"
    "  --motion NAME         what changes from picture to picture (full):\n"
    "      full    a wall of text pans in two bands: every pixel\n"
    "      rests   the same for 30 pictures, and then it stands for a second\n"
    "      small   a small square wanders, the rest stands\n"
    "      typing  a letter a picture in a terminal, a line now and then\n"
    "      scroll  a page of text scrolls in a desktop that stands\n"
    "      video   a window of 400x300 moves, and what it shows\n"
    "      grain   the wall under new noise in every picture\n"
    "      game    a camera flies over a plain; gauges stand in front\n"
    "  --wayland, --x11      on such a desktop (the one that is there; Wayland first)\n"
    "  --still               paint once, then only when the size changes\n"
    "  --fps N               at most N frames a second (as the desktop asks; on an X\n"
    "                        server without a screen 60)\n"
    "  --click               a short tone with every 32nd picture, at the moment of its\n"
    "                        painting\n"
    "  --react               paint the next picture when a button or a key is pressed or\n"
    "                        released, and not before\n"
    "  --duration-s N        end after N seconds (until SIGTERM)\n"
    "  --json                NDJSON on standard output; there is no other form\n"
    "\n"
    "The frame number and the time of painting (CLOCK_MONOTONIC, ns) stand in the top\n"
    "left corner as black and white blocks.\n";

namespace {

std::optional<double> positive(const char* text) {
  char* end = nullptr;
  const double value = std::strtod(text, &end);
  if (end == text || *end != '\0' || !(value > 0) || value > 1e6) { return std::nullopt; }
  return value;
}

}  // namespace

std::optional<Options> parse_options(int argc, char** argv, std::string& error) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--json") { continue; }
    if (name == "--help") {
      options.help = true;
      continue;
    }
    if (name == "--click") {
      options.click = true;
      continue;
    }
    if (name == "--react") {
      options.react = true;
      continue;
    }
    if (name == "--wayland" || name == "--x11") {
      options.desktop = name == "--x11" ? Desktop::x11 : Desktop::wayland;
      continue;
    }
    if (name == "--still") {
      options.motion = Motion::none;
      continue;
    }
    if (name != "--motion" && name != "--fps" && name != "--duration-s") {
      error = "punktfunk-beacon: unknown argument " + std::string(name) + ". See --help.";
      return std::nullopt;
    }
    if (++i == argc) {
      error = "punktfunk-beacon: " + std::string(name) + " needs a value. See --help.";
      return std::nullopt;
    }
    const std::string_view value = argv[i];
    if (name == "--motion") {
      const auto motion = motion_of(value);
      if (!motion) {
        error = "punktfunk-beacon: there is no motion \"" + std::string(value) + "\". See --help.";
        return std::nullopt;
      }
      options.motion = *motion;
      continue;
    }
    const auto number = positive(argv[i]);
    if (!number) {
      error = "punktfunk-beacon: " + std::string(name) + " takes a number above 0, not " + std::string(value) + ".";
      return std::nullopt;
    }
    (name == "--fps" ? options.fps : options.duration_s) = *number;
  }
  return options;
}

}  // namespace punktfunk::beacon
