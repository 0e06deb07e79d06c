// The keymap that the seat's clients are given (wl_keyboard.keymap), as it changes.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

struct wl_keyboard;
struct wl_seat;

namespace punktfunk {

// The keymap in a file that a compositor hands out, or the end of a sentence about it in fault.
std::string read_keymap_file(int fd, std::uint32_t bytes, std::string& fault);

class SeatKeymap {
 public:
  // Told from within the connection's dispatch: a keymap of somebody else than this host, or why it cannot be read (the
  // end of a sentence), one of the two empty.
  using Listener = std::function<void(const std::string& keymap, const std::string& fault)>;

  // Neither takes the seat over nor outlives its connection.
  SeatKeymap(wl_seat* seat, Listener listener);
  ~SeatKeymap();
  SeatKeymap(SeatKeymap&&) = delete;

 private:
  struct Listeners;
  void follow(bool has_keyboard);
  void receive(std::uint32_t format, int fd, std::uint32_t bytes);

  wl_seat* seat_;
  wl_keyboard* keyboard_ = nullptr;
  Listener listener_;
};

}  // namespace punktfunk
