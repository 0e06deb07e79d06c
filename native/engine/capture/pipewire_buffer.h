// One buffer of a PipeWire stream, mapped by us: by its descriptor and the file's real length, never by maxsize.
#pragma once

#include <pipewire/stream.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/capture/plane_check.h"

namespace punktfunk {

class PipeWireBuffer {
 public:
  // Maps what the buffer's first data names, if it has a descriptor. A buffer that cannot be mapped refuses its frames.
  explicit PipeWireBuffer(pw_buffer* buffer);
  ~PipeWireBuffer();
  PipeWireBuffer(const PipeWireBuffer&) = delete;
  PipeWireBuffer& operator=(const PipeWireBuffer&) = delete;

  // Null once PipeWire has taken the buffer away; the mapping stays for who still reads it.
  [[nodiscard]] pw_buffer* buffer() const { return buffer_; }
  void taken_away() { buffer_ = nullptr; }

  // Decides which bytes are the picture that the producer has just announced. The file's length is read again unless
  // the file is sealed against shrinking: a producer may cut it at any time.
  PlaneSpan locate(std::uint32_t width, std::uint32_t height);

  // The first byte of a located span, and the end of reading. For a dmabuf these bracket the CPU's access; memory
  // without a descriptor belongs to PipeWire, which may take it away at any time, and is copied here.
  const std::uint8_t* begin_read(const PlaneSpan& span);
  void end_read();

  bool borrowed = false;

 private:
  void sync(std::uint64_t flags) const;

  pw_buffer* buffer_;
  std::uint32_t data_type_ = 0;
  int fd_ = -1;  // PipeWire's
  bool shrinkable_ = true;
  std::uint8_t* mapped_ = nullptr;
  std::size_t mapped_bytes_ = 0;
  std::vector<std::uint8_t> copy_;
};

}  // namespace punktfunk
