// What both ends know of each other: the stream's form, and what stands in a picture that is no picture.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <span>

#include "core/packet/gamestream_video.h"

namespace punktfunk::throughput {

inline constexpr char ping_payload[] = "PUNKTFUNKGBITS01";
inline constexpr std::size_t packet_size = 1392, max_unit_bytes = 1u << 20;
inline constexpr unsigned fec_percent = 20;
// Of noise, which nobody needs to keep from anybody.
inline constexpr AesKey key{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

struct Stamp {
  std::uint64_t number = 0;
  std::uint64_t handed_ns = 0;  // CLOCK_MONOTONIC of the sender's machine
};

// At the beginning, and the number at the end once more. unit: at least 24 bytes.
inline void write_stamp(std::span<std::uint8_t> unit, const Stamp& stamp) {
  std::memcpy(unit.data(), &stamp, sizeof stamp);
  std::memcpy(unit.data() + unit.size() - sizeof stamp.number, &stamp.number, sizeof stamp.number);
}

// Nothing: these are not the bytes that were handed over.
inline std::optional<Stamp> read_stamp(std::span<const std::uint8_t> unit) {
  Stamp stamp;
  std::uint64_t at_the_end = 0;
  if (unit.size() < sizeof stamp + sizeof at_the_end) { return std::nullopt; }
  std::memcpy(&stamp, unit.data(), sizeof stamp);
  std::memcpy(&at_the_end, unit.data() + unit.size() - sizeof at_the_end, sizeof at_the_end);
  if (stamp.number != at_the_end) { return std::nullopt; }
  return stamp;
}

}  // namespace punktfunk::throughput
