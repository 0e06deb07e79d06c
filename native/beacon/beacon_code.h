// The machine-readable corner of a test picture: who paints it (harness/beacon, the synthetic source) and who reads it
// (tests, the probe, the latency harness) share this definition.
//
// Three rows of 64 blocks, 8x8 pixels each, from x = 0, y = 0; 512 x 24 pixels. Most significant bit first; white = 1,
// black = 0.
//   row 0  frame number
//   row 1  CLOCK_MONOTONIC of painting, ns
//   row 2  row 0 ^ row 1 ^ 0xA5A5A5A5A5A5A5A5: a picture without the code, or a torn one, does not pass for a number
// Blocks of 8 pixels survive 4:2:0 and strong quantisation: a block is a transform block, and only its middle is read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace punktfunk {

inline constexpr std::uint32_t beacon_block_px = 8;
inline constexpr std::uint32_t beacon_columns = 64;
inline constexpr std::uint32_t beacon_rows = 3;
inline constexpr std::uint32_t beacon_width_px = beacon_columns * beacon_block_px;
inline constexpr std::uint32_t beacon_height_px = beacon_rows * beacon_block_px;
inline constexpr std::uint64_t beacon_check_key = 0xA5A5A5A5A5A5A5A5ull;

// With every so manieth picture the beacon clicks, when it is told to.
inline constexpr std::uint64_t beacon_click_frames = 32;

struct BeaconCode {
  std::uint64_t frame_number = 0;
  std::uint64_t painted_ns = 0;  // CLOCK_MONOTONIC
};

// Paints into 32-bit pixels with padding or alpha last in memory (BGRx, BGRA, RGBx, RGBA). The picture must be at least
// beacon_width_px x beacon_height_px; smaller ones stay untouched and false is returned. stride in bytes.
inline bool paint_beacon_code(std::uint8_t* pixels, std::size_t stride, std::uint32_t width, std::uint32_t height,
                              const BeaconCode& code) {
  if (width < beacon_width_px || height < beacon_height_px) { return false; }
  const std::uint64_t rows[beacon_rows] = {code.frame_number, code.painted_ns,
                                           code.frame_number ^ code.painted_ns ^ beacon_check_key};
  for (std::uint32_t row = 0; row < beacon_rows; ++row) {
    std::uint8_t* const first = pixels + std::size_t{row} * beacon_block_px * stride;
    for (std::uint32_t column = 0; column < beacon_columns; ++column) {
      const std::uint32_t pixel = (rows[row] >> (beacon_columns - 1 - column) & 1) != 0 ? 0xFFFFFFFFu : 0xFF000000u;
      for (std::uint32_t x = 0; x < beacon_block_px; ++x) {
        std::memcpy(first + (std::size_t{column} * beacon_block_px + x) * sizeof pixel, &pixel, sizeof pixel);
      }
    }
    for (std::uint32_t y = 1; y < beacon_block_px; ++y) {
      std::memcpy(first + y * stride, first, std::size_t{beacon_width_px} * 4);
    }
  }
  return true;
}

// Reads the code from samples that are stride bytes a line and step bytes apart: a luma plane (step 1, limited or full
// range), or one channel of packed pixels (BGRx: pixels + 1 and step 4). False when the picture is too small, or
// carries no intact code.
inline bool read_beacon_code(const std::uint8_t* samples, std::size_t stride, std::uint32_t width, std::uint32_t height,
                             BeaconCode& code, std::size_t step = 1) {
  if (width < beacon_width_px || height < beacon_height_px) { return false; }
  std::uint64_t rows[beacon_rows] = {};
  constexpr std::uint32_t margin_px = 2;  // quantisation smears the edges
  constexpr std::uint32_t inner_px = beacon_block_px - 2 * margin_px;
  for (std::uint32_t row = 0; row < beacon_rows; ++row) {
    for (std::uint32_t column = 0; column < beacon_columns; ++column) {
      std::uint32_t sum = 0;
      for (std::uint32_t y = 0; y < inner_px; ++y) {
        const std::uint8_t* const line = samples + (std::size_t{row} * beacon_block_px + margin_px + y) * stride;
        for (std::uint32_t x = 0; x < inner_px; ++x) {
          sum += line[(std::size_t{column} * beacon_block_px + margin_px + x) * step];
        }
      }
      rows[row] =
          rows[row] << 1 | (sum >= 126 * inner_px * inner_px ? 1 : 0);  // the middle of 16..235 and of 0..255, nearly
    }
  }
  if ((rows[0] ^ rows[1] ^ beacon_check_key) != rows[2]) { return false; }
  code = {rows[0], rows[1]};
  return true;
}

}  // namespace punktfunk
