#include "engine/capture/plane_check.h"

#include <limits>

namespace punktfunk {

std::string_view text(PlaneVerdict verdict) noexcept {
  constexpr std::string_view words[] = {"usable", "empty", "bad_size", "bad_stride", "bad_offset", "too_short"};
  return words[static_cast<std::size_t>(verdict)];
}

PlaneSpan check_plane(const PlaneClaim& claim) noexcept {
  const auto refused = [](PlaneVerdict verdict) {
    PlaneSpan span;
    span.verdict = verdict;
    return span;
  };
  if (claim.chunk_bytes == 0) { return refused(PlaneVerdict::empty); }
  if (claim.width == 0 || claim.height == 0 || claim.bytes_per_pixel == 0) { return refused(PlaneVerdict::bad_size); }

  constexpr std::uint64_t max_stride = std::numeric_limits<std::uint32_t>::max();
  const std::uint64_t line_bytes = std::uint64_t{claim.width} * claim.bytes_per_pixel;
  if (claim.chunk_stride < 0) { return refused(PlaneVerdict::bad_stride); }
  const std::uint64_t stride = claim.chunk_stride == 0 ? line_bytes : static_cast<std::uint64_t>(claim.chunk_stride);
  if (stride < line_bytes || stride > max_stride) { return refused(PlaneVerdict::bad_stride); }
  // Both factors fit 32 bits and a line is no longer than the stride, so the sum fits 64.
  const std::uint64_t length = stride * (claim.height - 1) + line_bytes;

  // Differences instead of sums: offsets near 2^64 must not wrap round to small ones.
  if (claim.map_offset > claim.file_bytes) { return refused(PlaneVerdict::bad_offset); }
  const std::uint64_t buffer_bytes = claim.file_bytes - claim.map_offset;
  if (claim.chunk_offset > buffer_bytes) { return refused(PlaneVerdict::bad_offset); }
  if (buffer_bytes - claim.chunk_offset < length || claim.chunk_bytes < length) {
    return refused(PlaneVerdict::too_short);
  }
  return {PlaneVerdict::usable, claim.map_offset + claim.chunk_offset, length, static_cast<std::uint32_t>(stride)};
}

}  // namespace punktfunk
