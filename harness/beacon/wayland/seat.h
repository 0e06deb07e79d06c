// Every input event that reaches the beacon, told as NDJSON: what a test compares with what it sent.
#pragma once

#include <wayland-client.h>
#include <xkbcommon/xkbcommon.h>

#include <cstdint>
#include <functional>
#include <memory>

namespace punktfunk::beacon {

class Seat {
 public:
  // pressed_or_released: called for each button and each key.
  Seat(wl_registry* registry, std::uint32_t name, std::uint32_t version, std::function<void()> pressed_or_released);
  ~Seat();
  Seat(const Seat&) = delete;
  Seat& operator=(const Seat&) = delete;

 private:
  static const wl_seat_listener seat_listener;
  static const wl_keyboard_listener keyboard_listener;
  static const wl_pointer_listener pointer_listener;

  void capabilities(std::uint32_t bits);
  void keymap(std::uint32_t format, int fd, std::uint32_t size);
  void key(std::uint32_t code, std::uint32_t state);
  void modifiers(std::uint32_t depressed, std::uint32_t latched, std::uint32_t locked, std::uint32_t group);

  template <auto Release>
  struct Releaser {
    template <class T>
    void operator()(T* object) const {
      Release(object);
    }
  };
  const std::function<void()> pressed_or_released_;
  std::unique_ptr<xkb_context, Releaser<xkb_context_unref>> context_;
  std::unique_ptr<xkb_keymap, Releaser<xkb_keymap_unref>> keymap_;
  std::unique_ptr<xkb_state, Releaser<xkb_state_unref>> state_;
  wl_seat* seat_ = nullptr;
  wl_keyboard* keyboard_ = nullptr;
  wl_pointer* pointer_ = nullptr;
};

}  // namespace punktfunk::beacon
