#include "wayland/buffers.h"

namespace punktfunk::beacon {

const wl_buffer_listener Buffers::listener = {
    .release = [](void* slot, wl_buffer*) { static_cast<Slot*>(slot)->held = false; },
};

std::unique_ptr<Buffers> Buffers::make(wl_shm* shm, int width, int height, std::string& error) {
  std::unique_ptr<Buffers> buffers(new Buffers);
  buffers->canvases_ = SharedCanvases::make(width, height, error);
  if (!buffers->canvases_) { return nullptr; }
  SharedCanvases& canvases = *buffers->canvases_;
  wl_shm_pool* pool = wl_shm_create_pool(shm, canvases.fd(), static_cast<std::int32_t>(canvases.bytes()));
  for (int i = 0; i < SharedCanvases::count; ++i) {
    Slot& slot = buffers->slots_[static_cast<std::size_t>(i)];
    slot.canvas = &canvases[i];
    slot.buffer = wl_shm_pool_create_buffer(pool, static_cast<std::int32_t>(canvases.offset(i)), width, height,
                                            width * 4, WL_SHM_FORMAT_XRGB8888);
    wl_buffer_add_listener(slot.buffer, &listener, &slot);
  }
  wl_shm_pool_destroy(pool);
  return buffers;
}

Buffers::~Buffers() {
  for (Slot& slot : slots_) {
    if (slot.buffer) { wl_buffer_destroy(slot.buffer); }
  }
}

Buffers::Slot* Buffers::free_slot() {
  for (Slot& slot : slots_) {
    if (!slot.held) { return &slot; }
  }
  return nullptr;
}

}  // namespace punktfunk::beacon
