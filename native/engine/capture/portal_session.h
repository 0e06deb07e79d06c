// A screen cast session of the XDG desktop portal (org.freedesktop.portal.ScreenCast): who may look is the desktop's
// decision, asked here.
#pragma once

#include <systemd/sd-bus.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"
#include "contract/problems.h"

namespace punktfunk {

class PortalSession {
  struct Private {
    explicit Private() = default;
  };

 public:
  explicit PortalSession(Private) {}  // open() alone makes one
  // Goes through the portal's dialogue: create, select, start, open. Blocks until the desktop has answered, at most
  // until deadline_ns (CLOCK_MONOTONIC); a person may have to click.
  static Result<std::unique_ptr<PortalSession>, Failure> open(const std::string& restore_token,
                                                              std::uint64_t deadline_ns);
  ~PortalSession();
  PortalSession(const PortalSession&) = delete;
  PortalSession& operator=(const PortalSession&) = delete;

  // The descriptor of the PipeWire connection; the caller's from now on.
  [[nodiscard]] UniqueFd take_remote_fd() { return std::move(remote_fd_); }
  [[nodiscard]] std::uint32_t node_id() const { return node_id_; }
  [[nodiscard]] const std::string& restore_token() const { return restore_token_; }

  [[nodiscard]] int poll_fd() const { return sd_bus_get_fd(bus_.get()); }
  // False when the desktop has closed the session: failure() says so.
  bool dispatch();
  [[nodiscard]] const std::optional<Failure>& failure() const { return failure_; }

 private:
  struct BusCloser {
    void operator()(sd_bus* bus) const { sd_bus_flush_close_unref(bus); }
  };
  struct SlotCloser {
    void operator()(sd_bus_slot* slot) const { sd_bus_slot_unref(slot); }
  };
  // Appends what a call has before its options, or the options themselves.
  using Append = std::function<int(sd_bus_message* call)>;
  using Read = std::function<int(sd_bus_message* value, const char* key)>;

  bool connect(std::uint64_t deadline_ns);
  bool read_capabilities(std::uint64_t deadline_ns);
  bool request(const char* method, std::uint64_t deadline_ns, const Append& arguments, const Append& options,
               const Read& result);
  bool open_remote(std::uint64_t deadline_ns);
  bool watch_closed();
  // Whoever watches is not idle: asked for with this connection, and over with it. A portal without it is left alone.
  void stay_awake();
  bool fail(Failure failure);  // false
  static int on_response(sd_bus_message* message, void* self, sd_bus_error* error);
  static int on_closed(sd_bus_message* message, void* self, sd_bus_error* error);

  std::unique_ptr<sd_bus, BusCloser> bus_;
  std::unique_ptr<sd_bus_slot, SlotCloser> response_slot_, closed_slot_;
  std::string request_prefix_, session_path_, restore_token_;
  std::optional<Failure> failure_;
  std::uint32_t version_ = 0, source_types_ = 0, cursor_modes_ = 0, node_id_ = 0;
  UniqueFd remote_fd_;

  // The request under way.
  unsigned requests_ = 0;
  std::string request_path_;
  bool answered_ = false;
  std::uint32_t response_ = 0;
  int parse_result_ = 0;
  Read read_result_;
};

}  // namespace punktfunk
