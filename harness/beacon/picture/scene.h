// What a motion paints. A scene is a function of the picture's number alone: who has the number can paint it again.
#pragma once

#include <cstdint>
#include <memory>

#include "canvas.h"
#include "motion.h"

namespace punktfunk::beacon {

class Scene {
 public:
  virtual ~Scene() = default;
  // Where the picture `to` may differ from the picture `from`; at most three boxes inside of the canvas.
  virtual void changes(const Canvas& canvas, std::uint64_t from, std::uint64_t to, Boxes& boxes) const = 0;
  // The picture's part in the box, which lies inside of the canvas.
  virtual void paint(const Canvas& canvas, std::uint64_t number, const Box& box) const = 0;
};

std::unique_ptr<Scene> make_pan();
std::unique_ptr<Scene> make_square();
std::unique_ptr<Scene> make_typing();
std::unique_ptr<Scene> make_scroll();
std::unique_ptr<Scene> make_video();
std::unique_ptr<Scene> make_grain();
std::unique_ptr<Scene> make_game();

inline std::uint32_t hash(std::uint32_t value) {
  value ^= value >> 16;
  value *= 0x7feb352dU;
  value ^= value >> 15;
  value *= 0x846ca68bU;
  return value ^ (value >> 16);
}

// Goes to and fro between 0 and span with the number.
inline int sweep(std::uint64_t step, int span) {
  if (span <= 0) { return 0; }
  const auto period = static_cast<std::uint64_t>(span) * 2;
  const auto at = static_cast<int>(step % period);
  return at < span ? at : 2 * span - at;
}

}  // namespace punktfunk::beacon
