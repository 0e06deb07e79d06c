#include "window.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/clock.h"
#include "base/json_line.h"
#include "beacon/beacon_code.h"

namespace punktfunk::beacon {

namespace {

constexpr std::uint64_t second_ns = 1'000'000'000U;
constexpr int max_side_px = 8192;
constexpr std::uint64_t pictures_between_rests = 30;

}  // namespace

const wl_registry_listener Window::registry_listener = {
    .global = [](void* self, wl_registry*, std::uint32_t name, const char* interface,
                 std::uint32_t version) { static_cast<Window*>(self)->global(name, interface, version); },
    .global_remove = [](void*, wl_registry*, std::uint32_t) {},
};

const wl_output_listener Window::output_listener = {
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

const xdg_wm_base_listener Window::shell_listener = {
    .ping = [](void*, xdg_wm_base* shell, std::uint32_t serial) { xdg_wm_base_pong(shell, serial); },
};

const xdg_surface_listener Window::surface_listener = {
    .configure = [](void* self, xdg_surface*, std::uint32_t serial) { static_cast<Window*>(self)->configured(serial); },
};

const xdg_toplevel_listener Window::toplevel_listener = {
    .configure =
        [](void* self, xdg_toplevel*, std::int32_t width, std::int32_t height, wl_array*) {
          static_cast<Window*>(self)->asked_width_ = width;
          static_cast<Window*>(self)->asked_height_ = height;
        },
    .close = [](void* self, xdg_toplevel*) { static_cast<Window*>(self)->closed_ = true; },
};

const wl_callback_listener Window::frame_listener = {
    .done =
        [](void* data, wl_callback* callback, std::uint32_t) {
          auto* self = static_cast<Window*>(data);
          wl_callback_destroy(callback);
          self->callback_ = nullptr;
          self->wanted_ = true;
        },
};

std::unique_ptr<Window> Window::open(const Options& options, std::string& error) {
  std::unique_ptr<Window> window(new Window(options));
  if (options.click && !(window->click_ = Click::open(error))) { return nullptr; }
  if (!window->connect(error)) { return nullptr; }
  return window;
}

bool Window::connect(std::string& error) {
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

Window::~Window() {
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

void Window::global(std::uint32_t name, const std::string& interface, std::uint32_t version) {
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
    seats_.push_back(std::make_unique<Seat>(registry_, name, version, [this] { wanted_ |= options_.react; }));
  }
}

void Window::configured(std::uint32_t serial) {
  xdg_surface_ack_configure(xdg_surface_, serial);
  // 0 leaves the size to the client.
  const int width = std::min(asked_width_ > 0 ? asked_width_ : 1280, max_side_px);
  const int height = std::min(asked_height_ > 0 ? asked_height_ : 720, max_side_px);
  if (width == width_ && height == height_) { return; }
  auto buffers = Buffers::make(shm_, width, height, broken_);
  if (!buffers) { return; }
  width_ = width;
  height_ = height;
  // What is on the screen stays valid until a picture of the new size replaces it.
  if (!old_buffers_) { old_buffers_ = std::move(buffers_); }
  buffers_ = std::move(buffers);
  wanted_ = true;
  JsonLine("configure").number("width", width).number("height", height);
}

std::uint64_t Window::paint_if_due(std::uint64_t now_ns) {
  if (!wanted_ || !buffers_) { return 0; }
  if (now_ns < next_due_ns_) { return next_due_ns_; }
  Buffers::Slot* slot = buffers_->free_slot();
  if (!slot) {
    ++starved_;
    return 0;
  }
  if (options_.fps > 0) {
    const auto interval_ns = static_cast<std::uint64_t>(static_cast<double>(second_ns) / options_.fps);
    // Keeps the rhythm over frames that come a little late, without catching up after a pause.
    next_due_ns_ = next_due_ns_ + interval_ns > now_ns ? next_due_ns_ + interval_ns : now_ns + interval_ns;
  }
  ++frame_;
  if (click_ && frame_ % beacon_click_frames == 0) { click_->play(); }
  if (options_.motion == Motion::rests && frame_ % pictures_between_rests == 0) { next_due_ns_ = now_ns + second_ns; }
  picture_.paint(slot->canvas, frame_, now_ns);
  wl_surface_attach(surface_, slot->buffer, 0, 0);
  for (const Box& box : picture_.changed()) { wl_surface_damage_buffer(surface_, box.x, box.y, box.width, box.height); }
  if (options_.motion != Motion::none && !options_.react) {
    if (callback_) {
      wl_callback_destroy(callback_);  // a new size was painted before the old one was shown
    }
    callback_ = wl_surface_frame(surface_);
    wl_callback_add_listener(callback_, &frame_listener, this);
  }
  wl_surface_commit(surface_);
  slot->held = true;
  wanted_ = false;
  old_buffers_.reset();
  const std::uint64_t took_ns = monotonic_ns() - now_ns;
  paint_ns_sum_ += took_ns;
  paint_ns_max_ = std::max(paint_ns_max_, took_ns);
  return 0;
}

void Window::tell_painted(std::uint64_t now_ns) {
  const std::uint64_t painted = frame_ - told_frame_;
  JsonLine("painted")
      .number("frame", static_cast<std::int64_t>(frame_))
      .number("frames", static_cast<std::int64_t>(painted))
      .number("starved", static_cast<std::int64_t>(starved_))
      .real("paint_ms_mean", painted ? static_cast<double>(paint_ns_sum_) / 1e6 / static_cast<double>(painted) : 0)
      .real("paint_ms_max", static_cast<double>(paint_ns_max_) / 1e6);
  told_frame_ = frame_;
  starved_ = paint_ns_sum_ = paint_ns_max_ = 0;
  next_tell_ns_ = now_ns + second_ns;
}

std::string Window::run(int stop_fd) {
  const std::uint64_t begin_ns = monotonic_ns();
  const std::uint64_t end_ns =
      options_.duration_s > 0 ? begin_ns + static_cast<std::uint64_t>(options_.duration_s * 1e9) : UINT64_MAX;
  next_tell_ns_ = begin_ns + second_ns;
  for (;;) {
    while (wl_display_prepare_read(display_) != 0) { wl_display_dispatch_pending(display_); }
    std::uint64_t now_ns = monotonic_ns();
    const std::uint64_t again_ns = paint_if_due(now_ns);
    if (now_ns >= next_tell_ns_) { tell_painted(now_ns); }
    if (!broken_.empty() || closed_ || now_ns >= end_ns) {
      wl_display_cancel_read(display_);
      tell_painted(now_ns);
      return !broken_.empty() ? broken_ : closed_ ? "closed" : "duration";
    }
    const int flushed = wl_display_flush(display_);
    std::uint64_t wake_ns = std::min(end_ns, next_tell_ns_);
    if (again_ns != 0) { wake_ns = std::min(wake_ns, again_ns); }
    now_ns = monotonic_ns();
    const std::uint64_t wait_ns = wake_ns > now_ns ? wake_ns - now_ns : 0;
    const timespec wait{static_cast<time_t>(wait_ns / second_ns), static_cast<long>(wait_ns % second_ns)};
    // A full socket (EAGAIN) is drained by the compositor in its own time.
    pollfd fds[] = {
        {wl_display_get_fd(display_), static_cast<short>(POLLIN | (flushed < 0 && errno == EAGAIN ? POLLOUT : 0)), 0},
        {stop_fd, POLLIN, 0}};
    const int ready = ppoll(fds, 2, &wait, nullptr);
    if (ready > 0 && fds[1].revents) {
      wl_display_cancel_read(display_);
      tell_painted(monotonic_ns());
      return "signal";
    }
    if (ready > 0 && (fds[0].revents & (POLLIN | POLLERR | POLLHUP))) {
      if (wl_display_read_events(display_) != 0) { return "the compositor is gone"; }
    } else {
      wl_display_cancel_read(display_);
    }
    if (wl_display_dispatch_pending(display_) < 0) { return "the compositor is gone"; }
  }
}

}  // namespace punktfunk::beacon
