#include "engine/capture/pipewire_buffer.h"

#include <fcntl.h>
#include <linux/dma-buf.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace punktfunk {

namespace {

constexpr std::uint64_t max_mapping_bytes = std::uint64_t{4} << 30;

// 0 when unknown. A dmabuf's inode has no size; the kernel tells it through lseek
// (Documentation/driver-api/dma-buf.rst).
std::uint64_t file_length(int fd) {
  struct stat status{};
  if (fstat(fd, &status) != 0) { return 0; }
  if (S_ISREG(status.st_mode)) { return static_cast<std::uint64_t>(std::max<off_t>(status.st_size, 0)); }
  const off_t end = lseek(fd, 0, SEEK_END);
  return end > 0 ? static_cast<std::uint64_t>(end) : 0;
}

}  // namespace

PipeWireBuffer::PipeWireBuffer(pw_buffer* buffer) : buffer_(buffer) {
  const spa_buffer& contents = *buffer->buffer;
  if (contents.n_datas == 0) { return; }
  const spa_data& data = contents.datas[0];
  data_type_ = data.type;
  if ((data_type_ != SPA_DATA_MemFd && data_type_ != SPA_DATA_DmaBuf) || data.fd < 0) { return; }
  fd_ = static_cast<int>(data.fd);
  const int seals = fcntl(fd_, F_GET_SEALS);
  shrinkable_ = data_type_ == SPA_DATA_MemFd && (seals < 0 || (seals & F_SEAL_SHRINK) == 0);
  const std::uint64_t length = std::min(file_length(fd_), max_mapping_bytes);
  if (length == 0) { return; }
  // From the file's start, because mapoffset need not be a multiple of the page size.
  void* const mapped = mmap(nullptr, length, PROT_READ, MAP_SHARED, fd_, 0);
  if (mapped == MAP_FAILED) { return; }
  mapped_ = static_cast<std::uint8_t*>(mapped);
  mapped_bytes_ = length;
}

PipeWireBuffer::~PipeWireBuffer() {
  if (mapped_ != nullptr) { munmap(mapped_, mapped_bytes_); }
}

PlaneSpan PipeWireBuffer::locate(std::uint32_t width, std::uint32_t height) {
  if (buffer_ == nullptr || buffer_->buffer->n_datas == 0) { return {}; }
  const spa_data& data = buffer_->buffer->datas[0];
  if (data.chunk == nullptr) { return {}; }
  // The chunk lies in memory that the producer can write at any time: each field is read once.
  const volatile spa_chunk& chunk = *data.chunk;
  PlaneClaim claim{.file_bytes = mapped_bytes_,
                   .map_offset = data.mapoffset,
                   .chunk_offset = chunk.offset,
                   .chunk_bytes = chunk.size,
                   .chunk_stride = chunk.stride,
                   .width = width,
                   .height = height};
  if (mapped_ == nullptr) {
    claim.file_bytes = fd_ < 0 && data.data != nullptr ? data.maxsize : 0;
    claim.map_offset = 0;
  } else if (shrinkable_) {
    claim.file_bytes = std::min<std::uint64_t>(mapped_bytes_, file_length(fd_));
  }
  // xdg-desktop-portal-wlr announces 9 bytes in a dmabuf: anything but 0 only says that there is a picture.
  if (data_type_ == SPA_DATA_DmaBuf && claim.chunk_bytes != 0) { claim.chunk_bytes = claim.file_bytes; }
  return check_plane(claim);
}

const std::uint8_t* PipeWireBuffer::begin_read(const PlaneSpan& span) {
  borrowed = true;
  if (mapped_ != nullptr) {
    sync(DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ);
    return mapped_ + span.file_offset;
  }
  const auto* const picture = static_cast<const std::uint8_t*>(buffer_->buffer->datas[0].data) + span.file_offset;
  copy_.assign(picture, picture + span.length);
  return copy_.data();
}

void PipeWireBuffer::end_read() {
  borrowed = false;
  if (buffer_ != nullptr) { sync(DMA_BUF_SYNC_END | DMA_BUF_SYNC_READ); }
}

void PipeWireBuffer::sync(std::uint64_t flags) const {
  if (data_type_ != SPA_DATA_DmaBuf || fd_ < 0) { return; }
  dma_buf_sync request{.flags = flags};
  while (ioctl(fd_, DMA_BUF_IOCTL_SYNC, &request) != 0 && (errno == EINTR || errno == EAGAIN)) {}
}

}  // namespace punktfunk
