// The desktop's default sink, as the session manager keeps it in the metadata "default": taken for a sink of ours, and
// given back. It outlives connections: what was there before us is remembered over the sound server's end. Loop thread
// only.
#pragma once

#include <pipewire/extensions/metadata.h>
#include <pipewire/pipewire.h>

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "engine/audio/pipewire_handles.h"

namespace punktfunk {

class DefaultSink {
 public:
  // changed: a property of it is another one. lost: the session manager that kept it is gone.
  DefaultSink(std::string sink_name, std::function<void()> changed, std::function<void()> lost)
      : sink_name_(std::move(sink_name)), changed_(std::move(changed)), lost_(std::move(lost)) {}
  DefaultSink(DefaultSink&&) = delete;

  // For each global of the registry that comes and goes; binds the metadata when it is the one.
  void on_global(pw_registry* registry, std::uint32_t id, const char* type, const spa_dict* props);
  void on_global_gone(std::uint32_t id);
  [[nodiscard]] bool known() const { return static_cast<bool>(metadata_); }
  // Makes our sink the default, unless somebody chose another one since we did so first; the metadata's properties must
  // have come (one round trip after it was known).
  void take();
  // Once more, if nothing came of it: WirePlumber 0.4 overhears what is chosen while it starts.
  void insist();
  // Sound goes to our sink, or to where somebody wants it instead.
  [[nodiscard]] bool settled() const;
  // Our name may be where another one was, by us.
  [[nodiscard]] bool owes() const { return ever_taken_; }
  // Puts back what was there before, unless somebody chose another sink meanwhile. Its properties must have come.
  void give_back();
  // The name of the sink that was in use before ours; empty when there was none but the one that stands in for none.
  [[nodiscard]] std::string former() const;
  void unbind();

 private:
  static int on_property(void* data, std::uint32_t subject, const char* key, const char* type, const char* value);
  void configure(const std::string& json);
  void set(const char* key, const std::string& json);
  [[nodiscard]] bool is_ours(const std::string& json) const;

  std::string sink_name_;
  std::function<void()> changed_, lost_;
  Heard<pw_metadata> metadata_;
  std::uint32_t id_ = 0;
  // JSON as it stands; empty = not there. effective: what the session manager made of it.
  std::string configured_, effective_;
  std::string kept_;  // what a predecessor of ours that died kept for later
  std::string before_, former_;
  bool taken_ = false, ever_taken_ = false;
};

}  // namespace punktfunk
