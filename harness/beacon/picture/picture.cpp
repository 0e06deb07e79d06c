#include "picture.h"

#include "beacon/beacon_code.h"

namespace punktfunk::beacon {

namespace {

std::unique_ptr<Scene> scene_of(Motion motion) {
  switch (motion) {
    case Motion::full:
    case Motion::rests:
      return make_pan();
    case Motion::small:
    case Motion::none:
      return make_square();
    case Motion::typing:
      return make_typing();
    case Motion::scroll:
      return make_scroll();
    case Motion::video:
      return make_video();
    case Motion::grain:
      return make_grain();
    case Motion::game:
      return make_game();
  }
  return nullptr;
}

}  // namespace

Picture::Picture(Motion motion) : scene_(scene_of(motion)) {}

void Picture::paint(Canvas& canvas, std::uint64_t number, std::uint64_t now_ns) {
  Boxes stale;
  if (canvas.painted) {
    scene_->changes(canvas, canvas.number, number, stale);
  } else {
    stale.add(whole(canvas));
  }
  for (const Box& box : stale.all()) { scene_->paint(canvas, number, box); }
  canvas.painted = true;
  canvas.number = number;
  paint_beacon_code(reinterpret_cast<std::uint8_t*>(canvas.pixels), static_cast<std::size_t>(canvas.width) * 4,
                    static_cast<std::uint32_t>(canvas.width), static_cast<std::uint32_t>(canvas.height),
                    {number, now_ns});
  changed_ = {};
  if (shown_width_ == canvas.width && shown_height_ == canvas.height) {
    scene_->changes(canvas, shown_number_, number, changed_);
    changed_.add(common(whole(canvas), {0, 0, int{beacon_width_px}, int{beacon_height_px}}));
  } else {
    changed_.add(whole(canvas));
  }
  shown_number_ = number;
  shown_width_ = canvas.width;
  shown_height_ = canvas.height;
}

}  // namespace punktfunk::beacon
