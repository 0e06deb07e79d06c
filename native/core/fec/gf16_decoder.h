// How a decoder repairs. Internal to fec/ and its tests.
#pragma once

#include <cstdint>
#include <optional>

namespace punktfunk::gf16 {

enum class Repair : std::uint8_t { syndromes, whole_block };

// For tests and benchmarks: pins the way for all decoders; nullopt lets the cost decide again. Blocks that only one way
// can do are done that way.
void force_repair(std::optional<Repair> repair) noexcept;

}  // namespace punktfunk::gf16
