// Wayland objects, each given back when its owner goes. A kind of object that is not named here does not compile.
#pragma once

#include <memory>

struct wl_buffer;
struct wl_callback;
struct wl_display;
struct wl_keyboard;
struct wl_output;
struct wl_pointer;
struct wl_registry;
struct wl_seat;
struct wl_shm;
struct wl_shm_pool;
struct zwlr_screencopy_frame_v1;
struct zwlr_screencopy_manager_v1;
struct zwlr_virtual_pointer_manager_v1;
struct zwlr_virtual_pointer_v1;
struct zwp_virtual_keyboard_manager_v1;
struct zwp_virtual_keyboard_v1;

namespace punktfunk {

struct WaylandDeleter {
  void operator()(wl_buffer* object) const;
  void operator()(wl_callback* object) const;
  void operator()(wl_display* object) const;
  void operator()(wl_keyboard* object) const;
  void operator()(wl_output* object) const;
  void operator()(wl_pointer* object) const;
  void operator()(wl_registry* object) const;
  void operator()(wl_seat* object) const;
  void operator()(wl_shm* object) const;
  void operator()(wl_shm_pool* object) const;
  void operator()(zwlr_screencopy_frame_v1* object) const;
  void operator()(zwlr_screencopy_manager_v1* object) const;
  void operator()(zwlr_virtual_pointer_manager_v1* object) const;
  void operator()(zwlr_virtual_pointer_v1* object) const;
  void operator()(zwp_virtual_keyboard_manager_v1* object) const;
  void operator()(zwp_virtual_keyboard_v1* object) const;
};

template <class Object>
using WaylandHandle = std::unique_ptr<Object, WaylandDeleter>;

}  // namespace punktfunk
