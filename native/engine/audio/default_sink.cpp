#include "engine/audio/default_sink.h"

#include <spa/utils/json.h>

#include <array>
#include <cstring>

namespace punktfunk {
namespace {

constexpr char configured_key[] = "default.configured.audio.sink";
// What was configured before us, kept beside it: the metadata outlives an engine that crashes.
constexpr char kept_key[] = "punktfunk.before.audio.sink";
constexpr char json_type[] = "Spa:String:JSON";

// The "name" of {"name":"…"}; empty when there is none.
std::string name_of(const std::string& json) {
  spa_json outer, object;
  std::array<char, 64> key{};
  std::array<char, 512> value{};
  spa_json_init(&outer, json.data(), json.size());
  if (spa_json_enter_object(&outer, &object) <= 0) return {};
  while (spa_json_get_string(&object, key.data(), static_cast<int>(key.size())) > 0) {
    if (spa_json_get_string(&object, value.data(), static_cast<int>(value.size())) <= 0) break;
    if (std::strcmp(key.data(), "name") == 0) return value.data();
  }
  return {};
}

}  // namespace

void DefaultSink::on_global(pw_registry* registry, std::uint32_t id, const char* type, const spa_dict* props) {
  if (metadata_ != nullptr || props == nullptr || std::strcmp(type, PW_TYPE_INTERFACE_Metadata) != 0) return;
  const char* name = spa_dict_lookup(props, PW_KEY_METADATA_NAME);
  if (name == nullptr || std::strcmp(name, "default") != 0) return;
  metadata_ = static_cast<pw_proxy*>(pw_registry_bind(registry, id, type, PW_VERSION_METADATA, 0));
  if (metadata_ == nullptr) return;
  static const pw_metadata_events events = {PW_VERSION_METADATA_EVENTS, on_property};
  pw_metadata_add_listener(reinterpret_cast<pw_metadata*>(metadata_), &listener_, &events, this);
}

int DefaultSink::on_property(void* data, std::uint32_t subject, const char* key, const char*, const char* value) {
  auto& self = *static_cast<DefaultSink*>(data);
  if (subject != 0) return 0;
  if (key == nullptr || std::strcmp(key, configured_key) == 0)
    self.configured_ = value != nullptr && key != nullptr ? value : "";
  if (key == nullptr || std::strcmp(key, kept_key) == 0) self.kept_ = value != nullptr && key != nullptr ? value : "";
  return 0;
}

bool DefaultSink::is_ours(const std::string& json) const {
  return name_of(json) == sink_name_;
}

void DefaultSink::take() {
  if (metadata_ == nullptr || taken_) return;
  // Our own name there is what a crash left; what it kept aside is the truth then.
  before_ = is_ours(configured_) ? kept_ : configured_;
  set(kept_key, before_);
  set(configured_key, "{\"name\":\"" + sink_name_ + "\"}");
  taken_ = true;
}

void DefaultSink::give_back() {
  if (metadata_ == nullptr || !taken_) return;
  taken_ = false;
  if (is_ours(configured_)) set(configured_key, before_);
  set(kept_key, "");
}

void DefaultSink::set(const char* key, const std::string& json) {
  auto* metadata = reinterpret_cast<pw_metadata*>(metadata_);
  if (json.empty()) {
    pw_metadata_set_property(metadata, 0, key, nullptr, nullptr);
  } else {
    pw_metadata_set_property(metadata, 0, key, json_type, json.c_str());
  }
}

void DefaultSink::unbind() {
  if (metadata_ == nullptr) return;
  spa_hook_remove(&listener_);
  pw_proxy_destroy(metadata_);
  metadata_ = nullptr;
}

}  // namespace punktfunk
