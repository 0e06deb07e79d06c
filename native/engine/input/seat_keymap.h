// A seat, and the keymap that its clients are given (wl_keyboard.keymap), as it changes.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"
#include "contract/problems.h"
#include "engine/wayland/handle.h"

namespace punktfunk {

// The keymap in a file that a compositor hands out, or why there is none.
Result<std::string, Failure> read_keymap_file(int fd, std::uint32_t bytes);

class SeatKeymap {
 public:
  // Told from within the connection's dispatch: a keymap of somebody else than this host, or why it cannot be read.
  using Listener = std::function<void(Result<std::string, Failure> keymap)>;

  static constexpr std::uint32_t newest_version = 5;  // of wl_seat: the first that takes its release

  // global: its number in the registry.
  SeatKeymap(WaylandHandle<wl_seat> seat, std::uint32_t global);
  SeatKeymap(SeatKeymap&&) = delete;

  [[nodiscard]] wl_seat* seat() const { return seat_.get(); }
  [[nodiscard]] std::uint32_t global() const { return global_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] bool has_keyboard_and_pointer() const { return has_keyboard_ && has_pointer_; }

  // From now on the listener is told.
  void follow(Listener listener);

 private:
  struct Listeners;
  void follow_keyboard();
  void receive(std::uint32_t format, const UniqueFd& fd, std::uint32_t bytes);

  WaylandHandle<wl_seat> seat_;
  const std::uint32_t global_;
  std::string name_;
  bool has_keyboard_ = false, has_pointer_ = false;
  WaylandHandle<wl_keyboard> keyboard_;
  Listener listener_;
};

}  // namespace punktfunk
