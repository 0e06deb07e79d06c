// What of sound the registry shows: nodes, and whether a WirePlumber is connected. Loop thread only.
#pragma once

#include <pipewire/pipewire.h>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace punktfunk {

class SoundNodes {
 public:
  explicit SoundNodes(std::string sink_name) : sink_name_(std::move(sink_name)) {}

  void on_global(std::uint32_t id, const char* type, const spa_dict* props);
  void on_global_gone(std::uint32_t id);
  void clear();

  [[nodiscard]] std::optional<std::uint32_t> id_of(const std::string& name) const;
  // The session manager has configured our sink.
  [[nodiscard]] bool sink_has_ports() const;
  // Some program has a stream that plays, though it may be silent or paused.
  [[nodiscard]] bool somebody_plays() const;
  [[nodiscard]] bool manager_there() const { return !managers_.empty(); }
  // Who comes from now on is a new one.
  void forget_managers() { managers_.clear(); }

  // WirePlumber 0.4 waits for ever for the ports of a node that a predecessor of it has configured already, links
  // nothing to it and, in the end, nothing else either: its scripts wait until all nodes are ready. So players that
  // outlive their session manager are set back to what they were when it first saw them: from the moment on in which it
  // ends, since systemd starts the next one a tenth of a second later; again and again, since a node takes it only once
  // the links that the old one had made are gone too; and not any more once the new one is there, whose work it would
  // undo.
  void set_back(pw_registry* registry) const;

 private:
  struct Node {
    spa_direction direction;  // of the ports that the session manager links
    std::string name;
    bool plays;
  };
  [[nodiscard]] bool is_ours(const Node& node) const;

  std::string sink_name_;
  std::map<std::uint32_t, Node> nodes_;           // by global id
  std::map<std::uint32_t, std::uint32_t> ports_;  // with their nodes
  std::set<std::uint32_t> managers_;              // connections of WirePlumber
};

}  // namespace punktfunk
