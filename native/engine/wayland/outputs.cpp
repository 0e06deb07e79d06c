#include "engine/wayland/outputs.h"

#include <wayland-client.h>

#include <algorithm>
#include <utility>

namespace punktfunk {

namespace {

constexpr std::uint32_t newest_version = 4;  // the first that names outputs

}  // namespace

struct WaylandOutputs::Entry {
  WaylandOutputs* all = nullptr;
  WaylandOutput output;

  void change(std::int32_t width, std::int32_t height, OutputTransform transform) {
    if (output.width == width && output.height == height && output.transform == transform) { return; }
    output.width = width;
    output.height = height;
    output.transform = transform;
    if (all->on_changed) { all->on_changed(output); }
  }
  static Entry& of(void* data) { return *static_cast<Entry*>(data); }

  static const wl_output_listener listener;
};

const wl_output_listener WaylandOutputs::Entry::listener = {
    .geometry =
        [](void* data, wl_output*, std::int32_t, std::int32_t, std::int32_t, std::int32_t, std::int32_t, const char*,
           const char*, std::int32_t transform) {
          const WaylandOutput& o = of(data).output;
          of(data).change(o.width, o.height, output_transform(static_cast<std::uint32_t>(transform)));
        },
    .mode =
        [](void* data, wl_output*, std::uint32_t flags, std::int32_t width, std::int32_t height, std::int32_t) {
          if ((flags & WL_OUTPUT_MODE_CURRENT) != 0) { of(data).change(width, height, of(data).output.transform); }
        },
    .done = [](void*, wl_output*) {},
    .scale = [](void*, wl_output*, std::int32_t) {},
    .name = [](void* data, wl_output*, const char* name) { of(data).output.name = name; },
    .description = [](void*, wl_output*, const char*) {},
};

WaylandOutputs::WaylandOutputs() = default;
WaylandOutputs::~WaylandOutputs() = default;

void WaylandOutputs::add(wl_registry* registry, std::uint32_t global, std::string_view interface,
                         std::uint32_t version) {
  if (interface != wl_output_interface.name) { return; }
  auto* const proxy = static_cast<wl_output*>(
      wl_registry_bind(registry, global, &wl_output_interface, std::min(version, newest_version)));
  auto entry = std::make_unique<Entry>();
  entry->all = this;
  entry->output.proxy.reset(proxy);
  entry->output.global = global;
  wl_output_add_listener(proxy, &Entry::listener, entry.get());
  entries_.push_back(std::move(entry));
}

void WaylandOutputs::remove(std::uint32_t global) {
  const auto gone =
      std::find_if(entries_.begin(), entries_.end(), [&](const auto& e) { return e->output.global == global; });
  if (gone == entries_.end()) { return; }
  if (on_removed) { on_removed((*gone)->output); }
  entries_.erase(gone);
}

const WaylandOutput* WaylandOutputs::find(std::string_view name) const {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const auto& e) { return name.empty() || e->output.name == name; });
  return found == entries_.end() ? nullptr : &(*found)->output;
}

std::string WaylandOutputs::names() const {
  std::string names;
  for (const auto& entry : entries_) { names += (names.empty() ? "" : ", ") + entry->output.name; }
  return names;
}

}  // namespace punktfunk
