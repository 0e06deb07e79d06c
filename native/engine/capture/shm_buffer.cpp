#include "engine/capture/shm_buffer.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <wayland-client-protocol.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/unique_fd.h"

namespace punktfunk {

namespace {

constexpr std::uint32_t max_side_px = 16384;
constexpr std::uint64_t max_buffer_bytes = std::uint64_t{1} << 30;

}  // namespace

Result<std::unique_ptr<ShmBuffer>, Failure> ShmBuffer::make(wl_shm* shm, const ShmLayout& layout) {
  const std::uint64_t length = std::uint64_t{layout.stride} * layout.height;
  if (layout.width == 0 || layout.height == 0 || layout.width > max_side_px || layout.height > max_side_px ||
      std::uint64_t{layout.width} * 4 > layout.stride || length > max_buffer_bytes) {
    return problem::picture_size_unusable(layout.width, layout.height, layout.stride);
  }
  const UniqueFd fd(memfd_create("punktfunk-capture", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  void* data = MAP_FAILED;
  // Populated and sealed here, so that no frame pays for page faults and nobody can cut the memory short under a
  // reader.
  if (fd && ftruncate(fd.get(), static_cast<off_t>(length)) == 0 &&
      fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0) {
    data = mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd.get(), 0);
  }
  if (data == MAP_FAILED) { return problem::no_memory(length, strerror(errno)); }
  const WaylandHandle<wl_shm_pool> pool(wl_shm_create_pool(shm, fd.get(), static_cast<std::int32_t>(length)));
  WaylandHandle<wl_buffer> buffer(wl_shm_pool_create_buffer(
      pool.get(), 0, static_cast<std::int32_t>(layout.width), static_cast<std::int32_t>(layout.height),
      static_cast<std::int32_t>(layout.stride), layout.shm_format));
  return std::make_unique<ShmBuffer>(layout, std::span(static_cast<std::uint8_t*>(data), length), std::move(buffer));
}

ShmBuffer::ShmBuffer(const ShmLayout& layout, std::span<std::uint8_t> mapped, WaylandHandle<wl_buffer> buffer)
    : layout_(layout), mapped_(mapped), buffer_(std::move(buffer)) {}

ShmBuffer::~ShmBuffer() {
  buffer_.reset();
  munmap(mapped_.data(), mapped_.size());
}

}  // namespace punktfunk
