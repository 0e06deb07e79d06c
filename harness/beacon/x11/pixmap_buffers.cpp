#include "x11/pixmap_buffers.h"

#include <fcntl.h>
#include <xcb/shm.h>

namespace punktfunk::beacon {

namespace {

constexpr std::uint8_t depth = 24;

}  // namespace

std::unique_ptr<PixmapBuffers> PixmapBuffers::make(xcb_connection_t* x, xcb_window_t window, int width, int height,
                                                   std::string& error) {
  std::unique_ptr<PixmapBuffers> made(new PixmapBuffers(x));
  made->canvases_ = SharedCanvases::make(width, height, error);
  if (!made->canvases_) { return nullptr; }
  made->segment_ = xcb_generate_id(x);
  // xcb closes what it is given. By a descriptor it reaches servers in other containers too.
  const int fd = fcntl(made->canvases_->fd(), F_DUPFD_CLOEXEC, 0);
  xcb_shm_attach_fd(x, made->segment_, fd, 1);
  made->context_ = xcb_generate_id(x);
  xcb_create_gc(x, made->context_, window, 0, nullptr);
  for (int i = 0; i < SharedCanvases::count; ++i) {
    Slot& slot = made->slots_[static_cast<std::size_t>(i)];
    slot.canvas = &(*made->canvases_)[i];
    slot.offset = static_cast<std::uint32_t>(made->canvases_->offset(i));
    slot.pixmap = xcb_generate_id(x);
    xcb_create_pixmap(x, depth, slot.pixmap, window, static_cast<std::uint16_t>(width),
                      static_cast<std::uint16_t>(height));
  }
  return made;
}

PixmapBuffers::~PixmapBuffers() {
  for (const Slot& slot : slots_) {
    if (slot.pixmap != 0) { xcb_free_pixmap(x_, slot.pixmap); }
  }
  if (context_ != 0) { xcb_free_gc(x_, context_); }
  if (segment_ != 0) { xcb_shm_detach(x_, segment_); }
}

PixmapBuffers::Slot* PixmapBuffers::free_slot() {
  for (Slot& slot : slots_) {
    if (!slot.held) { return &slot; }
  }
  return nullptr;
}

void PixmapBuffers::put(const Slot& slot) {
  const auto width = static_cast<std::uint16_t>(slot.canvas->width);
  const auto height = static_cast<std::uint16_t>(slot.canvas->height);
  xcb_shm_put_image(x_, slot.pixmap, context_, width, height, 0, 0, width, height, 0, 0, depth,
                    XCB_IMAGE_FORMAT_Z_PIXMAP, 0, segment_, slot.offset);
}

void PixmapBuffers::release(xcb_pixmap_t pixmap) {
  for (Slot& slot : slots_) {
    if (slot.pixmap == pixmap) { slot.held = false; }
  }
}

}  // namespace punktfunk::beacon
