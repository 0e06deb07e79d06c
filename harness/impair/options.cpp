#include "options.h"

#include <charconv>
#include <cstring>
#include <optional>
#include <string_view>

#include "impair/link_words.h"
#include "impair/netem.h"
#include "impair/scenarios.h"

namespace punktfunk::impair {

const char* const usage =
    "punktfunk-impair: the worker of `punktfunk-harness impair`, which tells more.\n"
    "\n"
    "  --listen ADDRESS --host ADDRESS --ports FIRST-LAST [--host-port FIRST]\n"
    "                    relays these UDP ports; orders come a line each on standard\n"
    "                    input (down LINK, up LINK, scenario NAME, stats), answers go\n"
    "                    to standard output; ends with standard input\n"
    "  --seed N          of all chances (1)\n"
    "  --scenario NAME, --down LINK, --up LINK\n"
    "                    the link to begin with; later words win\n"
    "  --list            the scenarios\n"
    "  --netem DEVICE    a script of tc instead; what leaves is the direction down\n"
    "  --netem-up DEVICE the same of the other direction\n";

std::string no_scenario_called(std::string_view name) {
  return "There is no scenario \"" + std::string(name) + "\": impair --list shows those there are.";
}

namespace {

template <typename T>
std::optional<T> whole(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) { return std::nullopt; }
  return value;
}

std::string read_ports(std::string_view text, RelayConfig& relay) {
  const std::size_t dash = text.find('-');
  const auto first = whole<std::uint16_t>(text.substr(0, dash));
  const auto last = dash == text.npos ? first : whole<std::uint16_t>(text.substr(dash + 1));
  if (!first || !last || *first == 0 || *last < *first) {
    return "--ports takes FIRST-LAST from 1 to 65535, not \"" + std::string(text) + "\".";
  }
  relay.first_port = *first;
  relay.last_port = *last;
  return {};
}

std::string read_link(std::string_view text, Timeline& timeline) {
  const auto link = parse_link(text);
  if (!link) { return link.error(); }
  timeline = *link;
  return {};
}

std::string read_scenario(std::string_view name, RelayConfig& relay) {
  const Scenario* const scenario = find_scenario(name);
  if (scenario == nullptr) { return no_scenario_called(name); }
  relay.down = scenario->down();
  relay.up = scenario->up();
  return {};
}

std::string read_device(std::string_view name, Direction direction, Options& options) {
  options.work = Options::Work::netem;
  options.device = name;
  options.direction = direction;
  return is_device_name(options.device) ? "" : "There is no network device called \"" + options.device + "\".";
}

std::string read_value(std::string_view name, const char* value, Options& options) {
  RelayConfig& relay = options.relay;
  if (name == "--listen") { relay.listen_address = value; }
  if (name == "--host") { relay.host_address = value; }
  if (name == "--ports") { return read_ports(value, relay); }
  if (name == "--down") { return read_link(value, relay.down); }
  if (name == "--up") { return read_link(value, relay.up); }
  if (name == "--scenario") { return read_scenario(value, relay); }
  if (name == "--netem") { return read_device(value, Direction::down, options); }
  if (name == "--netem-up") { return read_device(value, Direction::up, options); }
  if (name == "--host-port") {
    const auto port = whole<std::uint16_t>(value);
    relay.host_first_port = port.value_or(0);
    if (!port) { return "--host-port takes a port, not \"" + std::string(value) + "\"."; }
  }
  if (name == "--seed") {
    const auto seed = whole<std::uint64_t>(value);
    relay.seed = seed.value_or(0);
    if (!seed) { return "--seed takes a whole number from 0, not \"" + std::string(value) + "\"."; }
  }
  return {};
}

bool takes_value(std::string_view name) {
  for (const char* const known : {"--listen", "--host", "--ports", "--host-port", "--down", "--up", "--scenario",
                                  "--netem", "--netem-up", "--seed"}) {
    if (name == known) { return true; }
  }
  return false;
}

}  // namespace

Result<Options, std::string> parse_options(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--help") { options.work = Options::Work::help; }
    if (name == "--list") { options.work = Options::Work::list; }
    if (name == "--help" || name == "--list") { continue; }
    if (!takes_value(name)) { return "There is no argument " + std::string(name) + "; see --help."; }
    if (++i == argc) { return std::string(name) + " needs a value; see --help."; }
    if (std::string wrong = read_value(name, argv[i], options); !wrong.empty()) { return wrong; }
  }
  const RelayConfig& relay = options.relay;
  if (options.work == Options::Work::relay &&
      (relay.listen_address.empty() || relay.host_address.empty() || relay.first_port == 0)) {
    return std::string("--listen, --host and --ports are needed; see --help.");
  }
  return options;
}

}  // namespace punktfunk::impair
