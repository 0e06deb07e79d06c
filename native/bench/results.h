// What a run measured, as a table for people and as JSON.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace bench {

struct Result {
  std::string what;   // "encode", "decode 5%", "seal", ...
  std::string codec;  // who did it
  std::string field;
  std::size_t data_shards = 0;
  std::size_t parity_shards = 0;
  std::size_t bytes = 0;  // of a shard or a packet
  double median = 0;      // GB/s of data, or ns a packet, or us a frame
  double best = 0;
  std::string unit;
};

// One table for every kind of work and size: codecs down, shapes across, median / best.
void print_tables(const std::vector<Result>& results);

std::string to_json(const std::vector<Result>& results, const std::string& machine, const std::string& isa);

// The processor's name and how busy the machine is, for the head of a report.
std::string machine_text();

}  // namespace bench
