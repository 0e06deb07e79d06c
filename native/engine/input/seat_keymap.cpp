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
Result<std::string, Failure> read_keymap_file(int fd, std::uint32_t bytes) {
  if (bytes > max_keymap_bytes) { return problem::keyboard_layout_unreadable("too large"); }
  std::string text(bytes, '\0');
  std::size_t got = 0;
  while (got < bytes) {
    const ssize_t part = pread(fd, text.data() + got, bytes - got, static_cast<off_t>(got));
    if (part < 0 && errno == EINTR) { continue; }
    if (part <= 0) { return problem::keyboard_layout_unreadable("cut short"); }
    got += static_cast<std::size_t>(part);
  }
  text.resize(std::min(text.find('\0'), text.size()));
  return text;
}

struct SeatKeymap::Listeners {
  static SeatKeymap& self(void* data) { return *static_cast<SeatKeymap*>(data); }
  static constexpr wl_seat_listener seat = {
      [](void* data, wl_seat*, std::uint32_t capabilities) {
        self(data).has_keyboard_ = (capabilities & WL_SEAT_CAPABILITY_KEYBOARD) != 0;
        self(data).has_pointer_ = (capabilities & WL_SEAT_CAPABILITY_POINTER) != 0;
        self(data).follow_keyboard();
      },
      [](void* data, wl_seat*, const char* name) { self(data).name_ = name; }};
  static constexpr wl_keyboard_listener keyboard = {
      [](void* data, wl_keyboard*, std::uint32_t format, std::int32_t fd, std::uint32_t bytes) {
        self(data).receive(format, UniqueFd(fd), bytes);
      },
      [](void*, wl_keyboard*, std::uint32_t, wl_surface*, wl_array*) {},
      [](void*, wl_keyboard*, std::uint32_t, wl_surface*) {},
      [](void*, wl_keyboard*, std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t) {},
      [](void*, wl_keyboard*, std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t) {},
      [](void*, wl_keyboard*, std::int32_t, std::int32_t) {}};
};

SeatKeymap::SeatKeymap(WaylandHandle<wl_seat> seat, std::uint32_t global) : seat_(std::move(seat)), global_(global) {
  wl_seat_add_listener(seat_.get(), &Listeners::seat, this);
}

void SeatKeymap::follow(Listener listener) {
  listener_ = std::move(listener);
  follow_keyboard();
}

void SeatKeymap::follow_keyboard() {
  if (!listener_ || has_keyboard_ == (keyboard_ != nullptr)) { return; }
  keyboard_.reset(has_keyboard_ ? wl_seat_get_keyboard(seat_.get()) : nullptr);
  if (keyboard_) { wl_keyboard_add_listener(keyboard_.get(), &Listeners::keyboard, this); }
}

void SeatKeymap::receive(std::uint32_t format, const UniqueFd& fd, std::uint32_t bytes) {
  if (format != WL_KEYBOARD_KEYMAP_FORMAT_XKB_V1) {
    return;  // a keyboard that was given none yet
  }
  auto text = read_keymap_file(fd.get(), bytes);
  if (!text || !Keymap::made_here(*text)) { listener_(std::move(text)); }
}

}  // namespace punktfunk
