#include "impair/link_words.h"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <optional>
#include <span>
#include <vector>

namespace punktfunk {

namespace {

struct Unit {
  std::string_view name;
  double factor;
};
constexpr Unit shares[] = {{"%", 0.01}};
constexpr Unit times[] = {{"ms", 1e6}, {"us", 1e3}, {"s", 1e9}};
constexpr Unit rates[] = {{"kbit", 1e3}, {"mbit", 1e6}, {"gbit", 1e9}};
constexpr Unit sizes[] = {{"kb", 1024}, {"mb", 1024 * 1024}, {"b", 1}};
constexpr Unit counts[] = {{"", 1}};

std::optional<double> number(std::string_view text, std::span<const Unit> units, double least, double most) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || !std::isfinite(value)) { return std::nullopt; }
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  for (const Unit& known : units) {
    if (known.name != unit) { continue; }
    value *= known.factor;
    return value >= least && value <= most ? std::optional(value) : std::nullopt;
  }
  return std::nullopt;
}

constexpr double longest_ns = 60e9;
constexpr double largest_queue_bytes = 256.0 * 1024 * 1024;

// What the words say, before it is put together: bursts are told by their mean, and a queue may be told in time.
struct Words {
  LinkConfig link;
  double bursts = 0, burst = 8, burst_loss = 1;
  double queue_ns = 0;
  bool queue = false, burst_told = false, reorder_by = false, police_burst = false;
};

struct Word {
  std::string_view key;
  std::string_view takes;  // of a sentence: "loss takes ..."
  bool (*read)(std::string_view, Words&);
};

template <typename T>
bool set(T& field, std::optional<double> value) {
  if (value) { field = static_cast<T>(*value); }
  return value.has_value();
}

bool read_queue(std::string_view text, Words& w) {
  w.queue = true;
  if (set(w.queue_ns, number(text, times, 1, longest_ns))) { return true; }
  return set(w.link.queue_bytes, number(text, sizes, 1, largest_queue_bytes));
}

constexpr std::string_view a_share = "a share from 0% to 100%";
constexpr std::string_view a_time = "a time up to 60s, such as 20ms";
constexpr std::string_view a_rate = "a rate from 1kbit to 100gbit, such as 10mbit";
constexpr std::string_view a_size = "a size up to 256mb, such as 64kb";

constexpr Word known[] = {
    {"loss", a_share, [](auto t, Words& w) { return set(w.link.loss, number(t, shares, 0, 1)); }},
    {"bursts", "a share from 0% to 99%", [](auto t, Words& w) { return set(w.bursts, number(t, shares, 0, 0.99)); }},
    {"burst", "a number from 1 to 100000",
     [](auto t, Words& w) { return w.burst_told = set(w.burst, number(t, counts, 1, 1e5)); }},
    {"burst-loss", a_share, [](auto t, Words& w) { return w.burst_told = set(w.burst_loss, number(t, shares, 0, 1)); }},
    {"delay", a_time, [](auto t, Words& w) { return set(w.link.delay_ns, number(t, times, 0, longest_ns)); }},
    {"jitter", a_time, [](auto t, Words& w) { return set(w.link.jitter_ns, number(t, times, 0, longest_ns)); }},
    {"reorder", a_share, [](auto t, Words& w) { return set(w.link.reorder, number(t, shares, 0, 1)); }},
    {"reorder-by", a_time,
     [](auto t, Words& w) { return w.reorder_by = set(w.link.reorder_ns, number(t, times, 0, longest_ns)); }},
    {"duplicate", a_share, [](auto t, Words& w) { return set(w.link.duplicate, number(t, shares, 0, 1)); }},
    {"corrupt", a_share, [](auto t, Words& w) { return set(w.link.corrupt, number(t, shares, 0, 1)); }},
    {"rate", a_rate, [](auto t, Words& w) { return set(w.link.rate_bps, number(t, rates, 1e3, 1e11)); }},
    {"queue", "a size up to 256mb or a time up to 60s, such as 256kb or 100ms", read_queue},
    {"police", a_rate, [](auto t, Words& w) { return set(w.link.police_bps, number(t, rates, 1e3, 1e11)); }},
    {"police-burst", a_size,
     [](auto t, Words& w) {
       return w.police_burst = set(w.link.police_burst_bytes, number(t, sizes, 1, largest_queue_bytes));
     }},
    {"mtu", "a number of bytes from 68 to 65535",
     [](auto t, Words& w) { return set(w.link.mtu_bytes, number(t, counts, 68, 65535)); }},
};

std::string read_word(std::string_view word, Words& w) {
  if (word == "clean") { return {}; }
  if (word == "down") {
    w.link.down = true;
    return {};
  }
  const std::size_t equals = word.find('=');
  const std::string_view key = word.substr(0, equals);
  for (const Word& k : known) {
    if (k.key != key) { continue; }
    const std::string_view value = equals == word.npos ? std::string_view() : word.substr(equals + 1);
    if (k.read(value, w)) { return {}; }
    return std::string(key) + " takes " + std::string(k.takes) + ", not \"" + std::string(value) + "\".";
  }
  std::string all;
  for (const Word& k : known) { all += std::string(k.key) + ", "; }
  return "A link has no \"" + std::string(key) + "\": it has " + all + "down and clean.";
}

// What says nothing without another word is a mistake of whoever wrote it.
std::string put_together(Words& w) {
  LinkConfig& link = w.link;
  if (w.burst_told && w.bursts == 0) { return "burst and burst-loss say nothing without bursts, such as bursts=1%."; }
  if (w.queue && link.rate_bps == 0) { return "queue says nothing without rate, such as rate=10mbit."; }
  if (w.reorder_by && link.reorder == 0) { return "reorder-by says nothing without reorder, such as reorder=1%."; }
  if (w.police_burst && link.police_bps == 0) {
    return "police-burst says nothing without police, such as police=10mbit.";
  }
  if (w.bursts > 0) {
    link.bad_ends = 1 / w.burst;
    link.bad_begins = w.bursts / (1 - w.bursts) * link.bad_ends;
    link.bad_loss = w.burst_loss;
    if (link.bad_begins > 1) { return "There is no channel with so many bursts that are so short: raise burst."; }
  }
  if (w.queue_ns > 0) { link.queue_bytes = static_cast<std::size_t>(w.queue_ns * link.rate_bps / 8e9); }
  return {};
}

void append(std::string& words, const char* key, double value, const char* unit) {
  char text[64];
  std::snprintf(text, sizeof text, "%s%s=%.10g%s", words.empty() ? "" : " ", key, value, unit);
  words += text;
}

}  // namespace

Result<LinkConfig, std::string> parse_link(std::string_view words) {
  Words w;
  while (!words.empty()) {
    const std::size_t end = std::min(words.find_first_of(" ,\t"), words.size());
    const std::string_view word = words.substr(0, end);
    words.remove_prefix(std::min(end + 1, words.size()));
    if (word.empty()) { continue; }
    if (std::string wrong = read_word(word, w); !wrong.empty()) { return wrong; }
  }
  if (std::string wrong = put_together(w); !wrong.empty()) { return wrong; }
  return w.link;
}

std::string words_of(const LinkConfig& link) {
  std::string words = link.down ? "down" : "";
  const LinkConfig plain;
  const auto milliseconds = [](std::uint64_t ns) { return static_cast<double>(ns) / 1e6; };
  if (link.loss > 0) { append(words, "loss", link.loss * 100, "%"); }
  if (link.bad_begins > 0) {
    append(words, "bursts", 100 * link.bad_begins / (link.bad_begins + link.bad_ends), "%");
    append(words, "burst", 1 / link.bad_ends, "");
    if (link.bad_loss != 1) { append(words, "burst-loss", link.bad_loss * 100, "%"); }
  }
  if (link.delay_ns > 0) { append(words, "delay", milliseconds(link.delay_ns), "ms"); }
  if (link.jitter_ns > 0) { append(words, "jitter", milliseconds(link.jitter_ns), "ms"); }
  if (link.reorder > 0) {
    append(words, "reorder", link.reorder * 100, "%");
    if (link.reorder_ns != plain.reorder_ns) { append(words, "reorder-by", milliseconds(link.reorder_ns), "ms"); }
  }
  if (link.duplicate > 0) { append(words, "duplicate", link.duplicate * 100, "%"); }
  if (link.corrupt > 0) { append(words, "corrupt", link.corrupt * 100, "%"); }
  if (link.rate_bps > 0) {
    append(words, "rate", link.rate_bps / 1e6, "mbit");
    if (link.queue_bytes != plain.queue_bytes) { append(words, "queue", static_cast<double>(link.queue_bytes), "b"); }
  }
  if (link.police_bps > 0) {
    append(words, "police", link.police_bps / 1e6, "mbit");
    if (link.police_burst_bytes != plain.police_burst_bytes) {
      append(words, "police-burst", static_cast<double>(link.police_burst_bytes), "b");
    }
  }
  if (link.mtu_bytes > 0) { append(words, "mtu", static_cast<double>(link.mtu_bytes), ""); }
  return words.empty() ? "clean" : words;
}

}  // namespace punktfunk
