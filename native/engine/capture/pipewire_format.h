// What is said to a PipeWire producer about pictures, and what it answers.
#pragma once

#include <spa/pod/builder.h>
#include <spa/pod/pod.h>

#include <cstdint>
#include <vector>

#include "engine/capture/source.h"

namespace punktfunk {

struct PictureFormat {
  std::uint32_t fourcc = 0;  // DRM; 0 = none negotiated
  std::uint32_t width = 0, height = 0;
  bool dmabuf = false;  // negotiated with the LINEAR modifier: buffers are dmabufs
};

inline constexpr std::uint32_t bytes_per_pixel = 4;  // of every format asked for

// Parameters live in the caller's storage until the call that takes them has returned.
class FormatParams {
 public:
  // The pictures we take, best first: exactly the stream's size and rate (a producer that makes a monitor for us takes
  // it from here), any size, and at last LINEAR dmabufs. Shared memory is preferred: reading a dmabuf with the CPU can
  // be slow.
  std::vector<const spa_pod*> enumerate(const SourceConfig& wanted);
  // The answer to a negotiated format: which memory, and which metadata.
  std::vector<const spa_pod*> accept(const PictureFormat& format);

 private:
  std::uint8_t storage_[4096];
};

// False for anything but one of the formats asked for.
bool parse_format(const spa_pod* param, PictureFormat& format);

}  // namespace punktfunk
