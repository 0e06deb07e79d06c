#include "engine/capture/wayland_connection.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/clock.h"

namespace punktfunk {

std::unique_ptr<WaylandConnection> WaylandConnection::open(const std::string& display, std::string& error) {
  wl_display* const connected = wl_display_connect(display.empty() ? nullptr : display.c_str());
  if (connected == nullptr) {
    const char* const fallback = getenv("WAYLAND_DISPLAY");
    const std::string name = !display.empty() ? display : fallback != nullptr ? fallback : "wayland-0";
    error = "No Wayland compositor answers at \"" + name + "\" (" + strerror(errno) +
            "): start a desktop session, or name its socket in WAYLAND_DISPLAY and its directory in XDG_RUNTIME_DIR.";
    return nullptr;
  }
  std::unique_ptr<WaylandConnection> connection(new WaylandConnection(connected));
  connection->epoll_ = UniqueFd(epoll_create1(EPOLL_CLOEXEC));
  connection->timer_ = UniqueFd(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  epoll_event socket{}, timer{};
  socket.events = timer.events = EPOLLIN;
  if (!connection->epoll_ || !connection->timer_ ||
      epoll_ctl(connection->epoll_.get(), EPOLL_CTL_ADD, wl_display_get_fd(connected), &socket) != 0 ||
      epoll_ctl(connection->epoll_.get(), EPOLL_CTL_ADD, connection->timer_.get(), &timer) != 0) {
    error = std::string("The capture cannot wait for the compositor: ") + strerror(errno) + ".";
    return nullptr;
  }
  return connection;
}

WaylandConnection::~WaylandConnection() {
  wl_display_disconnect(display_);
}

bool WaylandConnection::dispatch() {
  if (!error_.empty()) { return false; }
  while (wl_display_prepare_read(display_) != 0) {
    if (wl_display_dispatch_pending(display_) < 0) { return lost(); }
  }
  flush();
  pollfd socket{wl_display_get_fd(display_), POLLIN, 0};
  if (poll(&socket, 1, 0) > 0) {
    if (wl_display_read_events(display_) < 0) { return lost(); }
  } else {
    wl_display_cancel_read(display_);
  }
  if (wl_display_dispatch_pending(display_) < 0) { return lost(); }
  flush();
  return wl_display_get_error(display_) == 0 || lost();
}

bool WaylandConnection::wait(std::uint64_t deadline_ns, const std::function<bool()>& done) {
  while (dispatch()) {
    if (done()) { return true; }
    const std::uint64_t now_ns = monotonic_ns();
    if (now_ns >= deadline_ns) { return false; }
    pollfd ready{epoll_.get(), POLLIN, 0};
    poll(&ready, 1, static_cast<int>(std::min<std::uint64_t>((deadline_ns - now_ns) / 1'000'000 + 1, 60'000)));
  }
  return false;
}

void WaylandConnection::flush() {
  const bool blocked = wl_display_flush(display_) < 0 && errno == EAGAIN;
  if (blocked == wants_write_) { return; }
  wants_write_ = blocked;
  epoll_event socket{};
  socket.events = EPOLLIN | (blocked ? EPOLLOUT : 0u);
  epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, wl_display_get_fd(display_), &socket);
}

void WaylandConnection::arm_timer(unsigned delay_ms) {
  itimerspec when{};
  when.it_value.tv_sec = delay_ms / 1000;
  when.it_value.tv_nsec = static_cast<long>(delay_ms % 1000) * 1'000'000;
  timerfd_settime(timer_.get(), 0, &when, nullptr);
  timer_armed_ = delay_ms != 0;
}

bool WaylandConnection::timer_expired() {
  std::uint64_t expirations = 0;
  if (!timer_armed_ || read(timer_.get(), &expirations, sizeof expirations) != sizeof expirations) { return false; }
  timer_armed_ = false;
  return true;
}

bool WaylandConnection::lost() {
  const int code = wl_display_get_error(display_);
  if (code == EPROTO) {
    const wl_interface* interface = nullptr;
    std::uint32_t id = 0;
    const std::uint32_t protocol_code = wl_display_get_protocol_error(display_, &interface, &id);
    error_ = "The compositor refused a capture request (" +
             std::string(interface != nullptr ? interface->name : "unknown interface") + ", error " +
             std::to_string(protocol_code) + "): report this with the compositor's name and version.";
  } else {
    error_ = std::string("The compositor closed the connection (") + strerror(code != 0 ? code : EPIPE) +
             "): the desktop session ended or crashed; start it again.";
  }
  return false;
}

}  // namespace punktfunk
