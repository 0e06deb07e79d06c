// Memory that a compositor paints a picture into: a sealed memfd, mapped once, and its wl_buffer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/result.h"
#include "contract/problems.h"
#include "engine/wayland/handle.h"

namespace punktfunk {

struct ShmLayout {
  std::uint32_t shm_format = 0;  // wl_shm.format
  std::uint32_t width = 0, height = 0, stride = 0;
  bool operator==(const ShmLayout&) const = default;
};

class ShmBuffer {
 public:
  // Fails for a layout that no picture has, or when there is no memory.
  static Result<std::unique_ptr<ShmBuffer>, Failure> make(wl_shm* shm, const ShmLayout& layout);
  ShmBuffer(const ShmLayout& layout, std::span<std::uint8_t> mapped, WaylandHandle<wl_buffer> buffer);
  ~ShmBuffer();
  ShmBuffer(ShmBuffer&&) = delete;

  [[nodiscard]] wl_buffer* buffer() const { return buffer_.get(); }
  [[nodiscard]] const ShmLayout& layout() const { return layout_; }
  [[nodiscard]] const std::uint8_t* data() const { return mapped_.data(); }
  [[nodiscard]] std::size_t length() const { return mapped_.size(); }

 private:
  ShmLayout layout_;
  std::span<std::uint8_t> mapped_;
  WaylandHandle<wl_buffer> buffer_;
};

}  // namespace punktfunk
