// A Wayland connection: everything about reading and writing the socket without ever blocking a frame or a key.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"
#include "contract/problems.h"
#include "engine/wayland/handle.h"

namespace punktfunk {

class WaylandConnection {
 public:
  // display: socket name or path, empty = $WAYLAND_DISPLAY.
  static Result<std::unique_ptr<WaylandConnection>, Failure> open(const std::string& display);
  // What open() makes: timer and the display's socket are members of epoll.
  WaylandConnection(WaylandHandle<wl_display> display, UniqueFd epoll, UniqueFd timer);
  WaylandConnection(WaylandConnection&&) = delete;

  [[nodiscard]] wl_display* display() const { return display_.get(); }
  // Readable when there are events, when held-back requests can be written, or when the timer has run out.
  [[nodiscard]] int poll_fd() const { return epoll_.get(); }

  // Reads and handles what is there, writes what is queued. False when the connection is gone: failure() says why.
  bool dispatch();
  // Dispatches until done() or the deadline (CLOCK_MONOTONIC). False on the deadline, or when the connection is gone.
  bool wait(std::uint64_t deadline_ns, const std::function<bool()>& done);
  // Waits until the compositor has handled everything sent so far. False on the deadline, or when it is gone.
  bool round_trip(std::uint64_t deadline_ns);
  // Writes queued requests; what the socket does not take now goes when it is writable again. False then: no more may
  // be sent than libwayland's buffer holds, or it ends the process.
  bool flush();

  // One timer, relative; 0 disarms. timer_expired() is true once after it ran out.
  void arm_timer(unsigned delay_ms);
  bool timer_expired();

  [[nodiscard]] const std::optional<Failure>& failure() const { return failure_; }

 private:
  bool lost();

  WaylandHandle<wl_display> display_;
  UniqueFd epoll_, timer_;
  bool wants_write_ = false, timer_armed_ = false;
  std::optional<Failure> failure_;
};

}  // namespace punktfunk
