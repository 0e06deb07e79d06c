#include "impair/netem.h"

#include <algorithm>
#include <cctype>
#include <cstdarg>
#include <cstdio>

namespace punktfunk {

namespace {

constexpr std::size_t most_name_bytes = 15;  // IFNAMSIZ less its end
constexpr std::size_t netem_packets = 100'000;
constexpr std::size_t packet_bytes = 1500;
constexpr double unbounded_bps = 1e9;

[[gnu::format(printf, 1, 2)]] std::string text(const char* form, ...) {
  char line[160];
  va_list values;
  va_start(values, form);
  std::vsnprintf(line, sizeof line, form, values);
  va_end(values);
  return line;
}

double milliseconds(std::uint64_t ns) {
  return static_cast<double>(ns) / 1e6;
}

std::string losses(const LinkConfig& link) {
  if (link.down) { return " loss 100%"; }
  if (link.bad_begins > 0) {
    return text(" loss gemodel %g%% %g%% %g%% %g%%", link.bad_begins * 100, link.bad_ends * 100, link.bad_loss * 100,
                link.loss * 100);
  }
  return link.loss > 0 ? text(" loss %g%%", link.loss * 100) : "";
}

// netem sends at once those that overtake: it can reorder only where nothing else is delayed.
bool can_reorder(const LinkConfig& link) {
  return link.reorder > 0 && link.delay_ns == 0 && link.jitter_ns == 0;
}

std::string delays(const LinkConfig& link) {
  if (can_reorder(link)) {
    return text(" delay %gms reorder %g%%", milliseconds(link.reorder_ns), 100 - link.reorder * 100);
  }
  const double mean_ms = milliseconds(link.delay_ns + link.jitter_ns / 2);
  if (mean_ms == 0) { return ""; }
  std::string words = text(" delay %gms", mean_ms);
  if (link.jitter_ns > 0) { words += text(" %gms", milliseconds(link.jitter_ns) / 2); }
  return words;
}

std::string netem_words(const LinkConfig& link) {
  std::string words = losses(link) + delays(link);
  if (link.duplicate > 0) { words += text(" duplicate %g%%", link.duplicate * 100); }
  if (link.corrupt > 0) { words += text(" corrupt %g%%", link.corrupt * 100); }
  std::size_t limit = netem_packets;
  if (link.rate_bps > 0) {
    limit = std::max<std::size_t>(link.queue_bytes / packet_bytes, 1);
    // Those that are delayed count, too.
    limit += static_cast<std::size_t>(link.rate_bps / 8e9 * static_cast<double>(link.delay_ns) / packet_bytes);
  }
  return words + text(" limit %zu", limit);
}

void add_step(std::string& script, const LinkConfig& link, const char* device) {
  if (link.mtu_bytes > 0) {
    script += text("# netem drops nothing by its size: mtu=%zu is left out\n", link.mtu_bytes);
  }
  if (link.reorder > 0 && !can_reorder(link)) {
    script += text("# netem cannot both delay all and reorder some: reorder=%g%% is left out\n", link.reorder * 100);
  }
  script += text("tc qdisc replace dev %s root handle 1: tbf rate %.0fkbit burst 1600 limit 1mb\n", device,
                 (link.rate_bps > 0 ? link.rate_bps : unbounded_bps) / 1e3);
  script += text("tc qdisc replace dev %s parent 1:1 handle 10: netem", device) + netem_words(link) + "\n";
  script += text("tc filter del dev %s egress 2>/dev/null || true\n", device);
  if (link.police_bps > 0) {
    script += text("tc filter add dev %s egress matchall action police rate %.0fkbit burst %zu conform-exceed drop\n",
                   device, link.police_bps / 1e3, link.police_burst_bytes);
  }
}

}  // namespace

bool is_device_name(const std::string& name) {
  const auto plain = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.' || c == '@';
  };
  return !name.empty() && name.size() <= most_name_bytes && name[0] != '-' && name[0] != '.' &&
         std::all_of(name.begin(), name.end(), plain);
}

std::string netem_script(const Timeline& timeline, const std::string& device) {
  const char* const name = device.c_str();
  std::string script = "#!/bin/sh\n# Run as root; Ctrl-C takes it off again.\nset -e\n";
  script +=
      text("trap 'tc qdisc del dev %s root; tc qdisc del dev %s clsact' EXIT\ntrap 'exit 0' INT TERM\n", name, name);
  script += text("tc qdisc add dev %s clsact\n", name);
  script += "# The token bucket takes apart what the kernel sends as one (UDP GSO), which netem would lose whole.\n";
  const auto& steps = timeline.steps();
  script += timeline.repeat_ns() != 0 ? "while :; do\n" : "";
  for (std::size_t i = 0; i < steps.size(); ++i) {
    add_step(script, steps[i].link, name);
    const bool last = i + 1 == steps.size();
    const std::uint64_t until_ns = last ? timeline.repeat_ns() : steps[i + 1].from_ns;
    if (until_ns != 0) { script += text("sleep %g\n", static_cast<double>(until_ns - steps[i].from_ns) / 1e9); }
  }
  return script + (timeline.repeat_ns() != 0 ? "done\n" : "sleep infinity\n");
}

}  // namespace punktfunk
