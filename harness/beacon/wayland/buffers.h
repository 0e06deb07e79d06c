// The canvases of one size as wl_buffers.
#pragma once

#include <wayland-client.h>

#include <array>
#include <memory>
#include <string>

#include "shared_canvases.h"

namespace punktfunk::beacon {

class Buffers {
 public:
  static std::unique_ptr<Buffers> make(wl_shm* shm, int width, int height, std::string& error);
  ~Buffers();
  Buffers(const Buffers&) = delete;
  Buffers& operator=(const Buffers&) = delete;

  struct Slot {
    wl_buffer* buffer = nullptr;
    Canvas* canvas = nullptr;
    bool held = false;  // by the compositor
  };
  // A buffer that the compositor does not hold, or null.
  Slot* free_slot();

 private:
  Buffers() = default;
  static const wl_buffer_listener listener;
  std::unique_ptr<SharedCanvases> canvases_;
  std::array<Slot, SharedCanvases::count> slots_;
};

}  // namespace punktfunk::beacon
