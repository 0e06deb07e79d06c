#include "engine/capture/shm_buffer.h"

#include <fcntl.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstring>

namespace punktfunk {

namespace {

constexpr std::uint32_t max_side_px = 16384;
constexpr std::uint64_t max_buffer_bytes = std::uint64_t{1} << 30;

}  // namespace

std::unique_ptr<ShmBuffer> ShmBuffer::make(wl_shm* shm, const ShmLayout& layout, std::string& error) {
  const std::uint64_t length = std::uint64_t{layout.stride} * layout.height;
  if (layout.width == 0 || layout.height == 0 || layout.width > max_side_px || layout.height > max_side_px ||
      std::uint64_t{layout.width} * 4 > layout.stride || length > max_buffer_bytes) {
    error = "The compositor offers a picture of " + std::to_string(layout.width) + "x" + std::to_string(layout.height) +
            " with " + std::to_string(layout.stride) + " bytes a line, which cannot be captured: set another mode.";
    return nullptr;
  }
  std::unique_ptr<ShmBuffer> made(new ShmBuffer);
  made->layout_ = layout;
  made->fd_ = UniqueFd(memfd_create("punktfunk-capture", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  // Populated and sealed here, so that no frame pays for page faults and nobody can cut the memory short under a
  // reader.
  if (made->fd_ && ftruncate(made->fd_.get(), static_cast<off_t>(length)) == 0 &&
      fcntl(made->fd_.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0) {
    void* const data = mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, made->fd_.get(), 0);
    if (data != MAP_FAILED) {
      made->data_ = data;
      made->length_ = length;
    }
  }
  if (made->data_ == nullptr) {
    error = "No memory for a picture of " + std::to_string(length) + " bytes: " + strerror(errno) + ".";
    return nullptr;
  }
  wl_shm_pool* const pool = wl_shm_create_pool(shm, made->fd_.get(), static_cast<std::int32_t>(length));
  made->buffer_ = wl_shm_pool_create_buffer(pool, 0, static_cast<std::int32_t>(layout.width),
                                            static_cast<std::int32_t>(layout.height),
                                            static_cast<std::int32_t>(layout.stride), layout.shm_format);
  wl_shm_pool_destroy(pool);
  return made;
}

ShmBuffer::~ShmBuffer() {
  if (buffer_ != nullptr) { wl_buffer_destroy(buffer_); }
  if (data_ != nullptr) { munmap(data_, length_); }
}

}  // namespace punktfunk
