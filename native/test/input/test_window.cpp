#include "test/input/test_window.h"

#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <stdexcept>
#include <utility>

#include "xdg-shell-client.h"

namespace punktfunk::test {

struct TestWindow::Seat {
  TestWindow* window = nullptr;
  SeenInput* seen = nullptr;  // the window's own, or the one below
  SeenInput apart;
  std::string name;
  WaylandHandle<wl_seat> seat;
  WaylandHandle<wl_keyboard> keyboard;
  WaylandHandle<wl_pointer> pointer;
  SeenAxis axis;
  bool axis_pending = false;
  xkb_keymap* keymap = nullptr;
  xkb_state* state = nullptr;
  xkb_compose_state* compose = nullptr;

  Seat() = default;
  Seat(Seat&&) = delete;
  ~Seat() {
    xkb_compose_state_unref(compose);
    xkb_state_unref(state);
    xkb_keymap_unref(keymap);
  }
};

struct TestWindow::Listeners {
  static TestWindow& self(void* data) { return *static_cast<TestWindow*>(data); }
  static Seat& of(void* data) { return *static_cast<Seat*>(data); }
  static SeenInput& seen(void* data) { return *of(data).seen; }

  static void global(void* data, wl_registry* registry, std::uint32_t name, const char* interface,
                     std::uint32_t version) {
    auto& w = self(data);
    const std::string what = interface;
    const auto bind = [&](const wl_interface& type, std::uint32_t wanted) {
      return wl_registry_bind(registry, name, &type, std::min(version, wanted));
    };
    if (what == "wl_compositor") { w.compositor_ = static_cast<wl_compositor*>(bind(wl_compositor_interface, 4)); }
    if (what == "wl_shm") { w.shm_ = static_cast<wl_shm*>(bind(wl_shm_interface, 1)); }
    if (what == "xdg_wm_base") {
      w.wm_base_ = static_cast<xdg_wm_base*>(bind(xdg_wm_base_interface, 1));
      xdg_wm_base_add_listener(w.wm_base_, &wm_base, data);
    }
    w.outputs_.add(registry, name, what, version);
    if (what == "wl_seat") {
      auto made = std::make_unique<Seat>();
      made->window = &w;
      made->seen = w.seats_.empty() ? &w : &made->apart;
      made->compose = xkb_compose_state_new(w.compose_table_, XKB_COMPOSE_STATE_NO_FLAGS);
      made->seat.reset(static_cast<wl_seat*>(bind(wl_seat_interface, 5)));
      wl_seat_add_listener(made->seat.get(), &seat, made.get());
      w.seats_.push_back(std::move(made));
    }
  }
  static void capabilities(void* data, wl_seat* proxy, std::uint32_t has) {
    auto& s = of(data);
    s.seen->capabilities = has;
    if (!(has & WL_SEAT_CAPABILITY_KEYBOARD)) {
      s.keyboard.reset();
      s.seen->keyboard_focus = false;
    }
    if (!(has & WL_SEAT_CAPABILITY_POINTER)) {
      s.pointer.reset();
      s.seen->pointer_focus = false;
    }
    if ((has & WL_SEAT_CAPABILITY_KEYBOARD) && !s.keyboard) {
      s.keyboard.reset(wl_seat_get_keyboard(proxy));
      wl_keyboard_add_listener(s.keyboard.get(), &keyboard, data);
    }
    if ((has & WL_SEAT_CAPABILITY_POINTER) && !s.pointer) {
      s.pointer.reset(wl_seat_get_pointer(proxy));
      wl_pointer_add_listener(s.pointer.get(), &pointer, data);
    }
  }
  static void keymap(void* data, wl_keyboard*, std::uint32_t, std::int32_t fd, std::uint32_t size) {
    auto& s = of(data);
    void* text = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (text == MAP_FAILED) { return; }
    xkb_state_unref(s.state);
    xkb_keymap_unref(s.keymap);
    s.keymap = xkb_keymap_new_from_string(s.window->context_, static_cast<const char*>(text), XKB_KEYMAP_FORMAT_TEXT_V1,
                                          XKB_KEYMAP_COMPILE_NO_FLAGS);
    s.state = s.keymap != nullptr ? xkb_state_new(s.keymap) : nullptr;
    s.seen->keymap = static_cast<const char*>(text);
    munmap(text, size);
    ++s.seen->keymaps;
  }
  static void key(void* data, wl_keyboard*, std::uint32_t, std::uint32_t, std::uint32_t code, std::uint32_t state) {
    auto& s = of(data);
    SeenKey key{code, state == WL_KEYBOARD_KEY_STATE_PRESSED, s.seen->modifiers, 0};
    if (s.state != nullptr) {
      key.symbol = xkb_state_key_get_one_sym(s.state, code + 8);
      if (key.down) { type(s, code, key.symbol); }
    }
    s.seen->keys.push_back(key);
  }
  static void type(Seat& s, std::uint32_t code, xkb_keysym_t symbol) {
    char utf8[16] = {};
    if (xkb_compose_state_feed(s.compose, symbol) == XKB_COMPOSE_FEED_IGNORED) {
      return;  // a modifier
    }
    const xkb_compose_status status = xkb_compose_state_get_status(s.compose);
    if (status == XKB_COMPOSE_COMPOSED) {
      xkb_compose_state_get_utf8(s.compose, utf8, sizeof utf8);
      s.seen->text += utf8;
    } else if (status == XKB_COMPOSE_NOTHING && xkb_state_key_get_utf8(s.state, code + 8, utf8, sizeof utf8) > 0) {
      s.seen->text += utf8;
    }
    if (status != XKB_COMPOSE_COMPOSING) { xkb_compose_state_reset(s.compose); }
  }
  static void modifiers(void* data, wl_keyboard*, std::uint32_t, std::uint32_t depressed, std::uint32_t latched,
                        std::uint32_t locked, std::uint32_t group) {
    auto& s = of(data);
    s.seen->modifiers = depressed | latched;
    s.seen->locked = locked;
    s.seen->group = group;
    if (s.state != nullptr) { xkb_state_update_mask(s.state, depressed, latched, locked, 0, 0, group); }
  }
  static void frame(void* data, wl_pointer*) {
    auto& s = of(data);
    if (s.axis_pending) { s.seen->axes.push_back(s.axis); }
    s.axis_pending = false;
    s.axis = {};
  }

  static constexpr wl_registry_listener registry = {global, [](void*, wl_registry*, std::uint32_t) {}};
  static constexpr xdg_wm_base_listener wm_base = {
      [](void*, xdg_wm_base* base, std::uint32_t serial) { xdg_wm_base_pong(base, serial); }};
  static constexpr wl_seat_listener seat = {capabilities,
                                            [](void* data, wl_seat*, const char* name) { of(data).name = name; }};
  static constexpr wl_keyboard_listener keyboard = {
      keymap,
      [](void* data, wl_keyboard*, std::uint32_t, wl_surface*, wl_array*) { seen(data).keyboard_focus = true; },
      [](void* data, wl_keyboard*, std::uint32_t, wl_surface*) { seen(data).keyboard_focus = false; },
      key,
      modifiers,
      [](void*, wl_keyboard*, std::int32_t, std::int32_t) {}};
  static constexpr wl_pointer_listener pointer = {
      .enter =
          [](void* data, wl_pointer*, std::uint32_t, wl_surface*, wl_fixed_t x, wl_fixed_t y) {
            seen(data).pointer_focus = true;
            seen(data).motions.push_back({wl_fixed_to_double(x), wl_fixed_to_double(y)});
          },
      .leave = [](void* data, wl_pointer*, std::uint32_t, wl_surface*) { seen(data).pointer_focus = false; },
      .motion = [](void* data, wl_pointer*, std::uint32_t, wl_fixed_t x,
                   wl_fixed_t y) { seen(data).motions.push_back({wl_fixed_to_double(x), wl_fixed_to_double(y)}); },
      .button =
          [](void* data, wl_pointer*, std::uint32_t, std::uint32_t, std::uint32_t button, std::uint32_t state) {
            seen(data).buttons.push_back({button, state == WL_POINTER_BUTTON_STATE_PRESSED});
          },
      .axis =
          [](void* data, wl_pointer*, std::uint32_t, std::uint32_t axis, wl_fixed_t value) {
            of(data).axis.axis = axis;
            of(data).axis.value += wl_fixed_to_double(value);
            of(data).axis_pending = true;
          },
      .frame = frame,
      .axis_source = [](void* data, wl_pointer*, std::uint32_t source) { of(data).axis.source = source; },
      .axis_stop = [](void*, wl_pointer*, std::uint32_t, std::uint32_t) {},
      .axis_discrete =
          [](void* data, wl_pointer*, std::uint32_t axis, std::int32_t discrete) {
            of(data).axis.axis = axis;
            of(data).axis.discrete += discrete;
          },
  };
  static constexpr xdg_surface_listener surface = {[](void* data, xdg_surface* proxy, std::uint32_t serial) {
    xdg_surface_ack_configure(proxy, serial);
    self(data).draw(self(data).width_, self(data).height_);
  }};
  static constexpr xdg_toplevel_listener toplevel = {
      .configure =
          [](void* data, xdg_toplevel*, std::int32_t width, std::int32_t height, wl_array*) {
            self(data).width_ = static_cast<std::uint32_t>(width > 0 ? width : 64);
            self(data).height_ = static_cast<std::uint32_t>(height > 0 ? height : 64);
          },
      .close = [](void*, xdg_toplevel*) {},
  };
};

namespace {

// Of the tables that come with a desktop, what the tests compose.
constexpr char compositions[] =
    "<dead_circumflex> <e> : \"ê\"\n<dead_acute> <e> : \"é\"\n<dead_grave> <e> : \"è\"\n"
    "<dead_diaeresis> <e> : \"ë\"\n";

}  // namespace

TestWindow::TestWindow(const std::string& display, std::uint32_t width, std::uint32_t height,
                       const std::string& output) {
  display_.reset(wl_display_connect(display.c_str()));
  if (display_ == nullptr) { throw std::runtime_error("no compositor at " + display); }
  context_ = xkb_context_new(XKB_CONTEXT_NO_FLAGS);
  compose_table_ = xkb_compose_table_new_from_buffer(context_, compositions, sizeof compositions - 1, "C.UTF-8",
                                                     XKB_COMPOSE_FORMAT_TEXT_V1, XKB_COMPOSE_COMPILE_NO_FLAGS);
  if (compose_table_ == nullptr) { throw std::runtime_error("no table of dead keys"); }
  registry_.reset(wl_display_get_registry(display_.get()));
  wl_registry_add_listener(registry_.get(), &Listeners::registry, this);
  settle();
  settle();  // what there is, and then what it is called
  surface_ = wl_compositor_create_surface(compositor_);
  xdg_surface_ = xdg_wm_base_get_xdg_surface(wm_base_, surface_);
  xdg_surface_add_listener(xdg_surface_, &Listeners::surface, this);
  toplevel_ = xdg_surface_get_toplevel(xdg_surface_);
  xdg_toplevel_add_listener(toplevel_, &Listeners::toplevel, this);
  const WaylandOutput* const on = output.empty() ? nullptr : outputs_.find(output);
  if (!output.empty() && on == nullptr) { throw std::runtime_error("no output " + output); }
  xdg_toplevel_set_fullscreen(toplevel_, on != nullptr ? on->proxy.get() : nullptr);
  wl_surface_commit(surface_);
  if (!wait([&] { return drawn_width_ == width && height_ == height; })) {
    throw std::runtime_error("the window was not shown full-screen");
  }
}

TestWindow::~TestWindow() {
  seats_.clear();
  xkb_compose_table_unref(compose_table_);
  xkb_context_unref(context_);
  if (buffer_ != nullptr) { wl_buffer_destroy(buffer_); }
  if (toplevel_ != nullptr) { xdg_toplevel_destroy(toplevel_); }
  if (xdg_surface_ != nullptr) { xdg_surface_destroy(xdg_surface_); }
  if (surface_ != nullptr) { wl_surface_destroy(surface_); }
  if (wm_base_ != nullptr) { xdg_wm_base_destroy(wm_base_); }
  if (shm_ != nullptr) { wl_shm_destroy(shm_); }
  if (compositor_ != nullptr) { wl_compositor_destroy(compositor_); }
}

SeenInput& TestWindow::of_seat(const std::string& name) {
  const auto found = std::find_if(seats_.begin(), seats_.end(), [&](const auto& seat) { return seat->name == name; });
  if (found == seats_.end()) { throw std::runtime_error("no seat " + name); }
  return *(*found)->seen;
}

bool TestWindow::wait(const std::function<bool()>& condition, int timeout_ms) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  while (!condition()) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    if (left <= 0 || wl_display_get_error(display_.get()) != 0) { return false; }
    if (wl_display_prepare_read(display_.get()) != 0) {
      wl_display_dispatch_pending(display_.get());
      continue;
    }
    wl_display_flush(display_.get());
    pollfd poller = {wl_display_get_fd(display_.get()), POLLIN, 0};
    if (poll(&poller, 1, static_cast<int>(left)) > 0) {
      wl_display_read_events(display_.get());
    } else {
      wl_display_cancel_read(display_.get());
    }
    wl_display_dispatch_pending(display_.get());
  }
  return true;
}

void TestWindow::settle() {
  bool done = false;
  static constexpr wl_callback_listener listener = {
      [](void* data, wl_callback*, std::uint32_t) { *static_cast<bool*>(data) = true; }};
  wl_callback* callback = wl_display_sync(display_.get());
  wl_callback_add_listener(callback, &listener, &done);
  wait([&] { return done; });
  wl_callback_destroy(callback);
}

void TestWindow::draw(std::uint32_t width, std::uint32_t height) {
  const std::size_t bytes = std::size_t{width} * height * 4;
  const int fd = memfd_create("window", MFD_CLOEXEC);
  if (ftruncate(fd, static_cast<off_t>(bytes)) != 0) { throw std::runtime_error("no memory for the window"); }
  wl_shm_pool* pool = wl_shm_create_pool(shm_, fd, static_cast<std::int32_t>(bytes));
  if (buffer_ != nullptr) { wl_buffer_destroy(buffer_); }
  buffer_ = wl_shm_pool_create_buffer(pool, 0, static_cast<std::int32_t>(width), static_cast<std::int32_t>(height),
                                      static_cast<std::int32_t>(width * 4), WL_SHM_FORMAT_XRGB8888);
  wl_shm_pool_destroy(pool);
  close(fd);
  wl_surface_attach(surface_, buffer_, 0, 0);
  wl_surface_damage_buffer(surface_, 0, 0, static_cast<std::int32_t>(width), static_cast<std::int32_t>(height));
  wl_surface_commit(surface_);
  drawn_width_ = width;
}

}  // namespace punktfunk::test
