#include "window.h"

#include <algorithm>
#include <cstdlib>

#include "base/clock.h"
#include "base/poll_until.h"
#include "wayland/wayland_window.h"
#include "x11/x11_window.h"

namespace punktfunk::beacon {

std::unique_ptr<Window> open_window(Desktop desktop, Painting& painting, std::string& error) {
  if (desktop == Desktop::x11) { return open_x11_window(painting, error); }
  auto window = open_wayland_window(painting, error);
  // Where both are, the X server is most often one that shows its windows on the Wayland desktop.
  if (window || desktop == Desktop::wayland || std::getenv("DISPLAY") == nullptr) { return window; }
  std::string x11_error;
  window = open_x11_window(painting, x11_error);
  if (!window) { error += "\n" + x11_error; }
  return window;
}

std::string run(Window& window, Painting& painting, double duration_s, int stop_fd) {
  const std::uint64_t end_ns =
      duration_s > 0 ? monotonic_ns() + static_cast<std::uint64_t>(duration_s * 1e9) : never_ns;
  for (;;) {
    if (!window.handle_events()) { return "the desktop is gone"; }
    std::uint64_t now_ns = monotonic_ns();
    if (painting.is_due(now_ns)) { window.paint(now_ns); }
    const bool all_sent = window.flush();
    const bool over = !window.broken().empty() || window.closed() || now_ns >= end_ns;
    if (over || now_ns >= painting.next_tell_ns()) { painting.tell(now_ns); }
    if (over) { return !window.broken().empty() ? window.broken() : window.closed() ? "closed" : "duration"; }
    const std::uint64_t wake_ns = std::min({end_ns, painting.next_tell_ns(), painting.due_ns(monotonic_ns())});
    // What a desktop does not take at once it takes in its own time.
    pollfd fds[] = {{window.fd(), static_cast<short>(POLLIN | (all_sent ? 0 : POLLOUT)), 0}, {stop_fd, POLLIN, 0}};
    if (poll_until(fds, window.events_wait() ? 0 : wake_ns) > 0 && fds[1].revents) {
      painting.tell(monotonic_ns());
      return "signal";
    }
  }
}

}  // namespace punktfunk::beacon
