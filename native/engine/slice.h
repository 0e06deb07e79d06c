// A slice of an access unit on its way from the encoder (engine/encode/video_path.h) to the wire
// (engine/transport/media_sender.h).
#pragma once

#include <cstdint>
#include <span>

namespace punktfunk {

struct Slice {
  std::span<const std::uint8_t> bytes;  // NAL units, Annex B; those that describe an IDR come with its first slice
  bool idr = false;                     // of its access unit, the same in each slice
  bool first = false, last = false;     // of the access unit
};

// Takes the slices of one access unit, in order, each as soon as it is there; the bytes are valid during the call only.
// One call at a time, on the thread that asked for the access unit or one of the encoder's. Must not block.
struct SliceSink {
  void (*take)(void* user, const Slice& slice);
  void* user;
  void operator()(const Slice& slice) const { take(user, slice); }
};

}  // namespace punktfunk
