// A Wayland client for tests: one full-screen window that writes down every input event it gets.
#pragma once

#include <wayland-client.h>
#include <xkbcommon/xkbcommon-compose.h>
#include <xkbcommon/xkbcommon.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

struct xdg_wm_base;
struct xdg_surface;
struct xdg_toplevel;

namespace punktfunk::test {

struct SeenKey {
  std::uint32_t evdev = 0;
  bool down = false;
  std::uint32_t modifiers = 0;  // effective mask when the key came
  xkb_keysym_t symbol = 0;
};
struct SeenMotion {
  double x = 0, y = 0;
};
struct SeenButton {
  std::uint32_t button = 0;
  bool down = false;
};
struct SeenAxis {
  std::uint32_t axis = 0;
  double value = 0;
  std::int32_t discrete = 0;
  std::uint32_t source = 0;
};

class TestWindow {
 public:
  // Shows the window and returns once it has the size of its output.
  TestWindow(const std::string& display, std::uint32_t width, std::uint32_t height);
  ~TestWindow();
  TestWindow(const TestWindow&) = delete;

  // Handles events until the condition holds; false after timeout_ms.
  bool wait(const std::function<bool()>& condition, int timeout_ms = 60'000);
  // Everything the compositor had for us when this was called is seen afterwards.
  void settle();
  [[nodiscard]] std::uint32_t width() const { return drawn_width_; }
  [[nodiscard]] std::uint32_t height() const { return height_; }

  std::vector<SeenKey> keys;
  std::vector<SeenMotion> motions;
  std::vector<SeenButton> buttons;
  std::vector<SeenAxis> axes;
  std::string text;    // what was typed, as UTF-8; dead keys are composed
  std::string keymap;  // the seat's, as text
  std::uint32_t modifiers = 0, locked = 0, group = 0;
  bool keyboard_focus = false, pointer_focus = false;
  std::uint32_t capabilities = 0;
  int keymaps = 0;

 private:
  struct Listeners;
  friend struct Listeners;
  void draw(std::uint32_t width, std::uint32_t height);

  wl_display* display_ = nullptr;
  wl_registry* registry_ = nullptr;
  wl_compositor* compositor_ = nullptr;
  wl_shm* shm_ = nullptr;
  wl_seat* seat_ = nullptr;
  wl_keyboard* keyboard_ = nullptr;
  wl_pointer* pointer_ = nullptr;
  xdg_wm_base* wm_base_ = nullptr;
  wl_surface* surface_ = nullptr;
  xdg_surface* xdg_surface_ = nullptr;
  xdg_toplevel* toplevel_ = nullptr;
  wl_buffer* buffer_ = nullptr;
  std::uint32_t width_ = 0, height_ = 0, drawn_width_ = 0;
  SeenAxis axis_;
  bool axis_pending_ = false;
  xkb_context* context_ = nullptr;
  xkb_keymap* keymap_ = nullptr;
  xkb_state* state_ = nullptr;
  xkb_compose_table* compose_table_ = nullptr;
  xkb_compose_state* compose_ = nullptr;
};

}  // namespace punktfunk::test
