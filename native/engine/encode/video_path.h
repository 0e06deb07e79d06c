// From a picture of the desktop to slices of an access unit: import, conversion and encoding chosen as one, since what
// an encoder can take decides what has to be done to a frame before.
//
// Shapes: a Frame goes in as it lies in memory (engine/capture/frame.h), an access unit comes out in slices
// (engine/slice.h). Thread: everything on the one that made it, which also owns the source. Ownership: a frame is only
// looked at during take(); slices belong to the path and are valid during the sink's call. Nothing allocates, locks or
// logs but the first take() of a new size.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "contract/messages.h"
#include "core/status.h"
#include "engine/capture/frame.h"
#include "engine/encode/encoder.h"
#include "engine/encode/frame_format.h"
#include "engine/slice.h"

namespace punktfunk {

class VideoPath {
 public:
  virtual ~VideoPath() = default;

  [[nodiscard]] virtual contract::Codec codec() const noexcept = 0;
  // What encodes, for people: "libx264 superfast".
  [[nodiscard]] virtual const char* name() const noexcept = 0;
  // The frames it can take, best first.
  [[nodiscard]] virtual std::span<const FrameFormat> formats() const noexcept = 0;

  // Brings the picture that is encoded next up to date with the frame, of which only frame.damage is read when size,
  // format and direction are those of the frame before. The frame may be given back afterwards. unsupported: not one of
  // formats(); invalid_argument: its bytes are not all there.
  virtual Status take(const Frame& frame) noexcept = 0;
  // Encodes the picture as it stands: one access unit, whose slices go to the sink before this returns. The first one
  // is an IDR. Anything but ok ends the path.
  virtual Status encode(bool force_idr, const SliceSink& sink) noexcept = 0;
  // Of the pictures that follow. Anything but ok leaves the rate as it was.
  virtual Status set_bitrate_kbps(std::uint32_t bitrate_kbps) noexcept = 0;
};

// Conversion on the CPU and the best encoder module in module_dir.
Result<std::unique_ptr<VideoPath>, Failure> open_software_path(const std::string& module_dir,
                                                               const EncoderConfig& config);

}  // namespace punktfunk
