#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "impair/relay.h"

namespace punktfunk::impair {

struct Options {
  enum class Work : std::uint8_t { relay, list, netem, help };
  Work work = Work::relay;
  RelayConfig relay;
  std::string device;  // of netem
  Direction direction = Direction::down;
};

extern const char* const usage;

// A sentence when an argument is not understood.
Result<Options, std::string> parse_options(int argc, char** argv);
std::string no_scenario_called(std::string_view name);

}  // namespace punktfunk::impair
