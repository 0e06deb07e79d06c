#include "engine/audio/sound_nodes.h"

#include <spa/param/param.h>
#include <spa/param/port-config.h>
#include <spa/pod/builder.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <string_view>

#include "engine/audio/pipewire_handles.h"
#include "engine/audio/sound_names.h"

namespace punktfunk {
namespace {

constexpr char player_class[] = "Stream/Output/Audio";

// Which way the ports of a node of sound go; empty for other things.
std::optional<spa_direction> direction_of(const char* media_class) {
  if (media_class == nullptr) { return {}; }
  for (const char* in : {"Audio/Sink", "Stream/Input/Audio"}) {
    if (std::strcmp(media_class, in) == 0) { return SPA_DIRECTION_INPUT; }
  }
  for (const char* out : {"Audio/Source", player_class}) {
    if (std::strcmp(media_class, out) == 0) { return SPA_DIRECTION_OUTPUT; }
  }
  return {};
}

std::string_view word(const spa_dict* props, const char* key) {
  const char* value = spa_dict_lookup(props, key);
  return value != nullptr ? value : "";
}

}  // namespace

void SoundNodes::on_global(std::uint32_t id, const char* type, const spa_dict* props) {
  if (props == nullptr) { return; }
  if (std::strcmp(type, PW_TYPE_INTERFACE_Node) == 0) {
    const char* media_class = spa_dict_lookup(props, PW_KEY_MEDIA_CLASS);
    if (const auto direction = direction_of(media_class)) {
      nodes_[id] = {*direction, std::string(word(props, PW_KEY_NODE_NAME)),
                    std::strcmp(media_class, player_class) == 0};
    }
  } else if (std::strcmp(type, PW_TYPE_INTERFACE_Port) == 0) {
    const std::string_view number = word(props, PW_KEY_NODE_ID);
    std::uint32_t node = 0;
    if (std::from_chars(number.data(), number.data() + number.size(), node).ec == std::errc{}) { ports_[id] = node; }
  } else if (std::strcmp(type, PW_TYPE_INTERFACE_Client) == 0) {
    if (word(props, PW_KEY_APP_NAME).starts_with("WirePlumber")) { managers_.insert(id); }
  }
}

void SoundNodes::on_global_gone(std::uint32_t id) {
  nodes_.erase(id);
  ports_.erase(id);
  managers_.erase(id);
}

void SoundNodes::clear() {
  nodes_.clear();
  ports_.clear();
  managers_.clear();
}

std::optional<std::uint32_t> SoundNodes::id_of(const std::string& name) const {
  const auto found =
      std::find_if(nodes_.begin(), nodes_.end(), [&](const auto& node) { return node.second.name == name; });
  return found == nodes_.end() ? std::nullopt : std::optional(found->first);
}

bool SoundNodes::sink_has_ports() const {
  return std::any_of(ports_.begin(), ports_.end(), [&](const auto& port) {
    const auto node = nodes_.find(port.second);
    return node != nodes_.end() && node->second.name == sink_name_;
  });
}

bool SoundNodes::is_ours(const Node& node) const {
  return node.name == sink_name_ || node.name == capture_name(sink_name_) ||
         node.name == host_capture_name(sink_name_) || node.name == host_player_name(sink_name_);
}

bool SoundNodes::somebody_plays() const {
  return std::any_of(nodes_.begin(), nodes_.end(),
                     [&](const auto& node) { return node.second.plays && !is_ours(node.second); });
}

void SoundNodes::set_back(pw_registry* registry) const {
  for (const auto& [id, known] : nodes_) {
    if (is_ours(known)) { continue; }  // made anew
    const Pw<pw_node> node(
        static_cast<pw_node*>(pw_registry_bind(registry, id, PW_TYPE_INTERFACE_Node, PW_VERSION_NODE, 0)));
    if (!node) { continue; }
    std::array<std::uint8_t, 256> buffer;
    spa_pod_builder builder = SPA_POD_BUILDER_INIT(buffer.data(), static_cast<std::uint32_t>(buffer.size()));
    const auto* passthrough = static_cast<const spa_pod*>(spa_pod_builder_add_object(
        &builder, SPA_TYPE_OBJECT_ParamPortConfig, SPA_PARAM_PortConfig, SPA_PARAM_PORT_CONFIG_direction,
        SPA_POD_Id(known.direction), SPA_PARAM_PORT_CONFIG_mode, SPA_POD_Id(SPA_PARAM_PORT_CONFIG_MODE_passthrough)));
    pw_node_set_param(node.get(), SPA_PARAM_PortConfig, 0, passthrough);
  }
}

}  // namespace punktfunk
