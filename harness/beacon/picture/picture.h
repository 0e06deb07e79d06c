// What the beacon shows: a scene, and over its corner the machine-readable code. Painting is cheap, because a benchmark
// of something else runs on the same cores: of a buffer only that is painted which the scene has changed since.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "canvas.h"
#include "motion.h"
#include "scene.h"

namespace punktfunk::beacon {

class Picture {
 public:
  explicit Picture(Motion motion);

  // Paints picture `number`; the boxes that differ from the picture painted before are in changed() until the next
  // call.
  void paint(Canvas& canvas, std::uint64_t number, std::uint64_t now_ns);
  [[nodiscard]] std::span<const Box> changed() const { return changed_.all(); }

 private:
  std::unique_ptr<Scene> scene_;
  std::uint64_t shown_number_ = 0;
  int shown_width_ = 0, shown_height_ = 0;
  Boxes changed_;
};

}  // namespace punktfunk::beacon
