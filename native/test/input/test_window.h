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

#include "engine/wayland/outputs.h"

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

// Of one seat.
struct SeenInput {
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
};

// What it sees by itself is of the seat that the compositor names first.
class TestWindow : public SeenInput {
 public:
  // Shows the window and returns once it has the size of its output; where the compositor puts it for an empty name.
  TestWindow(const std::string& display, std::uint32_t width, std::uint32_t height, const std::string& output = "");
  ~TestWindow();
  TestWindow(const TestWindow&) = delete;

  // What it sees of the seat of this name, which the compositor had when the window was made.
  [[nodiscard]] SeenInput& of_seat(const std::string& name);

  // Handles events until the condition holds; false after timeout_ms.
  bool wait(const std::function<bool()>& condition, int timeout_ms = 60'000);
  // Everything the compositor had for us when this was called is seen afterwards.
  void settle();
  [[nodiscard]] std::uint32_t width() const { return drawn_width_; }
  [[nodiscard]] std::uint32_t height() const { return height_; }

 private:
  struct Seat;
  struct Listeners;
  friend struct Listeners;
  void draw(std::uint32_t width, std::uint32_t height);

  WaylandHandle<wl_display> display_;
  WaylandHandle<wl_registry> registry_;
  wl_compositor* compositor_ = nullptr;
  wl_shm* shm_ = nullptr;
  WaylandOutputs outputs_;
  std::vector<std::unique_ptr<Seat>> seats_;
  xdg_wm_base* wm_base_ = nullptr;
  wl_surface* surface_ = nullptr;
  xdg_surface* xdg_surface_ = nullptr;
  xdg_toplevel* toplevel_ = nullptr;
  wl_buffer* buffer_ = nullptr;
  std::uint32_t width_ = 0, height_ = 0, drawn_width_ = 0;
  xkb_context* context_ = nullptr;
  xkb_compose_table* compose_table_ = nullptr;
};

}  // namespace punktfunk::test
