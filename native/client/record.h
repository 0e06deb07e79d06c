// What came over the wire, kept to be looked at when nothing is measured any more: access units, each with the time it
// was whole. A file of records: received_ns (8 bytes), length (4), both in this machine's order, and the access unit.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>
#include <vector>

namespace punktfunk::client {

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

struct Received {
  std::uint64_t received_ns = 0;  // CLOCK_MONOTONIC
  std::vector<std::uint8_t> access_unit;
};

inline constexpr std::size_t max_recorded_bytes = 64u << 20;

inline bool write_record(std::FILE* file, std::span<const std::uint8_t> access_unit, std::uint64_t received_ns) {
  const auto length = static_cast<std::uint32_t>(access_unit.size());
  return std::fwrite(&received_ns, sizeof received_ns, 1, file) == 1 &&
         std::fwrite(&length, sizeof length, 1, file) == 1 &&
         std::fwrite(access_unit.data(), 1, length, file) == length;
}

// False at the end of the file, and where a record is not whole.
inline bool read_record(std::FILE* file, Received& record) {
  std::uint32_t length = 0;
  if (std::fread(&record.received_ns, sizeof record.received_ns, 1, file) != 1 ||
      std::fread(&length, sizeof length, 1, file) != 1 || length > max_recorded_bytes) {
    return false;
  }
  record.access_unit.resize(length);
  return std::fread(record.access_unit.data(), 1, length, file) == length;
}

}  // namespace punktfunk::client
