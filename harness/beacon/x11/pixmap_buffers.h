// The canvases of one size, and for each a pixmap of the server into which it is put and out of which it is shown. A
// pixmap that is the shared memory itself would save a copy, and not every driver has those.
#pragma once

#include <xcb/xcb.h>

#include <array>
#include <memory>
#include <string>

#include "shared_canvases.h"

namespace punktfunk::beacon {

class PixmapBuffers {
 public:
  static std::unique_ptr<PixmapBuffers> make(xcb_connection_t* x, xcb_window_t window, int width, int height,
                                             std::string& error);
  ~PixmapBuffers();
  PixmapBuffers(const PixmapBuffers&) = delete;
  PixmapBuffers& operator=(const PixmapBuffers&) = delete;

  struct Slot {
    Canvas* canvas = nullptr;
    xcb_pixmap_t pixmap = 0;
    std::uint32_t offset = 0;
    bool held = false;  // by the server
  };
  // One that the server does not hold, or null.
  Slot* free_slot();
  // From memory into its pixmap, in the order of what is asked of the server.
  void put(const Slot& slot);
  void release(xcb_pixmap_t pixmap);

 private:
  explicit PixmapBuffers(xcb_connection_t* x) : x_(x) {}
  xcb_connection_t* const x_;
  std::unique_ptr<SharedCanvases> canvases_;
  std::array<Slot, SharedCanvases::count> slots_;
  std::uint32_t segment_ = 0;
  xcb_gcontext_t context_ = 0;
};

}  // namespace punktfunk::beacon
