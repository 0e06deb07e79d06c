// The beacon's pictures as a capture source would hand them over, one after the other, in the encoder's format.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/encode/convert.h"
#include "picture.h"

namespace punktfunk::encode_meter {

class PictureFeed {
 public:
  PictureFeed(beacon::Motion motion, std::uint32_t width, std::uint32_t height);

  // Paints picture `number`; null when it cannot be converted. painted_ns stands in its corner: the same numbers and
  // times make the same pictures on every machine.
  const Picture* next(std::uint64_t number, std::uint64_t painted_ns);
  // The picture has been encoded as it stands.
  void encoded() { converter_.encoded(); }

 private:
  [[nodiscard]] Rect damage() const;

  beacon::Picture painter_;
  std::vector<std::uint32_t> pixels_;
  beacon::Canvas canvas_;
  Converter converter_;
};

}  // namespace punktfunk::encode_meter
