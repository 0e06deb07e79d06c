#include "impair/scenarios.h"

#include "base/assert.h"
#include "impair/link_words.h"

namespace punktfunk {

namespace {

// "Assumed" is said of what no source gives: a figure of a kind that is ordinary, so that runs can be compared.
const std::vector<Scenario> table = {
    {"clean", "a cable: nothing is changed", "none is needed", {{0, "clean", "clean"}}, 0},
    {"wifi",
     "Wi-Fi at 5 GHz one room away, others on the channel",
     "assumed: retries of the MAC turn most loss into jitter of some ms (IEEE 802.11-2020, 10.3)",
     {{0, "loss=0.1% delay=1ms jitter=4ms rate=200mbit queue=50ms", "loss=0.1% delay=1ms jitter=4ms rate=100mbit"}},
     0},
    {"wifi-microwave",
     "the same client beside a microwave oven, fallen back to 2.4 GHz, at 50 Hz",
     "on for half of each cycle of the mains, near 2.45 GHz: Kamerman and Erkocevic, PIMRC 1997; 5 GHz is not "
     "disturbed; rates and losses assumed",
     {{0, "loss=0.2% delay=2ms jitter=3ms rate=60mbit queue=100ms", "loss=0.2% delay=2ms jitter=3ms rate=30mbit"},
      {10, "loss=8% delay=4ms jitter=8ms rate=8mbit queue=100ms", "loss=8% delay=4ms jitter=8ms rate=4mbit"}},
     20},
    {"roaming",
     "a phone that walks from one access point to the next, each 10 s",
     "a hand-over is an outage of some 60 to 400 ms, most of it scanning: Mishra, Shin and Arbaugh, CCR 33(2), 2003; "
     "what is before it assumed",
     {{0, "loss=0.1% delay=2ms jitter=4ms rate=100mbit", "loss=0.1% delay=2ms jitter=4ms rate=50mbit"},
      {8000, "bursts=3% burst=10 delay=4ms jitter=15ms rate=15mbit",
       "bursts=3% burst=10 delay=4ms jitter=15ms rate=8mbit"},
      {9500, "down", "down"},
      {9800, "loss=0.1% delay=2ms jitter=4ms rate=100mbit", "loss=0.1% delay=2ms jitter=4ms rate=50mbit"}},
     10000},
    {"lte",
     "a phone on LTE whose cell gets fuller and emptier",
     "medians of 13 Mbit/s down and 6 up: Huang et al., MobiSys 2012; delays, and how rates change about them, assumed",
     {{0, "loss=0.05% delay=30ms jitter=12ms rate=20mbit queue=300ms", "delay=35ms jitter=15ms rate=6mbit queue=300ms"},
      {3000, "loss=0.05% delay=30ms jitter=15ms rate=13mbit queue=300ms",
       "delay=35ms jitter=15ms rate=6mbit queue=300ms"},
      {6000, "loss=0.2% delay=35ms jitter=25ms rate=8mbit queue=300ms",
       "delay=40ms jitter=25ms rate=4mbit queue=300ms"},
      {8000, "loss=0.05% delay=30ms jitter=12ms rate=13mbit queue=300ms",
       "delay=35ms jitter=15ms rate=6mbit queue=300ms"}},
     10000},
    {"vpn-1280",
     "a tunnel with an MTU of 1280 that drops what is larger",
     "the least MTU of IPv6 (RFC 8200, 5), which tunnels use; delay and rate assumed",
     {{0, "mtu=1280 delay=15ms jitter=2ms rate=100mbit", "mtu=1280 delay=15ms jitter=2ms rate=40mbit"}},
     0},
    {"narrowing",
     "a link that gets wide, then too narrow, then as before",
     "1, 2.5, 0.6 and 1 times a reference, and a queue of 300 ms: RFC 8867, 5.1, at a quarter of its times; reference "
     "10 Mbit/s assumed",
     {{0, "delay=50ms rate=10mbit queue=300ms", "delay=50ms"},
      {10000, "delay=50ms rate=25mbit queue=300ms", "delay=50ms"},
      {15000, "delay=50ms rate=6mbit queue=300ms", "delay=50ms"},
      {20000, "delay=50ms rate=10mbit queue=300ms", "delay=50ms"}},
     25000},
    {"policer",
     "a provider that drops what is beyond 10 Mbit/s and never queues",
     "how policers work and what they cost: Flach et al., SIGCOMM 2016; rate and bucket assumed",
     {{0, "delay=10ms police=10mbit police-burst=64kb", "delay=10ms"}},
     0},
};

Timeline timeline(const Scenario& scenario, const char* ScenarioStep::* direction) {
  std::vector<LinkStep> steps;
  for (const ScenarioStep& step : scenario.steps) {
    const auto link = parse_link(step.*direction);
    PF_ASSERT(link);
    steps.push_back({step.from_ms * 1'000'000, *link});
  }
  return Timeline(std::move(steps), scenario.repeat_ms * 1'000'000);
}

}  // namespace

Timeline Scenario::down() const {
  return timeline(*this, &ScenarioStep::down);
}
Timeline Scenario::up() const {
  return timeline(*this, &ScenarioStep::up);
}

std::span<const Scenario> scenarios() {
  return table;
}

const Scenario* find_scenario(std::string_view name) {
  for (const Scenario& scenario : table) {
    if (name == scenario.name) { return &scenario; }
  }
  return nullptr;
}

}  // namespace punktfunk
