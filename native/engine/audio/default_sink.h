// The desktop's configured default sink, as the session manager keeps it in the metadata "default": taken for a sink of
// ours, and given back. Loop thread only.
#pragma once

#include <pipewire/extensions/metadata.h>
#include <pipewire/pipewire.h>

#include <cstdint>
#include <string>

namespace punktfunk {

class DefaultSink {
 public:
  explicit DefaultSink(std::string sink_name) : sink_name_(std::move(sink_name)) {}
  ~DefaultSink() { unbind(); }
  DefaultSink(DefaultSink&&) = delete;

  // For each global of the registry; binds the metadata when it is the one.
  void on_global(pw_registry* registry, std::uint32_t id, const char* type, const spa_dict* props);
  [[nodiscard]] bool known() const { return metadata_ != nullptr; }
  // Makes our sink the default; the metadata's properties must have come (one round trip after it was known).
  void take();
  // Puts back what was there before, unless somebody chose another sink meanwhile.
  void give_back();
  void unbind();

 private:
  static int on_property(void* data, std::uint32_t subject, const char* key, const char* type, const char* value);
  void set(const char* key, const std::string& json);
  [[nodiscard]] bool is_ours(const std::string& json) const;

  std::string sink_name_;
  pw_proxy* metadata_ = nullptr;
  spa_hook listener_{};
  std::string configured_;  // JSON as it stands; empty = not configured
  std::string kept_;        // what a predecessor of ours that died kept for later
  std::string before_;
  bool taken_ = false;
};

}  // namespace punktfunk
