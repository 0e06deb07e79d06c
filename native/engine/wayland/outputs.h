// The compositor's outputs, as they come, change and go.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/output_transform.h"
#include "engine/wayland/handle.h"

namespace punktfunk {

struct WaylandOutput {
  WaylandHandle<wl_output> proxy;
  std::uint32_t global = 0;            // its number in the registry
  std::string name;                    // empty where the compositor is too old to say
  std::int32_t width = 0, height = 0;  // the current mode
  OutputTransform transform = OutputTransform::normal;
};

class WaylandOutputs {
 public:
  // Told from within the connection's dispatch.
  std::function<void(const WaylandOutput&)> on_changed;  // its mode or the way it is turned
  std::function<void(const WaylandOutput&)> on_removed;  // the last moment that it is there

  WaylandOutputs();
  ~WaylandOutputs();
  WaylandOutputs(WaylandOutputs&&) = delete;

  // What a registry tells; other kinds of globals are passed over.
  void add(wl_registry* registry, std::uint32_t global, std::string_view interface, std::uint32_t version);
  void remove(std::uint32_t global);

  // By its name, the first one for an empty name; null when there is none. Stays where it is until it is removed.
  [[nodiscard]] const WaylandOutput* find(std::string_view name) const;
  // "HEADLESS-1, HEADLESS-2".
  [[nodiscard]] std::string names() const;

 private:
  struct Entry;
  std::vector<std::unique_ptr<Entry>> entries_;
};

}  // namespace punktfunk
