#include "kwin_cast.h"

#include <wayland-client.h>

#include <cstring>
#include <stdexcept>

#include "zkde-screencast-unstable-v1-client.h"

namespace punktfunk::test {

namespace {

struct Globals {
  wl_output* output = nullptr;
  zkde_screencast_unstable_v1* screencast = nullptr;
};

constexpr wl_registry_listener registry_listener = {
    .global =
        [](void* data, wl_registry* registry, std::uint32_t name, const char* interface, std::uint32_t) {
          auto& globals = *static_cast<Globals*>(data);
          if (globals.output == nullptr && std::strcmp(interface, wl_output_interface.name) == 0) {
            globals.output = static_cast<wl_output*>(wl_registry_bind(registry, name, &wl_output_interface, 1));
          } else if (std::strcmp(interface, zkde_screencast_unstable_v1_interface.name) == 0) {
            globals.screencast = static_cast<zkde_screencast_unstable_v1*>(
                wl_registry_bind(registry, name, &zkde_screencast_unstable_v1_interface, 1));
          }
        },
    .global_remove = [](void*, wl_registry*, std::uint32_t) {},
};

}  // namespace

struct KWinCast::Callbacks {
  static KWinCast& self(void* data) { return *static_cast<KWinCast*>(data); }

  static constexpr zkde_screencast_stream_unstable_v1_listener stream = {
      .closed = [](void* data, zkde_screencast_stream_unstable_v1*) { self(data).refusal_ = "closed"; },
      .created = [](void* data, zkde_screencast_stream_unstable_v1*,
                    std::uint32_t node_id) { self(data).node_id_ = node_id; },
      .failed = [](void* data, zkde_screencast_stream_unstable_v1*, const char* error) { self(data).refusal_ = error; },
  };
};

KWinCast::KWinCast() : display_(wl_display_connect(nullptr)) {
  if (display_ == nullptr) { throw std::runtime_error("KWin does not answer"); }
  Globals globals;
  wl_registry_add_listener(wl_display_get_registry(display_), &registry_listener, &globals);
  wl_display_roundtrip(display_);
  if (globals.output == nullptr || globals.screencast == nullptr) {
    wl_display_disconnect(display_);
    throw std::runtime_error("KWin has no output, or lets nobody cast it");
  }
  stream_ = zkde_screencast_unstable_v1_stream_output(globals.screencast, globals.output,
                                                      ZKDE_SCREENCAST_UNSTABLE_V1_POINTER_HIDDEN);
  zkde_screencast_stream_unstable_v1_add_listener(stream_, &Callbacks::stream, this);
  // Ends with the test at the latest, which has its own limit.
  while (node_id_ == 0 && refusal_.empty() && wl_display_dispatch(display_) >= 0) {}
}

KWinCast::~KWinCast() {
  zkde_screencast_stream_unstable_v1_close(stream_);
  wl_display_disconnect(display_);
}

}  // namespace punktfunk::test
