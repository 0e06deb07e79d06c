#include "options.h"

#include <cstdlib>
#include <string_view>

namespace punktfunk::beacon {

const char* const usage =
    "punktfunk-beacon: paints a moving, numbered picture on the whole screen and\n"
    "reports what it painted and what input it received.\n"
    "\n"
    "  --motion full|small   what changes from frame to frame (full)\n"
    "  --still               paint once, then only when the size changes\n"
    "  --fps N               at most N frames a second (as the compositor asks)\n"
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
      if (value != "full" && value != "small") {
        error = "punktfunk-beacon: --motion takes full or small, not " + std::string(value) + ".";
        return std::nullopt;
      }
      options.motion = value == "full" ? Motion::full : Motion::small;
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
