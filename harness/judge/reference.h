// What the beacon painted, as the luma that a decoder should bring back: painted again by number, a few pictures kept.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "beacon/beacon_code.h"
#include "picture.h"
#include "ssim.h"

namespace punktfunk::judge {

// How luma is made of RGB (ITU-T H.273: matrix_coefficients, and the range).
struct LumaForm {
  unsigned matrix = 1;
  bool full_range = false;
  bool operator==(const LumaForm&) const = default;
};

class Reference {
 public:
  static constexpr unsigned kept = 4;

  Reference(beacon::Motion motion, std::uint32_t width, std::uint32_t height, const LumaForm& form);

  // The picture of this number; it is the newest from now on.
  void paint(const BeaconCode& code);
  // 0: the newest, 1: the one that was painted before it, ...; null when there was none.
  [[nodiscard]] const std::uint8_t* luma(unsigned age) const;
  [[nodiscard]] std::uint64_t number(unsigned age) const { return at(age).number; }
  [[nodiscard]] Plane plane() const { return {luma(0), width_}; }
  [[nodiscard]] std::uint32_t width() const { return width_; }
  [[nodiscard]] std::uint32_t height() const { return height_; }

 private:
  struct Painted {
    std::uint64_t number = 0;
    std::vector<std::uint8_t> luma;
  };
  [[nodiscard]] const Painted& at(unsigned age) const { return painted_[(count_ + kept - 1 - age) % kept]; }

  std::uint32_t width_, height_;
  LumaForm form_;
  beacon::Picture picture_;
  std::vector<std::uint32_t> pixels_;
  beacon::Canvas canvas_;
  std::array<Painted, kept> painted_;
  std::uint64_t count_ = 0;
};

}  // namespace punktfunk::judge
