#include "engine/wayland/handle.h"

#include <virtual-keyboard-unstable-v1-client.h>
#include <wayland-client.h>
#include <wlr-screencopy-unstable-v1-client.h>
#include <wlr-virtual-pointer-unstable-v1-client.h>

namespace punktfunk {

void WaylandDeleter::operator()(wl_buffer* object) const {
  wl_buffer_destroy(object);
}
void WaylandDeleter::operator()(wl_callback* object) const {
  wl_callback_destroy(object);
}
void WaylandDeleter::operator()(wl_display* object) const {
  wl_display_disconnect(object);
}
// From these versions on the compositor is told too; before that it keeps its half until the connection ends.
void WaylandDeleter::operator()(wl_keyboard* object) const {
  if (wl_keyboard_get_version(object) >= WL_KEYBOARD_RELEASE_SINCE_VERSION) {
    wl_keyboard_release(object);
  } else {
    wl_keyboard_destroy(object);
  }
}
void WaylandDeleter::operator()(wl_output* object) const {
  if (wl_output_get_version(object) >= WL_OUTPUT_RELEASE_SINCE_VERSION) {
    wl_output_release(object);
  } else {
    wl_output_destroy(object);
  }
}
void WaylandDeleter::operator()(wl_pointer* object) const {
  if (wl_pointer_get_version(object) >= WL_POINTER_RELEASE_SINCE_VERSION) {
    wl_pointer_release(object);
  } else {
    wl_pointer_destroy(object);
  }
}
void WaylandDeleter::operator()(wl_registry* object) const {
  wl_registry_destroy(object);
}
void WaylandDeleter::operator()(wl_seat* object) const {
  if (wl_seat_get_version(object) >= WL_SEAT_RELEASE_SINCE_VERSION) {
    wl_seat_release(object);
  } else {
    wl_seat_destroy(object);
  }
}
void WaylandDeleter::operator()(wl_shm* object) const {
  wl_shm_destroy(object);
}
void WaylandDeleter::operator()(wl_shm_pool* object) const {
  wl_shm_pool_destroy(object);
}
void WaylandDeleter::operator()(zwlr_screencopy_frame_v1* object) const {
  zwlr_screencopy_frame_v1_destroy(object);
}
void WaylandDeleter::operator()(zwlr_screencopy_manager_v1* object) const {
  zwlr_screencopy_manager_v1_destroy(object);
}
void WaylandDeleter::operator()(zwlr_virtual_pointer_manager_v1* object) const {
  zwlr_virtual_pointer_manager_v1_destroy(object);
}
void WaylandDeleter::operator()(zwlr_virtual_pointer_v1* object) const {
  zwlr_virtual_pointer_v1_destroy(object);
}
void WaylandDeleter::operator()(zwp_virtual_keyboard_manager_v1* object) const {
  zwp_virtual_keyboard_manager_v1_destroy(object);
}
void WaylandDeleter::operator()(zwp_virtual_keyboard_v1* object) const {
  zwp_virtual_keyboard_v1_destroy(object);
}

}  // namespace punktfunk
