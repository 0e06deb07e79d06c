#include "orders.h"

#include <string>

#include "base/json_line.h"
#include "impair/link_words.h"
#include "impair/scenarios.h"
#include "options.h"

namespace punktfunk::impair {

namespace {

void refuse(std::string_view why) {
  JsonLine("refused").text("why", why);
}

void add(JsonLine& line, const std::string& direction, const LinkStats& stats) {
  const auto number = [&](const char* name, std::uint64_t value) {
    line.number(direction + name, static_cast<std::int64_t>(value));
  };
  number("_sent", stats.sent);
  number("_delivered", stats.delivered);
  number("_lost", stats.lost);
  number("_queue_dropped", stats.queue_dropped);
  number("_outage_dropped", stats.outage_dropped);
  number("_policed", stats.policed);
  number("_too_large", stats.too_large);
  number("_overflowed", stats.overflowed);
  number("_duplicated", stats.duplicated);
  number("_corrupted", stats.corrupted);
  number("_reordered", stats.reordered);
}

void tell(const RelayStats& stats) {
  JsonLine line("stats");
  add(line, "down", stats.down);
  add(line, "up", stats.up);
  line.number("strangers", static_cast<std::int64_t>(stats.strangers));
  line.number("kernel_drops", static_cast<std::int64_t>(stats.kernel_drops));
  line.number("unsent", static_cast<std::int64_t>(stats.unsent));
  line.number("late_p50_us", static_cast<std::int64_t>(stats.late.percentile_us(0.50)));
  line.number("late_p99_us", static_cast<std::int64_t>(stats.late.percentile_us(0.99)));
  line.number("late_max_us", static_cast<std::int64_t>(stats.late.max_us()));
  line.number("cpu_ms", static_cast<std::int64_t>(stats.thread_cpu_ns / 1'000'000));
}

}  // namespace

void obey(Relay& relay, std::string_view order) {
  const std::size_t space = order.find(' ');
  const std::string_view verb = order.substr(0, space);
  const std::string_view rest = space == order.npos ? std::string_view() : order.substr(space + 1);
  if (verb == "stats") { return tell(relay.stats()); }
  if (verb == "down" || verb == "up") {
    const auto link = parse_link(rest);
    if (!link) { return refuse(link.error()); }
    relay.change(verb == "down" ? Direction::down : Direction::up, *link);
  } else if (verb == "scenario") {
    const Scenario* const scenario = find_scenario(rest);
    if (scenario == nullptr) { return refuse(no_scenario_called(rest)); }
    relay.change(Direction::down, scenario->down());
    relay.change(Direction::up, scenario->up());
  } else {
    return refuse("There is no order \"" + std::string(verb) + "\": down, up, scenario, stats.");
  }
  JsonLine("changed");
}

}  // namespace punktfunk::impair
