// Whether a captured picture is the one whose number it carries, all of it: the beacon's picture is painted again and
// compared. The code in the corner proves only the corner.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "beacon/beacon_code.h"
#include "engine/capture/frame.h"
#include "picture.h"

namespace punktfunk::capture_meter {

class Repainted {
 public:
  explicit Repainted(beacon::Motion motion) : picture_(motion) {}

  // How many rows have a pixel that the beacon did not paint. Nothing: the frame lies in memory as nobody compares it
  // here (turned, upside down, in another format).
  std::optional<std::uint32_t> wrong_rows(const Frame& frame, const BeaconCode& code);

 private:
  beacon::Picture picture_;
  std::vector<std::uint32_t> pixels_;
  beacon::Canvas canvas_;
};

}  // namespace punktfunk::capture_meter
