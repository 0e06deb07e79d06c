#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "window.h"

namespace punktfunk::beacon {

const wl_buffer_listener Buffers::listener = {
    .release = [](void* slot, wl_buffer*) { static_cast<Slot*>(slot)->held = false; },
};

std::unique_ptr<Buffers> Buffers::make(wl_shm* shm, int width, int height, std::string& error) {
  std::unique_ptr<Buffers> buffers(new Buffers);
  const std::size_t one = static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 4;
  buffers->bytes_ = one * count;
  const int fd = memfd_create("punktfunk-beacon", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd < 0 || ftruncate(fd, static_cast<off_t>(buffers->bytes_)) != 0) {
    error = "punktfunk-beacon: no shared memory for " + std::to_string(width) + "x" + std::to_string(height) + ": " +
            std::strerror(errno) + ".";
    if (fd >= 0) { close(fd); }
    return nullptr;
  }
  buffers->memory_ = mmap(nullptr, buffers->bytes_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
  if (buffers->memory_ == MAP_FAILED) {
    error = std::string("punktfunk-beacon: shared memory cannot be mapped: ") + std::strerror(errno) + ".";
    buffers->memory_ = nullptr;
    close(fd);
    return nullptr;
  }
  wl_shm_pool* pool = wl_shm_create_pool(shm, fd, static_cast<std::int32_t>(buffers->bytes_));
  for (int i = 0; i < count; ++i) {
    Slot& slot = buffers->slots_[i];
    const std::size_t offset = one * static_cast<std::size_t>(i);
    slot.canvas.pixels = reinterpret_cast<std::uint32_t*>(static_cast<char*>(buffers->memory_) + offset);
    slot.canvas.width = width;
    slot.canvas.height = height;
    slot.buffer = wl_shm_pool_create_buffer(pool, static_cast<std::int32_t>(offset), width, height, width * 4,
                                            WL_SHM_FORMAT_XRGB8888);
    wl_buffer_add_listener(slot.buffer, &listener, &slot);
  }
  wl_shm_pool_destroy(pool);
  close(fd);
  return buffers;
}

Buffers::~Buffers() {
  for (Slot& slot : slots_) {
    if (slot.buffer) { wl_buffer_destroy(slot.buffer); }
  }
  if (memory_) { munmap(memory_, bytes_); }
}

Buffers::Slot* Buffers::free_slot() {
  for (Slot& slot : slots_) {
    if (!slot.held) { return &slot; }
  }
  return nullptr;
}

}  // namespace punktfunk::beacon
