#include "shared_canvases.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace punktfunk::beacon {

std::unique_ptr<SharedCanvases> SharedCanvases::make(int width, int height, std::string& error) {
  std::unique_ptr<SharedCanvases> made(new SharedCanvases);
  made->one_ = static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 4;
  made->fd_ = UniqueFd(memfd_create("punktfunk-beacon", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!made->fd_ || ftruncate(made->fd(), static_cast<off_t>(made->bytes())) != 0) {
    error = "punktfunk-beacon: no shared memory for " + std::to_string(width) + "x" + std::to_string(height) + ": " +
            std::strerror(errno) + ".";
    return nullptr;
  }
  void* const memory = mmap(nullptr, made->bytes(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, made->fd(), 0);
  if (memory == MAP_FAILED) {
    error = std::string("punktfunk-beacon: shared memory cannot be mapped: ") + std::strerror(errno) + ".";
    return nullptr;
  }
  made->memory_ = memory;
  for (int i = 0; i < count; ++i) {
    Canvas& canvas = (*made)[i];
    canvas.pixels = reinterpret_cast<std::uint32_t*>(static_cast<char*>(memory) + made->offset(i));
    canvas.width = width;
    canvas.height = height;
  }
  return made;
}

SharedCanvases::~SharedCanvases() {
  if (memory_) { munmap(memory_, bytes()); }
}

}  // namespace punktfunk::beacon
