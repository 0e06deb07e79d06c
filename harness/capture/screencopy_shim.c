// Preloaded into xdg-desktop-portal-wlr 0.7 so that it streams from a software-rendered Sway. That version insists on
// hearing of a dmabuf format for each picture, which wlroots' pixman renderer has none of, and answers every request
// with 2 (emersion/xdg-desktop-portal-wlr #289; gone in 0.8). Here each "buffer" event is preceded by a "linux_dmabuf"
// one; the portal then still takes shared memory, because no modifier fits.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <string.h>

struct wl_proxy;
extern const char* wl_proxy_get_class(struct wl_proxy* proxy);

typedef void (*buffer_event)(void* data, void* frame, uint32_t format, uint32_t width, uint32_t height,
                             uint32_t stride);
typedef void (*dmabuf_event)(void* data, void* frame, uint32_t format, uint32_t width, uint32_t height);

enum { frame_events = 7, event_buffer = 0, event_linux_dmabuf = 5, fourcc_xr24 = 0x34325258 };

// The portal has one table of handlers for all of its frames.
static void (*real[frame_events])(void);
static void (*patched[frame_events])(void);

static void on_buffer(void* data, void* frame, uint32_t format, uint32_t width, uint32_t height, uint32_t stride) {
  ((dmabuf_event)real[event_linux_dmabuf])(data, frame, fourcc_xr24, width, height);
  ((buffer_event)real[event_buffer])(data, frame, format, width, height, stride);
}

__attribute__((visibility("default"))) int wl_proxy_add_listener(struct wl_proxy* proxy, void (**listener)(void),
                                                                 void* data) {
  int (*add_listener)(struct wl_proxy*, void (**)(void), void*) =
      (int (*)(struct wl_proxy*, void (**)(void), void*))dlsym(RTLD_NEXT, "wl_proxy_add_listener");
  if (strcmp(wl_proxy_get_class(proxy), "zwlr_screencopy_frame_v1") == 0) {
    memcpy(real, listener, sizeof real);
    memcpy(patched, listener, sizeof patched);
    patched[event_buffer] = (void (*)(void))on_buffer;
    listener = patched;
  }
  return add_listener(proxy, listener, data);
}
