#include "engine/wayland/connection.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <wayland-client.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/clock.h"

namespace punktfunk {

Result<std::unique_ptr<WaylandConnection>, Failure> WaylandConnection::open(const std::string& display) {
  WaylandHandle<wl_display> connected(wl_display_connect(display.empty() ? nullptr : display.c_str()));
  if (connected == nullptr) {
    const char* const fallback = getenv("WAYLAND_DISPLAY");
    const std::string name = !display.empty() ? display : fallback != nullptr ? fallback : "wayland-0";
    return problem::wayland_unreachable(name, strerror(errno));
  }
  UniqueFd epoll(epoll_create1(EPOLL_CLOEXEC));
  UniqueFd timer(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  epoll_event readable{.events = EPOLLIN, .data = {}};
  if (!epoll || !timer || epoll_ctl(epoll.get(), EPOLL_CTL_ADD, wl_display_get_fd(connected.get()), &readable) != 0 ||
      epoll_ctl(epoll.get(), EPOLL_CTL_ADD, timer.get(), &readable) != 0) {
    return problem::no_descriptors();
  }
  return std::make_unique<WaylandConnection>(std::move(connected), std::move(epoll), std::move(timer));
}

WaylandConnection::WaylandConnection(WaylandHandle<wl_display> display, UniqueFd epoll, UniqueFd timer)
    : display_(std::move(display)), epoll_(std::move(epoll)), timer_(std::move(timer)) {}

bool WaylandConnection::dispatch() {
  if (failure_) { return false; }
  while (wl_display_prepare_read(display_.get()) != 0) {
    if (wl_display_dispatch_pending(display_.get()) < 0) { return lost(); }
  }
  flush();
  pollfd socket{wl_display_get_fd(display_.get()), POLLIN, 0};
  if (poll(&socket, 1, 0) > 0) {
    if (wl_display_read_events(display_.get()) < 0) { return lost(); }
  } else {
    wl_display_cancel_read(display_.get());
  }
  if (wl_display_dispatch_pending(display_.get()) < 0) { return lost(); }
  flush();
  return wl_display_get_error(display_.get()) == 0 || lost();
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

bool WaylandConnection::round_trip(std::uint64_t deadline_ns) {
  bool answered = false;
  static constexpr wl_callback_listener listener = {
      .done = [](void* data, wl_callback*, std::uint32_t) { *static_cast<bool*>(data) = true; }};
  const WaylandHandle<wl_callback> callback(wl_display_sync(display_.get()));
  wl_callback_add_listener(callback.get(), &listener, &answered);
  return wait(deadline_ns, [&] { return answered; });
}

bool WaylandConnection::flush() {
  const bool written = wl_display_flush(display_.get()) >= 0;
  const bool blocked = !written && errno == EAGAIN;
  if (blocked != wants_write_) {
    wants_write_ = blocked;
    epoll_event socket{.events = EPOLLIN | (blocked ? EPOLLOUT : 0u), .data = {}};
    epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, wl_display_get_fd(display_.get()), &socket);
  }
  return written;
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
  const int code = wl_display_get_error(display_.get());
  if (code == EPROTO) {
    const wl_interface* interface = nullptr;
    std::uint32_t id = 0;
    const std::uint32_t protocol_code = wl_display_get_protocol_error(display_.get(), &interface, &id);
    failure_ = problem::compositor_refused(interface != nullptr ? interface->name : "unknown interface", protocol_code);
  } else {
    failure_ = problem::compositor_gone(strerror(code != 0 ? code : EPIPE));
  }
  return false;
}

}  // namespace punktfunk
