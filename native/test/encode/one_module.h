// A directory with one encoder module only, so that each is tested by itself.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <string>

namespace punktfunk::test {

inline const std::string module_dir = PUNKTFUNK_BUILD "/lib";

struct OneModule {
  std::filesystem::path dir;
  explicit OneModule(const std::string& name) {
    static int made = 0;  // the loader remembers paths
    dir = std::filesystem::temp_directory_path() /
          ("punktfunk-encode-" + std::to_string(getpid()) + "-" + std::to_string(made++));
    std::filesystem::remove_all(dir);
    std::filesystem::create_directories(dir);
    const auto module = std::filesystem::path(module_dir) / ("punktfunk_encoder_" + name + ".so");
    if (std::filesystem::exists(module)) { std::filesystem::create_symlink(module, dir / module.filename()); }
  }
  ~OneModule() { std::filesystem::remove_all(dir); }
  OneModule(const OneModule&) = delete;
};

}  // namespace punktfunk::test
