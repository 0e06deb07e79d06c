// Why the code of a beacon is not where it should be: looked for at other places, sizes and colours, so that people are
// told what is between the beacon and the one who reads it. Not for the frame path: it takes milliseconds.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "beacon/beacon_code.h"

namespace punktfunk {

struct BeaconSight {
  BeaconCode code;
  double scale = 1;                  // 1: as it was painted
  std::uint32_t x = 0, y = 0;        // of its top left corner
  std::uint8_t dark = 0, light = 0;  // its blacks and whites, as luma
};

namespace beacon_search {

// The code with its corner at x, y and blocks of so many pixels, by the middle of each block.
inline std::optional<BeaconSight> look(const std::uint8_t* luma, std::size_t stride, double x, double y, double block) {
  std::array<std::uint8_t, std::size_t{beacon_rows} * beacon_columns> samples;
  for (std::uint32_t row = 0; row < beacon_rows; ++row) {
    const auto line = static_cast<std::size_t>(y + (row + 0.5) * block);
    for (std::uint32_t column = 0; column < beacon_columns; ++column) {
      const auto at = static_cast<std::size_t>(x + (column + 0.5) * block);
      samples[std::size_t{row} * beacon_columns + column] = luma[line * stride + at];
    }
  }
  const auto [dark, light] = std::minmax_element(samples.begin(), samples.end());
  constexpr int faintest = 16;  // what noise may make
  if (*light - *dark < faintest) { return std::nullopt; }
  const int middle = (*dark + *light + 1) / 2;
  std::array<std::uint64_t, beacon_rows> rows{};
  for (std::size_t i = 0; i < samples.size(); ++i) {
    std::uint64_t& row = rows[i / beacon_columns];
    row = row << 1 | (samples[i] >= middle ? 1 : 0);
  }
  if ((rows[0] ^ rows[1] ^ beacon_check_key) != rows[2]) { return std::nullopt; }
  return BeaconSight{.code = {rows[0], rows[1]},
                     .scale = block / beacon_block_px,
                     .x = static_cast<std::uint32_t>(x),
                     .y = static_cast<std::uint32_t>(y),
                     .dark = *dark,
                     .light = *light};
}

}  // namespace beacon_search

// Anywhere in a picture, from half to twice its size; nothing where no code is.
inline std::optional<BeaconSight> search_beacon(const std::uint8_t* luma, std::size_t stride, std::uint32_t width,
                                                std::uint32_t height) {
  constexpr std::array scales = {1.0, 0.5, 0.6,  2.0 / 3, 0.75, 0.8,  5.0 / 6, 0.9,
                                 1.1, 1.2, 1.25, 4.0 / 3, 1.5,  1.75, 2.0};
  constexpr std::uint32_t furthest_px = 128, step_px = 2;  // a title bar, a panel
  for (const double scale : scales) {
    const double block = beacon_block_px * scale;
    const double code_width = block * beacon_columns, code_height = block * beacon_rows;
    if (code_width > width || code_height > height) { continue; }
    const auto most = [&](std::uint32_t side, double code) {
      return std::min(furthest_px, static_cast<std::uint32_t>(side - std::ceil(code)));
    };
    for (std::uint32_t y = 0; y <= most(height, code_height); y += step_px) {
      for (std::uint32_t x = 0; x <= most(width, code_width); x += step_px) {
        if (const auto sight = beacon_search::look(luma, stride, x, y, block)) { return sight; }
      }
    }
  }
  return std::nullopt;
}

}  // namespace punktfunk
