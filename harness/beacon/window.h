// One full-screen surface over four shared-memory buffers, painted when the compositor asks for a frame.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "click.h"
#include "options.h"
#include "picture.h"
#include "seat.h"
#include "xdg-shell-client.h"

namespace punktfunk::beacon {

// The buffers of one size, in one memory file. A compositor that renders in software holds several at once
// (docs/capture.md, 7).
class Buffers {
 public:
  static std::unique_ptr<Buffers> make(wl_shm* shm, int width, int height, std::string& error);
  ~Buffers();
  Buffers(const Buffers&) = delete;
  Buffers& operator=(const Buffers&) = delete;

  struct Slot {
    wl_buffer* buffer = nullptr;
    Canvas canvas;
    bool held = false;  // by the compositor
  };
  // A buffer that the compositor does not hold, or null.
  Slot* free_slot();

 private:
  Buffers() = default;
  static constexpr int count = 4;
  static const wl_buffer_listener listener;
  Slot slots_[count];
  void* memory_ = nullptr;
  std::size_t bytes_ = 0;
};

class Window {
 public:
  // Null and a sentence when there is no compositor or it lacks what is needed.
  static std::unique_ptr<Window> open(const Options& options, std::string& error);
  ~Window();
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;

  // Handles events and paints until the descriptor `stop_fd` is readable, the time is over or the compositor is gone.
  // Returns why.
  std::string run(int stop_fd);
  [[nodiscard]] std::uint64_t frames() const { return frame_; }

 private:
  explicit Window(const Options& options) : options_(options), picture_(options.motion) {}
  bool connect(std::string& error);
  void global(std::uint32_t name, const std::string& interface, std::uint32_t version);
  void configured(std::uint32_t serial);
  // Paints if a frame is wanted and may be painted now; returns the time to try again, 0 for "when an event comes".
  std::uint64_t paint_if_due(std::uint64_t now_ns);
  void tell_painted(std::uint64_t now_ns);

  static const wl_registry_listener registry_listener;
  static const wl_output_listener output_listener;
  static const xdg_wm_base_listener shell_listener;
  static const xdg_surface_listener surface_listener;
  static const xdg_toplevel_listener toplevel_listener;
  static const wl_callback_listener frame_listener;

  Options options_;
  Picture picture_;
  std::unique_ptr<Click> click_;
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
  bool wanted_ = false, closed_ = false;
  std::string broken_;
  std::uint64_t frame_ = 0, next_due_ns_ = 0;
  std::uint64_t told_frame_ = 0, next_tell_ns_ = 0, starved_ = 0, paint_ns_sum_ = 0, paint_ns_max_ = 0;
};

}  // namespace punktfunk::beacon
