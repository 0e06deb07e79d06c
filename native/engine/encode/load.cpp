#include <dlfcn.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <iterator>

#include "engine/encode/encoder.h"

namespace punktfunk {
namespace {

using OpenEncoder = Encoder* (*)(const EncoderConfig*, char*, std::size_t);

struct Module {
  const char* file;
  const char* library;  // what it stands on
  contract::Codec codec;
};
constexpr Module modules[] = {
    {"punktfunk_encoder_x264.so", "libx264", contract::Codec::h264},
    {"punktfunk_encoder_openh264.so", "OpenH264", contract::Codec::h264},
};

constexpr std::uint32_t min_side_px = 16, max_side_px = 16384, max_fps = 1000, max_bitrate_kbps = 2'000'000;

bool is_side(std::uint32_t px) {
  return px >= min_side_px && px <= max_side_px && px % 2 == 0;
}

// The module stays loaded for the life of the process: its code runs until the last encoder is gone, and one is enough.
// The error is the loader's word.
Result<OpenEncoder, std::string> load(const std::string& path) {
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* reason = dlerror();
    return std::string(reason != nullptr ? reason : "cannot be loaded");
  }
  const auto* abi = static_cast<const std::uint32_t*>(dlsym(handle, "punktfunk_encoder_abi"));
  const auto open = reinterpret_cast<OpenEncoder>(dlsym(handle, encoder_module_symbol));
  if (abi == nullptr || open == nullptr || *abi != encoder_module_abi) {
    dlclose(handle);
    return path + " is of another version of punktfunk";
  }
  return open;
}

Result<std::unique_ptr<Encoder>, Failure> open_module(const Module& module, const std::string& module_dir,
                                                      const EncoderConfig& config) {
  const std::string path = module_dir + "/" + module.file;
  if (access(path.c_str(), F_OK) != 0) { return problem::encoder_missing(module.library); }
  const auto open = load(path);
  if (!open) { return problem::encoder_unusable(module.library, open.error()); }
  char text[512] = "it gives no reason";
  std::unique_ptr<Encoder> encoder((*open)(&config, text, sizeof text));
  if (!encoder) { return problem::encoder_unusable(module.library, text); }
  return encoder;
}

constexpr std::uint32_t tried_side_px = 64;

std::optional<Failure> failure_of(const Module& module, const std::string& module_dir) {
  EncoderConfig config;
  config.width = config.height = tried_side_px;
  const auto encoder = open_module(module, module_dir, config);
  if (!encoder) { return encoder.error(); }
  const std::vector<std::uint8_t> grey(std::size_t{tried_side_px} * tried_side_px * 3 / 2, 128);
  const Picture picture{grey.data(), grey.data() + std::size_t{tried_side_px} * tried_side_px, tried_side_px,
                        tried_side_px};
  const Status status = (*encoder)->encode(picture, true, {[](void*, const Slice&) {}, nullptr});
  if (status != Status::ok) { return problem::encoder_unusable(module.library, status_text(status)); }
  return std::nullopt;
}

}  // namespace

std::vector<TriedEncoder> try_encoders(const std::string& module_dir) {
  std::vector<TriedEncoder> tried;
  for (const Module& module : modules) {
    tried.push_back({module.library, module.codec, failure_of(module, module_dir)});
  }
  return tried;
}

Result<void, Failure> check_encoder_config(const EncoderConfig& c) {
  const bool possible = is_side(c.width) && is_side(c.height) && c.fps > 0 && c.fps <= max_fps && c.bitrate_kbps > 0 &&
                        c.bitrate_kbps <= max_bitrate_kbps && c.slices > 0 && c.crf > 0 &&
                        std::memchr(c.preset, 0, sizeof c.preset) != nullptr;
  if (!possible) { return problem::picture_impossible(c.width, c.height, c.fps, c.bitrate_kbps); }
  return {};
}

Result<std::unique_ptr<Encoder>, Failure> open_encoder(std::string_view library, const std::string& module_dir,
                                                       const EncoderConfig& config) {
  if (auto checked = check_encoder_config(config); !checked) { return std::move(checked).error(); }
  const auto* const module =
      std::find_if(std::begin(modules), std::end(modules), [&](const Module& m) { return m.library == library; });
  if (module == std::end(modules)) { return problem::encoder_missing(std::string(library)); }
  return open_module(*module, module_dir, config);
}

Result<std::unique_ptr<Encoder>, Failure> open_h264_encoder(const std::string& module_dir,
                                                            const EncoderConfig& config) {
  if (auto checked = check_encoder_config(config); !checked) { return std::move(checked).error(); }
  std::string reasons;
  for (const Module& module : modules) {
    auto encoder = open_module(module, module_dir, config);
    if (encoder) { return encoder; }
    const Failure& why = encoder.error();
    reasons += std::string(reasons.empty() ? "" : "; ") + module.library + ": " +
               (why.code == ProblemCode::encoder_missing ? "its module is not built" : why.parameters.back());
  }
  return problem::no_encoder(module_dir, reasons);
}

}  // namespace punktfunk
