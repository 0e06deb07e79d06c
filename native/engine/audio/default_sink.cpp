#include "engine/audio/default_sink.h"

#include <spa/utils/json.h>

#include <array>
#include <cstring>
#include <utility>

namespace punktfunk {
namespace {

constexpr char configured_key[] = "default.configured.audio.sink", effective_key[] = "default.audio.sink";
// What was configured before us, kept beside it: the metadata outlives an engine that crashes.
constexpr char kept_key[] = "punktfunk.before.audio.sink";
// What PulseAudio, pipewire-pulse and PipeWire's fallback sink call a sink that is there only while there is no other.
constexpr char stand_in[] = "auto_null";
constexpr char json_type[] = "Spa:String:JSON";

// The "name" of {"name":"…"}; empty when there is none.
std::string name_of(const std::string& json) {
  spa_json outer, object;
  std::array<char, 64> key{};
  std::array<char, 512> value{};
  spa_json_init(&outer, json.data(), json.size());
  if (spa_json_enter_object(&outer, &object) <= 0) { return {}; }
  while (spa_json_get_string(&object, key.data(), static_cast<int>(key.size())) > 0) {
    if (spa_json_get_string(&object, value.data(), static_cast<int>(value.size())) <= 0) { break; }
    if (std::strcmp(key.data(), "name") == 0) { return value.data(); }
  }
  return {};
}

}  // namespace

void DefaultSink::on_global(pw_registry* registry, std::uint32_t id, const char* type, const spa_dict* props) {
  if (metadata_ || props == nullptr || std::strcmp(type, PW_TYPE_INTERFACE_Metadata) != 0) { return; }
  const char* name = spa_dict_lookup(props, PW_KEY_METADATA_NAME);
  if (name == nullptr || std::strcmp(name, "default") != 0) { return; }
  metadata_.object.reset(static_cast<pw_metadata*>(pw_registry_bind(registry, id, type, PW_VERSION_METADATA, 0)));
  if (!metadata_) { return; }
  id_ = id;
  static const pw_metadata_events events = {PW_VERSION_METADATA_EVENTS, on_property};
  pw_metadata_add_listener(metadata_.get(), metadata_.hook.fresh(), &events, this);
}

void DefaultSink::on_global_gone(std::uint32_t id) {
  if (!metadata_ || id != id_) { return; }
  unbind();  // at once: the next one may be announced already
  lost_();
}

int DefaultSink::on_property(void* data, std::uint32_t subject, const char* key, const char*, const char* value) {
  auto& self = *static_cast<DefaultSink*>(data);
  if (subject != 0) { return 0; }
  for (const auto& [name, kept] : {std::pair(configured_key, &self.configured_), std::pair(kept_key, &self.kept_),
                                   std::pair(effective_key, &self.effective_)}) {
    if (key == nullptr || std::strcmp(key, name) == 0) { *kept = value != nullptr && key != nullptr ? value : ""; }
  }
  self.changed_();
  return 0;
}

bool DefaultSink::is_ours(const std::string& json) const {
  return name_of(json) == sink_name_;
}

void DefaultSink::take() {
  if (!metadata_ || taken_) { return; }
  const bool ours = is_ours(configured_);
  // A session manager that was started again has ours, what was before, or nothing, by what it had saved; anything else
  // was chosen while we were there.
  if (ever_taken_ && !ours && !configured_.empty() && name_of(configured_) != name_of(before_)) { return; }
  if (!ever_taken_) {
    // Our own name there is what a crash left; what it kept aside is the truth then.
    before_ = ours ? kept_ : configured_;
    former_ = is_ours(effective_) ? before_ : effective_;
  }
  set(kept_key, before_);
  configure("{\"name\":\"" + sink_name_ + "\"}");
  taken_ = ever_taken_ = true;
}

void DefaultSink::insist() {
  if (!metadata_ || !taken_ || !is_ours(configured_) || is_ours(effective_)) { return; }
  configure(configured_ + " ");  // the same text again would not be a change
}

bool DefaultSink::settled() const {
  return taken_ && is_ours(configured_) ? is_ours(effective_) : !effective_.empty();
}

void DefaultSink::give_back() {
  if (!metadata_ || !std::exchange(ever_taken_, false)) { return; }
  taken_ = false;
  if (is_ours(configured_)) { configure(before_); }
  set(kept_key, "");
}

std::string DefaultSink::former() const {
  std::string name = name_of(former_);
  return name == stand_in ? "" : name;
}

// Known at once: the session manager, which answers later, may be asked to take it back before that.
void DefaultSink::configure(const std::string& json) {
  set(configured_key, json);
  configured_ = json;
}

void DefaultSink::set(const char* key, const std::string& json) {
  if (json.empty()) {
    pw_metadata_set_property(metadata_.get(), 0, key, nullptr, nullptr);
  } else {
    pw_metadata_set_property(metadata_.get(), 0, key, json_type, json.c_str());
  }
}

void DefaultSink::unbind() {
  metadata_.reset();
  taken_ = false;
  configured_ = effective_ = kept_ = {};
}

}  // namespace punktfunk
