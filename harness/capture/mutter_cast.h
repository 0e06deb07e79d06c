// What a screen cast of Mutter is asked for over D-Bus (org.gnome.Mutter.ScreenCast): who has its node may be any
// PipeWire consumer.
#pragma once

#include <systemd/sd-bus.h>

#include <cstdint>
#include <memory>
#include <string>

namespace punktfunk::test {

// One stream in a session of its own. What Mutter refuses is thrown.
class MutterCast {
 public:
  // A monitor that Mutter makes for this cast, of the size and rate that its consumer asks for.
  static MutterCast of_virtual_monitor() { return MutterCast("RecordVirtual", ""); }
  // One that is there.
  static MutterCast of_monitor(const std::string& connector) { return MutterCast("RecordMonitor", connector); }

  MutterCast(const MutterCast&) = delete;
  MutterCast& operator=(const MutterCast&) = delete;

  [[nodiscard]] std::uint32_t node_id() const { return node_id_; }
  // Ends it; a monitor made for it is gone then.
  void stop();

 private:
  struct BusCloser {
    void operator()(sd_bus* bus) const { sd_bus_flush_close_unref(bus); }
  };

  MutterCast(const char* method, const std::string& connector);

  std::unique_ptr<sd_bus, BusCloser> bus_;
  std::string session_path_;
  std::uint32_t node_id_ = 0;
};

}  // namespace punktfunk::test
