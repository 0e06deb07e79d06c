// What a producer says about one picture beside its pixels. All of it lies in memory that the producer can write at any
// time: every field is read once, and nothing of it is believed beyond the picture's bounds.
#pragma once

#include <spa/buffer/buffer.h>

#include <cstdint>

#include "engine/capture/frame.h"
#include "engine/capture/pipewire_format.h"

namespace punktfunk {

struct PictureMeta {
  bool corrupted = false;  // the producer marked it so
  std::int64_t pts_ns = -1;
  std::uint64_t sequence = 0;  // of the producer's own counting, if it counts
  Rect crop;                   // the part of the buffer that is the picture; all of it when nothing sensible is said
  Rect damage;                 // within the crop; empty when unknown
  OutputTransform transform = OutputTransform::normal;
};

PictureMeta read_meta(const spa_buffer& buffer, const PictureFormat& format);

}  // namespace punktfunk
