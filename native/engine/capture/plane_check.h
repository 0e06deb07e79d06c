// Which bytes of a PipeWire buffer are a picture. A producer's words about sizes are claims: only the file's own length
// counts.
#pragma once

#include <cstdint>
#include <string_view>

namespace punktfunk {

enum class PlaneVerdict : std::uint8_t {
  usable,
  empty,       // no bytes: a cursor-only or first buffer, not an error
  bad_size,    // no width, no height or no bytes a pixel
  bad_stride,  // a line does not hold the picture's width, or lines run backwards
  bad_offset,  // the picture begins behind the end of the file
  too_short,   // the file, or what the producer says it wrote, ends before the picture does
};

// Its name.
std::string_view text(PlaneVerdict verdict) noexcept;

struct PlaneClaim {
  std::uint64_t file_bytes = 0;    // fstat, not a claim: the true length of what the descriptor names
  std::uint64_t map_offset = 0;    // where the buffer begins in the file
  std::uint64_t chunk_offset = 0;  // where the picture begins in the buffer
  std::uint64_t chunk_bytes = 0;   // how much the producer says it wrote, from chunk_offset on
  std::int64_t chunk_stride = 0;   // bytes a line; 0 = lines lie side by side
  std::uint32_t width = 0, height = 0;
  std::uint32_t bytes_per_pixel = 4;
};

struct PlaneSpan {
  PlaneVerdict verdict = PlaneVerdict::too_short;  // the rest is 0 unless usable
  std::uint64_t file_offset = 0;                   // of the first pixel
  std::uint64_t length = 0;                        // up to the last pixel; the last line needs no padding
  std::uint32_t stride = 0;                        // bytes
};

// Any values are allowed; nothing overflows.
PlaneSpan check_plane(const PlaneClaim& claim) noexcept;

}  // namespace punktfunk
