#include "stale_bands.h"

#include <algorithm>
#include <cstdlib>

namespace punktfunk::judge {

namespace {

constexpr std::uint32_t band_rows = 16;
constexpr std::int32_t clearly = 64;  // levels of luma: more than grain makes

constexpr double is_newest = 256;

// How far the rows are from `older`, in levels a telling sample; is_newest when it is not by far the nearer of
// the two: where a rate leaves only a blur of fine detail, that is as near to the one as to the other.
double distance(const std::uint8_t* older, const std::uint8_t* newest, const Plane& decoded, std::uint32_t width,
                std::uint32_t from, std::uint32_t to) {
  std::uint32_t telling = 0;
  std::int64_t to_older = 0, to_newest = 0;
  for (std::uint32_t y = from; y < to; ++y) {
    const std::uint8_t* const old_row = older + std::size_t{y} * width;
    const std::uint8_t* const new_row = newest + std::size_t{y} * width;
    const std::uint8_t* const row = decoded.samples + std::size_t{y} * decoded.stride;
    std::uint32_t row_telling = 0, row_to_older = 0, row_to_newest = 0;
    for (std::uint32_t x = 0; x < width; ++x) {
      const std::int32_t was = old_row[x], is = new_row[x], got = row[x];
      const std::uint32_t tells = std::abs(was - is) >= clearly ? 1 : 0;
      row_telling += tells;
      row_to_older += tells * static_cast<std::uint32_t>(std::abs(got - was));
      row_to_newest += tells * static_cast<std::uint32_t>(std::abs(got - is));
    }
    telling += row_telling, to_older += row_to_older, to_newest += row_to_newest;
  }
  // Fewer than one row has are a detail, which a starved rate may leave behind for a picture.
  if (telling < width || 2 * to_older >= to_newest) { return is_newest; }
  return static_cast<double>(to_older) / telling;
}

}  // namespace

std::vector<StaleBand> stale_bands(const Reference& reference, const Plane& decoded) {
  std::vector<StaleBand> bands;
  const std::uint32_t height = reference.height();
  // The code in the corner has been read: it is of the newest.
  for (std::uint32_t from = (beacon_height_px + band_rows - 1) / band_rows * band_rows; from < height;
       from += band_rows) {
    double least = is_newest;
    unsigned nearest = 0;
    for (unsigned age = 1; age < Reference::kept && reference.luma(age) != nullptr; ++age) {
      const double far = distance(reference.luma(age), reference.luma(0), decoded, reference.width(), from,
                                  std::min(from + band_rows, height));
      if (far < least) { least = far, nearest = age; }
    }
    if (nearest != 0) { bands.push_back({from, reference.number(nearest)}); }
  }
  return bands;
}

}  // namespace punktfunk::judge
