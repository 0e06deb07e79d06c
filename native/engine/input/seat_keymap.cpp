#include "engine/input/seat_keymap.h"

#include <unistd.h>
#include <wayland-client.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "engine/input/keymap.h"

namespace punktfunk {
namespace {

constexpr std::uint32_t max_keymap_bytes = 1 << 20;  // usual ones are 30 to 100 KB

}  // namespace

// Read, not mapped: a file that is shorter than announced must not become a fault of ours.
std::string read_keymap_file(int fd, std::uint32_t bytes, std::string& fault) {
  if (bytes > max_keymap_bytes) {
    fault = "it has " + std::to_string(bytes) + " bytes, " + std::to_string(max_keymap_bytes) + " at most are read";
    return "";
  }
  std::string text(bytes, '\0');
  std::size_t got = 0;
  while (got < bytes) {
    const ssize_t part = pread(fd, text.data() + got, bytes - got, static_cast<off_t>(got));
    if (part < 0 && errno == EINTR) { continue; }
    if (part <= 0) {
      fault = "it is shorter than announced";
      return "";
    }
    got += static_cast<std::size_t>(part);
  }
  text.resize(std::min(text.find('\0'), text.size()));
  return text;
}

struct SeatKeymap::Listeners {
  static SeatKeymap& self(void* data) { return *static_cast<SeatKeymap*>(data); }
  static constexpr wl_seat_listener seat = {[](void* data, wl_seat*, std::uint32_t capabilities) {
                                              self(data).follow((capabilities & WL_SEAT_CAPABILITY_KEYBOARD) != 0);
                                            },
                                            [](void*, wl_seat*, const char*) {}};
  static constexpr wl_keyboard_listener keyboard = {
      [](void* data, wl_keyboard*, std::uint32_t format, std::int32_t fd, std::uint32_t bytes) {
        self(data).receive(format, fd, bytes);
        close(fd);
      },
      [](void*, wl_keyboard*, std::uint32_t, wl_surface*, wl_array*) {},
      [](void*, wl_keyboard*, std::uint32_t, wl_surface*) {},
      [](void*, wl_keyboard*, std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t) {},
      [](void*, wl_keyboard*, std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t) {},
      [](void*, wl_keyboard*, std::int32_t, std::int32_t) {}};
};

SeatKeymap::SeatKeymap(wl_seat* seat, Listener listener) : seat_(seat), listener_(std::move(listener)) {
  wl_seat_add_listener(seat_, &Listeners::seat, this);
}

SeatKeymap::~SeatKeymap() {
  follow(false);
}

void SeatKeymap::follow(bool has_keyboard) {
  if (has_keyboard == (keyboard_ != nullptr)) { return; }
  if (has_keyboard) {
    keyboard_ = wl_seat_get_keyboard(seat_);
    wl_keyboard_add_listener(keyboard_, &Listeners::keyboard, this);
  } else {
    wl_keyboard_destroy(std::exchange(keyboard_, nullptr));
  }
}

void SeatKeymap::receive(std::uint32_t format, int fd, std::uint32_t bytes) {
  if (format != WL_KEYBOARD_KEYMAP_FORMAT_XKB_V1) {
    return;  // a keyboard that was given none yet
  }
  std::string fault;
  const std::string text = read_keymap_file(fd, bytes, fault);
  if (!fault.empty() || !Keymap::made_here(text)) { listener_(text, fault); }
}

}  // namespace punktfunk
