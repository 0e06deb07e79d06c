#include "engine/pipeline/checkpoint_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "base/unique_fd.h"

namespace punktfunk {

Result<std::unique_ptr<CheckpointFile>, Failure> CheckpointFile::open(const std::string& path) {
  UniqueFd fd;
  if (!path.empty()) {
    fd = UniqueFd(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
    struct stat status{};
    if (!fd || fstat(fd.get(), &status) != 0) { return problem::checkpoint_unusable(path, std::strerror(errno)); }
    if (status.st_size < static_cast<off_t>(checkpoint_bytes)) {
      return problem::checkpoint_unusable(
          path, "it has " + std::to_string(status.st_size) + " bytes instead of " + std::to_string(checkpoint_bytes));
    }
  }
  const int flags = fd ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS;
  void* mapped = mmap(nullptr, checkpoint_bytes, PROT_READ | PROT_WRITE, flags, fd.get(), 0);
  if (mapped == MAP_FAILED) { return problem::checkpoint_unusable(path, std::strerror(errno)); }
  std::unique_ptr<CheckpointFile> file(new CheckpointFile(static_cast<Checkpoint*>(mapped)));
  Checkpoint& c = **file;
  if (c.magic.load() == 0) {
    c.version.store(checkpoint_version);
    c.magic.store(checkpoint_magic);
  } else if (c.magic.load() != checkpoint_magic || c.version.load() != checkpoint_version) {
    return problem::checkpoint_foreign(path);
  }
  c.generation.fetch_add(1);
  return file;
}

CheckpointFile::~CheckpointFile() {
  munmap(checkpoint_, checkpoint_bytes);
}

}  // namespace punktfunk
