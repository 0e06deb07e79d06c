// Memory that a compositor paints a picture into: a sealed memfd, mapped once, and its wl_buffer.
#pragma once

#include <wayland-client-protocol.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/unique_fd.h"

namespace punktfunk {

struct ShmLayout {
  std::uint32_t shm_format = 0;  // wl_shm.format
  std::uint32_t width = 0, height = 0, stride = 0;
  bool operator==(const ShmLayout&) const = default;
};

class ShmBuffer {
 public:
  // Null and a sentence for a layout that no picture has, or when there is no memory.
  static std::unique_ptr<ShmBuffer> make(wl_shm* shm, const ShmLayout& layout, std::string& error);
  ~ShmBuffer();
  ShmBuffer(const ShmBuffer&) = delete;
  ShmBuffer& operator=(const ShmBuffer&) = delete;

  [[nodiscard]] wl_buffer* buffer() const { return buffer_; }
  [[nodiscard]] const ShmLayout& layout() const { return layout_; }
  [[nodiscard]] const std::uint8_t* data() const { return static_cast<const std::uint8_t*>(data_); }
  [[nodiscard]] std::size_t length() const { return length_; }

 private:
  ShmBuffer() = default;

  UniqueFd fd_;
  void* data_ = nullptr;
  std::size_t length_ = 0;
  ShmLayout layout_;
  wl_buffer* buffer_ = nullptr;
};

}  // namespace punktfunk
