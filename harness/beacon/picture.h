// What the beacon shows: a textured wall that pans (full), a square that wanders over it (small), and the
// machine-readable code. Painting is a few memcpy a row, because a benchmark of something else runs on the same cores.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "options.h"

namespace punktfunk::beacon {

struct Box {
  int x = 0, y = 0, width = 0, height = 0;
};

// Pixels of one buffer, XRGB8888, rows of width pixels without padding, and what the last painting left on them.
struct Canvas {
  std::uint32_t* pixels = nullptr;
  int width = 0, height = 0;
  bool painted = false;
  Box square;
};

class Picture {
 public:
  explicit Picture(Motion motion);

  // Paints frame `number`; the boxes that differ from the picture shown before (at most 3) are in changed() until the
  // next call.
  void paint(Canvas& canvas, std::uint64_t number, std::uint64_t now_ns);
  [[nodiscard]] std::span<const Box> changed() const { return {changed_, changed_count_}; }

 private:
  void wall(Canvas& canvas, const Box& box, int shift) const;
  void add_change(const Box& box) { changed_[changed_count_++] = box; }

  Motion motion_;
  std::vector<std::uint32_t> tile_;
  Box shown_square_;
  int shown_width_ = 0, shown_height_ = 0;
  Box changed_[3];
  std::size_t changed_count_ = 0;
};

}  // namespace punktfunk::beacon
