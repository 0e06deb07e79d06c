// punktfunk-impair: the relay as a program, the scenarios as a list, and either as a script of tc.
#include <signal.h>

#include <cstdio>
#include <iostream>
#include <string>

#include "base/json_line.h"
#include "impair/netem.h"
#include "impair/scenarios.h"
#include "options.h"
#include "orders.h"

namespace {

using namespace punktfunk;
using namespace punktfunk::impair;

constexpr int exit_failed = 1;
constexpr int exit_usage = 2;

void list() {
  for (const Scenario& scenario : scenarios()) {
    std::printf("%s: %s\n  source: %s\n", scenario.name, scenario.what, scenario.source);
    for (const ScenarioStep& step : scenario.steps) {
      std::printf("  from %g s\n    down %s\n    up   %s\n", static_cast<double>(step.from_ms) / 1e3, step.down,
                  step.up);
    }
    if (scenario.repeat_ms != 0) { std::printf("  again after %g s\n", static_cast<double>(scenario.repeat_ms) / 1e3); }
    std::printf("\n");
  }
}

int run(const RelayConfig& config) {
  signal(SIGPIPE, SIG_IGN);
  const auto relay = Relay::start(config);
  if (!relay) {
    std::fprintf(stderr, "%s\n", relay.error().c_str());
    return exit_failed;
  }
  JsonLine("ready").number("ports", config.last_port - config.first_port + 1);
  for (std::string order; std::getline(std::cin, order);) { obey(**relay, order); }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const auto options = parse_options(argc, argv);
  if (!options) {
    std::fprintf(stderr, "%s\n", options.error().c_str());
    return exit_usage;
  }
  const RelayConfig& relay = options->relay;
  switch (options->work) {
    case Options::Work::help:
      std::fputs(usage, stdout);
      return 0;
    case Options::Work::list:
      list();
      return 0;
    case Options::Work::netem:
      std::fputs(netem_script(options->direction == Direction::down ? relay.down : relay.up, options->device).c_str(),
                 stdout);
      return 0;
    case Options::Work::relay:
      return run(relay);
  }
}
