// The checkpoint as a mapped file (engine/checkpoint.h).
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "contract/problems.h"
#include "engine/checkpoint.h"

namespace punktfunk {

class CheckpointFile {
 public:
  // Maps the file that the host made and counts this engine's generation in it; an empty path is memory of this process
  // alone, for a stream that nobody takes up.
  static Result<std::unique_ptr<CheckpointFile>, Failure> open(const std::string& path);
  ~CheckpointFile();
  CheckpointFile(const CheckpointFile&) = delete;

  [[nodiscard]] Checkpoint& operator*() const { return *checkpoint_; }
  [[nodiscard]] Checkpoint* operator->() const { return checkpoint_; }
  [[nodiscard]] Checkpoint* get() const { return checkpoint_; }

 private:
  explicit CheckpointFile(Checkpoint* checkpoint) : checkpoint_(checkpoint) {}
  Checkpoint* checkpoint_;
};

}  // namespace punktfunk
