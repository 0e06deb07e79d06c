// How a decoder repairs. Internal to fec/ and its tests.
#pragma once

#include <cstdint>
#include <optional>

namespace punktfunk::gf16 {

// From syndromes by the inverse of a Cauchy matrix (gf16_syndrome.h), from syndromes by interpolation (the same), by
// transforms over the whole block (gf16_whole.h).
enum class Repair : std::uint8_t { syndromes, interpolation, whole_block };

// For tests and benchmarks: pins the way for all decoders; nullopt lets the cost decide again. Blocks that cannot be
// done in a way are done in another: interpolation is for high-rate blocks, and some blocks are done as a whole only.
void force_repair(std::optional<Repair> repair) noexcept;

}  // namespace punktfunk::gf16
