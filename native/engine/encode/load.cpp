#include <dlfcn.h>
#include <unistd.h>

#include <cstring>

#include "engine/encode/encoder.h"

namespace punktfunk {
namespace {

using OpenEncoder = Encoder* (*)(const EncoderConfig*, char*, std::size_t);

struct Module {
  const char* file;
  const char* library;  // what it stands on
};
constexpr Module modules[] = {
    {"punktfunk_encoder_x264.so", "libx264"},
    {"punktfunk_encoder_openh264.so", "OpenH264"},
};

constexpr std::uint32_t min_side_px = 16, max_side_px = 16384;

// The module stays loaded for the life of the process: its code runs until the last encoder is gone, and one is enough.
OpenEncoder load(const std::string& path, std::string& error) {
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* reason = dlerror();
    error = reason != nullptr ? reason : "cannot be loaded";
    return nullptr;
  }
  const auto* abi = static_cast<const std::uint32_t*>(dlsym(handle, "punktfunk_encoder_abi"));
  const auto open = reinterpret_cast<OpenEncoder>(dlsym(handle, encoder_module_symbol));
  if (abi == nullptr || open == nullptr || *abi != encoder_module_abi) {
    dlclose(handle);
    error = path + " is of another version of punktfunk";
    return nullptr;
  }
  return open;
}

constexpr std::uint32_t tried_side_px = 64;

std::optional<Failure> failure_of(const Module& module, const std::string& module_dir) {
  const std::string path = module_dir + "/" + module.file;
  if (access(path.c_str(), F_OK) != 0) { return problem::encoder_missing(module.library); }
  std::string reason;
  const OpenEncoder open = load(path, reason);
  if (open == nullptr) { return problem::encoder_unusable(module.library, reason); }
  EncoderConfig config;
  config.width = config.height = tried_side_px;
  char text[512] = "it gives no reason";
  const std::unique_ptr<Encoder> encoder(open(&config, text, sizeof text));
  if (!encoder) { return problem::encoder_unusable(module.library, text); }
  const std::vector<std::uint8_t> grey(std::size_t{tried_side_px} * tried_side_px * 3 / 2, 128);
  const Picture picture{grey.data(), grey.data() + std::size_t{tried_side_px} * tried_side_px, tried_side_px,
                        tried_side_px};
  const Status status = encoder->encode(picture, true, {[](void*, const Slice&) {}, nullptr});
  if (status != Status::ok) { return problem::encoder_unusable(module.library, status_text(status)); }
  return std::nullopt;
}

}  // namespace

std::vector<TriedEncoder> try_encoders(const std::string& module_dir) {
  std::vector<TriedEncoder> tried;
  for (const Module& module : modules) { tried.push_back({module.library, failure_of(module, module_dir)}); }
  return tried;
}

std::string encoder_config_error(const EncoderConfig& c) {
  const std::string size = std::to_string(c.width) + "x" + std::to_string(c.height);
  if (c.width < min_side_px || c.height < min_side_px || c.width > max_side_px || c.height > max_side_px ||
      c.width % 2 != 0 || c.height % 2 != 0) {
    return "This host cannot encode " + size + ": both sides must be even and from 16 to 16384 pixels.";
  }
  if (c.fps == 0 || c.fps > 1000) {
    return "This host cannot encode " + std::to_string(c.fps) + " frames/s: ask for 1 to 1000.";
  }
  if (c.bitrate_kbps == 0 || c.bitrate_kbps > 2'000'000) {
    return "This host cannot encode at " + std::to_string(c.bitrate_kbps) + " kbit/s: ask for 1 to 2000000.";
  }
  if (c.slices == 0) { return "This host cannot encode 0 slices: ask for at least 1."; }
  if (std::memchr(c.preset, 0, sizeof c.preset) == nullptr) { return "The encoder preset's name is too long."; }
  return {};
}

std::unique_ptr<Encoder> open_h264_encoder(const std::string& module_dir, const EncoderConfig& config,
                                           std::string& error) {
  error = encoder_config_error(config);
  if (!error.empty()) { return nullptr; }
  std::string missing;
  for (const Module& module : modules) {
    const std::string path = module_dir + "/" + module.file;
    std::string reason;
    if (access(path.c_str(), F_OK) != 0) {
      reason = "its module is not built";
    } else if (const OpenEncoder open = load(path, reason)) {
      char text[512] = "it gives no reason";
      if (Encoder* encoder = open(&config, text, sizeof text)) { return std::unique_ptr<Encoder>(encoder); }
      reason = text;
    }
    missing += std::string(missing.empty() ? "" : "; ") + module.library + ": " + reason;
  }
  // What to do about it depends on how this copy was installed, which the host knows (src/installation.ts).
  error = "There is no H.264 encoder in " + module_dir + " (" + missing + ").";
  return nullptr;
}

}  // namespace punktfunk
