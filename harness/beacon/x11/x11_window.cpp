#include "x11/x11_window.h"

#include <xcb/present.h>
#include <xcb/shm.h>
#include <xcb/xcb.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/json_line.h"
#include "x11/pixmap_buffers.h"
#include "x11/x11_input.h"

namespace punktfunk::beacon {

namespace {

struct Free {
  void operator()(void* memory) const { std::free(memory); }
};
template <class T>
using Reply = std::unique_ptr<T, Free>;
using Event = Reply<xcb_generic_event_t>;

constexpr double screenless_fps = 60;

class X11Window : public Window {
 public:
  explicit X11Window(Painting& painting) : painting_(painting), input_(painting) {}
  ~X11Window() override;
  X11Window(const X11Window&) = delete;
  X11Window& operator=(const X11Window&) = delete;

  bool connect(std::string& error);
  [[nodiscard]] int fd() const override { return xcb_get_file_descriptor(x_); }
  bool handle_events() override;
  // Sending reads, too.
  [[nodiscard]] bool events_wait() override {
    if (!read_) { read_ = Event(xcb_poll_for_queued_event(x_)); }
    return read_ != nullptr;
  }
  void paint(std::uint64_t now_ns) override;
  bool flush() override { return xcb_flush(x_) > 0; }
  [[nodiscard]] bool closed() const override { return closed_; }
  [[nodiscard]] const std::string& broken() const override { return broken_; }

 private:
  bool understands(std::string& error) const;
  void open(int width, int height);
  void show_pointer_nothing();
  Event next() { return read_ ? std::exchange(read_, nullptr) : Event(xcb_poll_for_event(x_)); }
  bool is_repeated(const xcb_generic_event_t& event);
  void handle(const xcb_generic_event_t& event);
  void presented(const xcb_ge_generic_event_t& event);
  void resize(int width, int height);
  [[nodiscard]] xcb_atom_t atom(const char* name) const;

  Painting& painting_;
  X11Input input_;
  xcb_connection_t* x_ = nullptr;
  const xcb_screen_t* screen_ = nullptr;
  xcb_window_t window_ = 0;
  xcb_atom_t delete_window_ = 0;
  bool vsync_ = false;
  std::unique_ptr<PixmapBuffers> buffers_;
  Event read_;  // ahead of the one that is handled
  int width_ = 0, height_ = 0;
  bool closed_ = false;
  std::string broken_;
};

X11Window::~X11Window() {
  if (x_ == nullptr) { return; }
  buffers_.reset();
  xcb_disconnect(x_);
}

bool X11Window::connect(std::string& error) {
  int number = 0;
  x_ = xcb_connect(nullptr, &number);
  if (xcb_connection_has_error(x_) != 0) {
    const char* const display = std::getenv("DISPLAY");
    error = std::string("punktfunk-beacon: no X server answers at ") +
            (display ? display : "DISPLAY, which is not set") +
            ". Set DISPLAY, and XAUTHORITY where it lets in nobody without.";
    return false;
  }
  xcb_screen_iterator_t screens = xcb_setup_roots_iterator(xcb_get_setup(x_));
  for (; number > 0 && screens.rem > 1; --number) { xcb_screen_next(&screens); }
  screen_ = screens.data;
  if (!understands(error)) { return false; }
  const Reply<xcb_present_query_capabilities_reply_t> can(
      xcb_present_query_capabilities_reply(x_, xcb_present_query_capabilities(x_, screen_->root), nullptr));
  // A server without a screen counts vertical blanks that are none: to wait for those would only make pictures later.
  vsync_ = can != nullptr && can->capabilities != XCB_PRESENT_CAPABILITY_NONE;
  if (!vsync_) { painting_.pace_of_its_own(screenless_fps); }
  JsonLine("output")
      .number("width", screen_->width_in_pixels)
      .number("height", screen_->height_in_pixels)
      .flag("vsync", vsync_);
  open(screen_->width_in_pixels, screen_->height_in_pixels);
  error = broken_;
  return error.empty();
}

bool X11Window::understands(std::string& error) const {
  const auto has = [&](xcb_extension_t* extension) {
    const xcb_query_extension_reply_t* const found = xcb_get_extension_data(x_, extension);
    return found != nullptr && found->present != 0;
  };
  if (!has(&xcb_present_id) || !has(&xcb_shm_id)) {
    error =
        "punktfunk-beacon: this X server lacks Present or MIT-SHM (a server over the network has no shared memory).";
    return false;
  }
  // Each is told which version is spoken before anything else is asked of it.
  const Reply<xcb_present_query_version_reply_t> present(
      xcb_present_query_version_reply(x_, xcb_present_query_version(x_, 1, 0), nullptr));
  const Reply<xcb_shm_query_version_reply_t> shm(xcb_shm_query_version_reply(x_, xcb_shm_query_version(x_), nullptr));
  if (!present || !shm ||
      std::pair(shm->major_version, shm->minor_version) < std::pair<std::uint16_t, std::uint16_t>(1, 2)) {
    error = "punktfunk-beacon: this X server is older than the beacon needs: MIT-SHM 1.2 and Present.";
    return false;
  }
  if (screen_->root_depth != 24 || xcb_get_setup(x_)->image_byte_order != XCB_IMAGE_ORDER_LSB_FIRST) {
    error = "punktfunk-beacon: this X server's pictures have " + std::to_string(screen_->root_depth) +
            " bits a pixel, or another order of bytes: 24 are needed, the lowest first.";
    return false;
  }
  return true;
}

xcb_atom_t X11Window::atom(const char* name) const {
  const Reply<xcb_intern_atom_reply_t> reply(
      xcb_intern_atom_reply(x_, xcb_intern_atom(x_, 0, static_cast<std::uint16_t>(std::strlen(name)), name), nullptr));
  return reply ? reply->atom : static_cast<xcb_atom_t>(XCB_ATOM_NONE);
}

void X11Window::open(int width, int height) {
  window_ = xcb_generate_id(x_);
  const std::uint32_t values[] = {screen_->black_pixel,
                                  X11Input::events | XCB_EVENT_MASK_EXPOSURE | XCB_EVENT_MASK_STRUCTURE_NOTIFY};
  xcb_create_window(x_, XCB_COPY_FROM_PARENT, window_, screen_->root, 0, 0, static_cast<std::uint16_t>(width),
                    static_cast<std::uint16_t>(height), 0, XCB_WINDOW_CLASS_INPUT_OUTPUT, XCB_COPY_FROM_PARENT,
                    XCB_CW_BACK_PIXEL | XCB_CW_EVENT_MASK, values);
  const auto set = [&](xcb_atom_t property, xcb_atom_t type, std::uint8_t format, std::uint32_t count,
                       const void* data) {
    xcb_change_property(x_, XCB_PROP_MODE_REPLACE, window_, property, type, format, count, data);
  };
  constexpr char title[] = "punktfunk beacon";
  set(XCB_ATOM_WM_NAME, XCB_ATOM_STRING, 8, sizeof title - 1, title);
  constexpr char instance_and_class[] = "punktfunk-beacon\0punktfunk-beacon";
  set(XCB_ATOM_WM_CLASS, XCB_ATOM_STRING, 8, sizeof instance_and_class, instance_and_class);
  delete_window_ = atom("WM_DELETE_WINDOW");
  set(atom("WM_PROTOCOLS"), XCB_ATOM_ATOM, 32, 1, &delete_window_);
  const xcb_atom_t fullscreen = atom("_NET_WM_STATE_FULLSCREEN");
  set(atom("_NET_WM_STATE"), XCB_ATOM_ATOM, 32, 1, &fullscreen);
  show_pointer_nothing();
  // Without a window manager nobody else gives it the screen's new size.
  constexpr std::uint32_t of_root = XCB_EVENT_MASK_STRUCTURE_NOTIFY;
  xcb_change_window_attributes(x_, screen_->root, XCB_CW_EVENT_MASK, &of_root);
  xcb_present_select_input(x_, xcb_generate_id(x_), window_,
                           XCB_PRESENT_EVENT_MASK_COMPLETE_NOTIFY | XCB_PRESENT_EVENT_MASK_IDLE_NOTIFY);
  resize(width, height);
  xcb_map_window(x_, window_);
}

// No cursor image: nothing may lie over the code.
void X11Window::show_pointer_nothing() {
  const xcb_pixmap_t empty = xcb_generate_id(x_);
  xcb_create_pixmap(x_, 1, empty, window_, 1, 1);
  const xcb_gcontext_t clear = xcb_generate_id(x_);
  constexpr std::uint32_t nothing = 0;
  xcb_create_gc(x_, clear, empty, XCB_GC_FOREGROUND, &nothing);
  const xcb_rectangle_t all = {0, 0, 1, 1};
  xcb_poly_fill_rectangle(x_, empty, clear, 1, &all);
  const xcb_cursor_t cursor = xcb_generate_id(x_);
  xcb_create_cursor(x_, cursor, empty, empty, 0, 0, 0, 0, 0, 0, 0, 0);
  xcb_change_window_attributes(x_, window_, XCB_CW_CURSOR, &cursor);
  xcb_free_gc(x_, clear);
  xcb_free_pixmap(x_, empty);
}

void X11Window::resize(int width, int height) {
  width = std::min(width, SharedCanvases::max_side_px);
  height = std::min(height, SharedCanvases::max_side_px);
  if (width == width_ && height == height_) { return; }
  auto buffers = PixmapBuffers::make(x_, window_, width, height, broken_);
  if (!buffers) { return; }
  // The server keeps a pixmap that it has been told to show.
  buffers_ = std::move(buffers);
  width_ = width;
  height_ = height;
  painting_.need();
  JsonLine("configure").number("width", width).number("height", height);
}

// A key that is held: released, and pressed again by the event that follows.
bool X11Window::is_repeated(const xcb_generic_event_t& event) {
  if (!X11Input::is_key_release(event)) { return false; }
  // An answer comes after what the server said before it.
  const Reply<xcb_get_input_focus_reply_t> answered(xcb_get_input_focus_reply(x_, xcb_get_input_focus(x_), nullptr));
  return events_wait() && X11Input::is_repeat(event, *read_);
}

bool X11Window::handle_events() {
  while (const Event event = next()) {
    if (is_repeated(*event)) {
      read_.reset();
    } else {
      handle(*event);
    }
  }
  return xcb_connection_has_error(x_) == 0;
}

void X11Window::handle(const xcb_generic_event_t& event) {
  switch (event.response_type & 0x7F) {
    case 0: {
      const auto& error = reinterpret_cast<const xcb_generic_error_t&>(event);
      broken_ = "the X server refused request " + std::to_string(error.major_code) + "." +
                std::to_string(error.minor_code) + " (error " + std::to_string(error.error_code) + ")";
      break;
    }
    case XCB_GE_GENERIC:
      presented(reinterpret_cast<const xcb_ge_generic_event_t&>(event));
      break;
    case XCB_EXPOSE:
      painting_.need();
      break;
    case XCB_CONFIGURE_NOTIFY: {
      const auto& now = reinterpret_cast<const xcb_configure_notify_event_t&>(event);
      if (now.window == window_) { resize(now.width, now.height); }
      if (now.window == screen_->root) {
        const std::uint32_t size[] = {now.width, now.height};
        xcb_configure_window(x_, window_, XCB_CONFIG_WINDOW_WIDTH | XCB_CONFIG_WINDOW_HEIGHT, size);
      }
      break;
    }
    case XCB_CLIENT_MESSAGE:
      closed_ |= reinterpret_cast<const xcb_client_message_event_t&>(event).data.data32[0] == delete_window_;
      break;
    default:
      input_.handle(event);
  }
}

void X11Window::presented(const xcb_ge_generic_event_t& event) {
  if (event.extension != xcb_get_extension_data(x_, &xcb_present_id)->major_opcode) { return; }
  if (event.event_type == XCB_PRESENT_EVENT_IDLE_NOTIFY) {
    buffers_->release(reinterpret_cast<const xcb_present_idle_notify_event_t&>(event).pixmap);
  } else if (event.event_type == XCB_PRESENT_EVENT_COMPLETE_NOTIFY) {
    painting_.shown();
  }
}

void X11Window::paint(std::uint64_t now_ns) {
  PixmapBuffers::Slot* const slot = buffers_->free_slot();
  if (slot == nullptr) {
    painting_.starved();
    return;
  }
  painting_.paint(*slot->canvas, now_ns);
  buffers_->put(*slot);
  xcb_present_pixmap(x_, window_, slot->pixmap, static_cast<std::uint32_t>(painting_.frames()), 0, 0, 0, 0, 0, 0, 0,
                     vsync_ ? XCB_PRESENT_OPTION_NONE : XCB_PRESENT_OPTION_ASYNC, 0, 0, 0, 0, nullptr);
  slot->held = true;
}

}  // namespace

std::unique_ptr<Window> open_x11_window(Painting& painting, std::string& error) {
  auto window = std::make_unique<X11Window>(painting);
  if (!window->connect(error)) { return nullptr; }
  return window;
}

}  // namespace punktfunk::beacon
