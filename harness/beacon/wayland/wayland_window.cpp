#include "wayland/wayland_window.h"

#include <wayland-client.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "base/json_line.h"
#include "wayland/buffers.h"
#include "wayland/seat.h"
#include "xdg-shell-client.h"

namespace punktfunk::beacon {

namespace {

class WaylandWindow : public Window {
 public:
  explicit WaylandWindow(Painting& painting) : painting_(painting) {}
  ~WaylandWindow() override;
  WaylandWindow(const WaylandWindow&) = delete;
  WaylandWindow& operator=(const WaylandWindow&) = delete;

  bool connect(std::string& error);
  [[nodiscard]] int fd() const override { return wl_display_get_fd(display_); }
  bool handle_events() override;
  [[nodiscard]] bool events_wait() override { return false; }
  void paint(std::uint64_t now_ns) override;
  bool flush() override { return wl_display_flush(display_) >= 0 || errno != EAGAIN; }
  [[nodiscard]] bool closed() const override { return closed_; }
  [[nodiscard]] const std::string& broken() const override { return broken_; }

 private:
  void global(std::uint32_t name, const std::string& interface, std::uint32_t version);
  void configured(std::uint32_t serial);

  static const wl_registry_listener registry_listener;
  static const wl_output_listener output_listener;
  static const xdg_wm_base_listener shell_listener;
  static const xdg_surface_listener surface_listener;
  static const xdg_toplevel_listener toplevel_listener;
  static const wl_callback_listener frame_listener;

  Painting& painting_;
  wl_display* display_ = nullptr;
  wl_registry* registry_ = nullptr;
  wl_compositor* compositor_ = nullptr;
  wl_shm* shm_ = nullptr;
  xdg_wm_base* shell_ = nullptr;
  wl_surface* surface_ = nullptr;
  xdg_surface* xdg_surface_ = nullptr;
  xdg_toplevel* toplevel_ = nullptr;
  wl_callback* callback_ = nullptr;
  std::vector<wl_output*> outputs_;
  std::vector<std::unique_ptr<Seat>> seats_;  // a compositor may have one for each client
  std::unique_ptr<Buffers> buffers_, old_buffers_;
  int asked_width_ = 0, asked_height_ = 0, width_ = 0, height_ = 0;
  bool closed_ = false;
  std::string broken_;
};

const wl_registry_listener WaylandWindow::registry_listener = {
    .global = [](void* self, wl_registry*, std::uint32_t name, const char* interface,
                 std::uint32_t version) { static_cast<WaylandWindow*>(self)->global(name, interface, version); },
    .global_remove = [](void*, wl_registry*, std::uint32_t) {},
};

const wl_output_listener WaylandWindow::output_listener = {
    .geometry = [](void*, wl_output*, std::int32_t, std::int32_t, std::int32_t, std::int32_t, std::int32_t, const char*,
                   const char*, std::int32_t) {},
    .mode =
        [](void*, wl_output*, std::uint32_t flags, std::int32_t width, std::int32_t height, std::int32_t refresh_mhz) {
          if (flags & WL_OUTPUT_MODE_CURRENT) {
            JsonLine("output").number("width", width).number("height", height).number("refresh_mhz", refresh_mhz);
          }
        },
    .done = [](void*, wl_output*) {},
    .scale = [](void*, wl_output*, std::int32_t) {},
};

const xdg_wm_base_listener WaylandWindow::shell_listener = {
    .ping = [](void*, xdg_wm_base* shell, std::uint32_t serial) { xdg_wm_base_pong(shell, serial); },
};

const xdg_surface_listener WaylandWindow::surface_listener = {
    .configure = [](void* self, xdg_surface*,
                    std::uint32_t serial) { static_cast<WaylandWindow*>(self)->configured(serial); },
};

const xdg_toplevel_listener WaylandWindow::toplevel_listener = {
    .configure =
        [](void* self, xdg_toplevel*, std::int32_t width, std::int32_t height, wl_array*) {
          static_cast<WaylandWindow*>(self)->asked_width_ = width;
          static_cast<WaylandWindow*>(self)->asked_height_ = height;
        },
    .close = [](void* self, xdg_toplevel*) { static_cast<WaylandWindow*>(self)->closed_ = true; },
};

const wl_callback_listener WaylandWindow::frame_listener = {
    .done =
        [](void* data, wl_callback* callback, std::uint32_t) {
          auto* self = static_cast<WaylandWindow*>(data);
          wl_callback_destroy(callback);
          self->callback_ = nullptr;
          self->painting_.shown();
        },
};

bool WaylandWindow::connect(std::string& error) {
  display_ = wl_display_connect(nullptr);
  if (!display_) {
    error = std::string("punktfunk-beacon: no Wayland compositor answers (") + std::strerror(errno) +
            "). Set XDG_RUNTIME_DIR and WAYLAND_DISPLAY.";
    return false;
  }
  registry_ = wl_display_get_registry(display_);
  wl_registry_add_listener(registry_, &registry_listener, this);
  wl_display_roundtrip(display_);
  if (!compositor_ || !shm_ || !shell_) {
    error = "punktfunk-beacon: this compositor lacks wl_compositor, wl_shm or xdg_wm_base.";
    return false;
  }
  surface_ = wl_compositor_create_surface(compositor_);
  xdg_surface_ = xdg_wm_base_get_xdg_surface(shell_, surface_);
  xdg_surface_add_listener(xdg_surface_, &surface_listener, this);
  toplevel_ = xdg_surface_get_toplevel(xdg_surface_);
  xdg_toplevel_add_listener(toplevel_, &toplevel_listener, this);
  xdg_toplevel_set_title(toplevel_, "punktfunk beacon");
  xdg_toplevel_set_app_id(toplevel_, "punktfunk-beacon");
  xdg_toplevel_set_fullscreen(toplevel_, nullptr);
  wl_surface_commit(surface_);
  return true;
}

WaylandWindow::~WaylandWindow() {
  seats_.clear();
  if (callback_) { wl_callback_destroy(callback_); }
  if (toplevel_) { xdg_toplevel_destroy(toplevel_); }
  if (xdg_surface_) { xdg_surface_destroy(xdg_surface_); }
  if (surface_) { wl_surface_destroy(surface_); }
  buffers_.reset();
  old_buffers_.reset();
  for (wl_output* output : outputs_) { wl_output_destroy(output); }
  if (shell_) { xdg_wm_base_destroy(shell_); }
  if (shm_) { wl_shm_destroy(shm_); }
  if (compositor_) { wl_compositor_destroy(compositor_); }
  if (registry_) { wl_registry_destroy(registry_); }
  if (display_) { wl_display_disconnect(display_); }
}

void WaylandWindow::global(std::uint32_t name, const std::string& interface, std::uint32_t version) {
  if (interface == wl_compositor_interface.name && version >= 4) {
    compositor_ = static_cast<wl_compositor*>(wl_registry_bind(registry_, name, &wl_compositor_interface, 4));
  } else if (interface == wl_shm_interface.name) {
    shm_ = static_cast<wl_shm*>(wl_registry_bind(registry_, name, &wl_shm_interface, 1));
  } else if (interface == xdg_wm_base_interface.name) {
    shell_ = static_cast<xdg_wm_base*>(wl_registry_bind(registry_, name, &xdg_wm_base_interface, 1));
    xdg_wm_base_add_listener(shell_, &shell_listener, this);
  } else if (interface == wl_output_interface.name && version >= 2) {
    outputs_.push_back(static_cast<wl_output*>(wl_registry_bind(registry_, name, &wl_output_interface, 2)));
    wl_output_add_listener(outputs_.back(), &output_listener, this);
  } else if (interface == wl_seat_interface.name) {
    seats_.push_back(std::make_unique<Seat>(registry_, name, version, [this] { painting_.pressed_or_released(); }));
  }
}

void WaylandWindow::configured(std::uint32_t serial) {
  xdg_surface_ack_configure(xdg_surface_, serial);
  // 0 leaves the size to the client.
  const int width = std::min(asked_width_ > 0 ? asked_width_ : 1280, SharedCanvases::max_side_px);
  const int height = std::min(asked_height_ > 0 ? asked_height_ : 720, SharedCanvases::max_side_px);
  if (width == width_ && height == height_) { return; }
  auto buffers = Buffers::make(shm_, width, height, broken_);
  if (!buffers) { return; }
  width_ = width;
  height_ = height;
  // What is on the screen stays valid until a picture of the new size replaces it.
  if (!old_buffers_) { old_buffers_ = std::move(buffers_); }
  buffers_ = std::move(buffers);
  painting_.need();
  JsonLine("configure").number("width", width).number("height", height);
}

bool WaylandWindow::handle_events() {
  while (wl_display_prepare_read(display_) != 0) {
    if (wl_display_dispatch_pending(display_) < 0) { return false; }
  }
  return wl_display_read_events(display_) == 0 && wl_display_dispatch_pending(display_) >= 0;
}

void WaylandWindow::paint(std::uint64_t now_ns) {
  if (!buffers_) { return; }
  Buffers::Slot* slot = buffers_->free_slot();
  if (!slot) {
    painting_.starved();
    return;
  }
  const auto changed = painting_.paint(*slot->canvas, now_ns);
  wl_surface_attach(surface_, slot->buffer, 0, 0);
  for (const Box& box : changed) { wl_surface_damage_buffer(surface_, box.x, box.y, box.width, box.height); }
  if (callback_) {
    wl_callback_destroy(callback_);  // a new size was painted before the old one was shown
  }
  callback_ = wl_surface_frame(surface_);
  wl_callback_add_listener(callback_, &frame_listener, this);
  wl_surface_commit(surface_);
  slot->held = true;
  old_buffers_.reset();
}

}  // namespace

std::unique_ptr<Window> open_wayland_window(Painting& painting, std::string& error) {
  auto window = std::make_unique<WaylandWindow>(painting);
  if (!window->connect(error)) { return nullptr; }
  return window;
}

}  // namespace punktfunk::beacon
