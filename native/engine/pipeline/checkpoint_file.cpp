#include "engine/pipeline/checkpoint_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "base/unique_fd.h"

namespace punktfunk {

std::unique_ptr<CheckpointFile> CheckpointFile::open(const std::string& path, std::string& error) {
  UniqueFd fd;
  if (!path.empty()) {
    fd = UniqueFd(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
    struct stat status{};
    if (!fd || fstat(fd.get(), &status) != 0) {
      error = "The checkpoint " + path + " cannot be opened: " + std::strerror(errno) + ".";
      return nullptr;
    }
    if (status.st_size < static_cast<off_t>(checkpoint_bytes)) {
      error = "The checkpoint " + path + " has " + std::to_string(status.st_size) + " bytes instead of " +
              std::to_string(checkpoint_bytes) + ".";
      return nullptr;
    }
  }
  const int flags = fd ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS;
  void* mapped = mmap(nullptr, checkpoint_bytes, PROT_READ | PROT_WRITE, flags, fd.get(), 0);
  if (mapped == MAP_FAILED) {
    error = "The checkpoint " + path + " cannot be mapped: " + std::strerror(errno) + ".";
    return nullptr;
  }
  std::unique_ptr<CheckpointFile> file(new CheckpointFile(static_cast<Checkpoint*>(mapped)));
  Checkpoint& c = **file;
  if (c.magic.load() == 0) {
    c.version.store(checkpoint_version);
    c.magic.store(checkpoint_magic);
  } else if (c.magic.load() != checkpoint_magic || c.version.load() != checkpoint_version) {
    error = "The checkpoint " + path + " is of another version of punktfunk; start the stream anew.";
    return nullptr;
  }
  c.generation.fetch_add(1);
  return file;
}

CheckpointFile::~CheckpointFile() {
  munmap(checkpoint_, checkpoint_bytes);
}

}  // namespace punktfunk
