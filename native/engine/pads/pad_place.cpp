#include <cstdlib>

#include "engine/pads/pad_device.h"

namespace punktfunk {

std::string pad_path(const PadPlace& place) {
  return "punktfunk/" + place.seat + "/pad" + std::to_string(place.pad);
}

std::array<std::uint8_t, 6> pad_address(const PadPlace& place) {
  const auto seat = static_cast<std::uint32_t>(std::strtoul(place.seat.c_str(), nullptr, 16));
  // 02: administered locally (IEEE 802).
  return {0x02,
          static_cast<std::uint8_t>(seat >> 24),
          static_cast<std::uint8_t>(seat >> 16),
          static_cast<std::uint8_t>(seat >> 8),
          static_cast<std::uint8_t>(seat),
          place.pad};
}

}  // namespace punktfunk
