#include "bench/results.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <utility>

namespace bench {

namespace {

std::string figure(const Result& result) {
  char text[48];
  if (result.unit == "GB/s") {
    std::snprintf(text, sizeof text, result.best < 10 ? "%.2f/%.2f" : "%.1f/%.1f", result.median, result.best);
  } else {
    std::snprintf(text, sizeof text, "%.0f/%.0f", result.median, result.best);
  }
  return text;
}

// The shape of a block; nothing where there is none.
std::string column_name(const Result& result) {
  if (result.parity_shards == 0) { return ""; }
  return std::to_string(result.data_shards) + "," + std::to_string(result.parity_shards);
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') { out += '\\'; }
    if (static_cast<unsigned char>(c) >= 0x20) { out += c; }
  }
  return out + '"';
}

template <class T>
void add_once(std::vector<T>& list, const T& item) {
  if (std::find(list.begin(), list.end(), item) == list.end()) { list.push_back(item); }
}

}  // namespace

void print_tables(const std::vector<Result>& results) {
  std::vector<std::pair<std::string, std::size_t>> tables;
  for (const Result& result : results) { add_once(tables, {result.what, result.bytes}); }
  for (const auto& [what, bytes] : tables) {
    std::vector<std::string> columns;
    std::vector<std::string> codecs;
    std::map<std::pair<std::string, std::string>, std::string> cells;
    std::string unit;
    for (const Result& result : results) {
      if (result.what != what || result.bytes != bytes) { continue; }
      const std::string column = column_name(result);
      add_once(columns, column);
      add_once(codecs, result.codec);
      cells[{result.codec, column}] = figure(result);
      unit = result.unit;
    }
    // At most 80 columns wide: long rows of shapes are broken.
    constexpr std::size_t shapes_a_line = 4;
    for (std::size_t first = 0; first < columns.size(); first += shapes_a_line) {
      const std::size_t last = std::min(columns.size(), first + shapes_a_line);
      std::printf("\n%s", what.c_str());
      if (bytes != 0) { std::printf(", %zu bytes", bytes); }
      std::printf(", %s\n%-28s", unit.c_str(), "");
      for (std::size_t i = first; i < last; ++i) { std::printf(" %12s", columns[i].c_str()); }
      std::printf("\n");
      for (const auto& codec : codecs) {
        std::printf("%-28s", codec.c_str());
        for (std::size_t i = first; i < last; ++i) { std::printf(" %12s", cells[{codec, columns[i]}].c_str()); }
        std::printf("\n");
      }
    }
  }
  std::printf(
      "\nColumns: shards of data, of parity. Figures: median/best of the rounds, in CPU\n"
      "time; more GB/s and fewer us or ns are better. memcpy and the xor of all data\n"
      "tell what one pass over the data costs.\n");
  double load = 0;
  const long cores = sysconf(_SC_NPROCESSORS_ONLN);
  if (getloadavg(&load, 1) == 1 && load > 1.0 + 0.25 * static_cast<double>(cores)) {
    std::printf("The machine was busy (load %.1f on %ld cores): repeat it on an idle one.\n", load, cores);
  } else {
    std::printf("The machine was idle enough for these figures to be compared.\n");
  }
}

std::string to_json(const std::vector<Result>& results, const std::string& machine, const std::string& isa) {
  std::string out =
      "{\"machine\":" + quoted(machine) + ",\"isa\":" + quoted(isa) + ",\"clock\":\"thread CPU time\",\"results\":[\n";
  for (std::size_t i = 0; i < results.size(); ++i) {
    const Result& r = results[i];
    char numbers[256];
    std::snprintf(numbers, sizeof numbers,
                  ",\"data_shards\":%zu,\"parity_shards\":%zu,\"bytes\":%zu,\"median\":%.6g,\"best\":%.6g",
                  r.data_shards, r.parity_shards, r.bytes, r.median, r.best);
    out += "{\"what\":" + quoted(r.what) + ",\"codec\":" + quoted(r.codec) + ",\"field\":" + quoted(r.field) + numbers +
           ",\"unit\":" + quoted(r.unit) + "}" + (i + 1 < results.size() ? ",\n" : "\n");
  }
  return out + "]}\n";
}

std::string machine_text() {
  std::string name = "unknown processor";
  std::ifstream cpuinfo("/proc/cpuinfo");
  std::string family, model;
  for (std::string line; std::getline(cpuinfo, line);) {
    const auto value = [&] { return line.substr(std::min(line.size(), line.find(':') + 2)); };
    if (line.starts_with("model name")) { name = value(); }
    if (line.starts_with("cpu family")) { family = value(); }
    if (line.starts_with("model\t")) { model = value(); }
  }
  double load = 0;
  if (getloadavg(&load, 1) != 1) { load = -1; }
  char text[64];
  std::snprintf(text, sizeof text, ", load %.1f", load);
  return name + " (family " + family + " model " + model + ")" + text;
}

}  // namespace bench
