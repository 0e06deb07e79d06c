// The buffers of one size, in one memory file that the desktop reads. One that renders in software holds several at
// once (docs/capture.md, 7).
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>

#include "base/unique_fd.h"
#include "canvas.h"

namespace punktfunk::beacon {

class SharedCanvases {
 public:
  static constexpr int count = 4;
  static constexpr int max_side_px = 8192;

  // Null and a sentence when there is no memory for them.
  static std::unique_ptr<SharedCanvases> make(int width, int height, std::string& error);
  ~SharedCanvases();
  SharedCanvases(const SharedCanvases&) = delete;
  SharedCanvases& operator=(const SharedCanvases&) = delete;

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] std::size_t bytes() const { return one_ * count; }
  [[nodiscard]] std::size_t offset(int number) const { return one_ * static_cast<std::size_t>(number); }
  Canvas& operator[](int number) { return canvases_[static_cast<std::size_t>(number)]; }

 private:
  SharedCanvases() = default;
  std::array<Canvas, count> canvases_;
  UniqueFd fd_;
  void* memory_ = nullptr;
  std::size_t one_ = 0;
};

}  // namespace punktfunk::beacon
