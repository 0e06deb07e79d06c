// How like decoded pictures are to those that were encoded, as FFmpeg's filters judge it (psnr, ssim, and libvmaf where
// libavfilter was built with it). Ours are beside them (harness/judge), each the other's check. Uses only what
// libavfilter has had unchanged from FFmpeg 5.1 on; a build without libavfilter has none of it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ssim.h"

namespace punktfunk::encode_meter {

// Of libavfilter; empty: this build has none.
std::string filter_version();
bool filters_have_vmaf();

class Likeness {
 public:
  struct Scores {
    double square_error = 0, ssim = 0;  // of luma
  };

  // Null when this build or this machine has no such filters.
  static std::unique_ptr<Likeness> open(std::uint32_t width, std::uint32_t height);
  ~Likeness();

  // Luma alone. Nothing when the filters fail.
  std::optional<Scores> compare(const judge::Plane& was, const judge::Plane& is);
  // Of each picture that was compared; empty without libvmaf. Nothing can be compared after it.
  std::vector<double> vmaf();

 private:
  struct State;
  explicit Likeness(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace punktfunk::encode_meter
