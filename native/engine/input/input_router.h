// Which backend takes which kind of input: the desktop's virtual pointer and keyboard, gamepads of the kernel.
//
// Shapes: one event in, what became of it out. Thread: the control thread alone. Ownership: the router owns its
// backends; one that is gone (its compositor ended) is destroyed and its kinds are nobody's.
#pragma once

#include <poll.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>

#include "engine/input/input.h"

namespace punktfunk {

// A set of kinds.
class InputKinds {
 public:
  constexpr InputKinds(std::initializer_list<InputKind> kinds = {}) {
    for (const InputKind kind : kinds) { bits_ |= bit(kind); }
  }
  [[nodiscard]] constexpr bool has(InputKind kind) const { return (bits_ & bit(kind)) != 0; }
  constexpr void add(InputKinds other) { bits_ |= other.bits_; }

 private:
  static constexpr std::uint32_t bit(InputKind kind) { return 1u << static_cast<unsigned>(kind); }
  std::uint32_t bits_ = 0;
};

// What a virtual pointer and keyboard take. Every client enables haptics; what shakes then is the gamepads' matter.
inline constexpr InputKinds pointer_and_keyboard_kinds = {InputKind::key,
                                                          InputKind::text,
                                                          InputKind::mouse_relative,
                                                          InputKind::mouse_absolute,
                                                          InputKind::mouse_button,
                                                          InputKind::scroll_vertical,
                                                          InputKind::scroll_horizontal,
                                                          InputKind::haptics_enable};

inline constexpr InputKinds all_kinds = {
    InputKind::key,          InputKind::mouse_relative,  InputKind::mouse_absolute,
    InputKind::mouse_button, InputKind::scroll_vertical, InputKind::scroll_horizontal,
    InputKind::text,         InputKind::touch,           InputKind::pen,
    InputKind::pad_arrival,  InputKind::pad_state,       InputKind::pad_touchpad,
    InputKind::pad_motion,   InputKind::pad_battery,     InputKind::haptics_enable,
    InputKind::unknown};

class InputRouter {
 public:
  static constexpr std::size_t max_backends = 4;

  // Of two backends for a kind the one that was added first gets it.
  void add(InputKinds kinds, std::unique_ptr<InputBackend> backend);

  // no_desktop: what took this kind is gone, or there never was anything.
  Injected inject(const InputEvent& event);
  // Everything held goes up, everywhere.
  void release_all();
  void lift_buttons(std::uint32_t buttons);

  // Fills one entry a backend for poll(); dispatch() then takes them. False when a backend is gone: that is told once.
  std::size_t poll_fds(std::span<pollfd> fds) const;
  bool dispatch(std::span<const pollfd> fds);
  std::optional<PadFeedback> take_feedback();

 private:
  struct Served {
    InputKinds kinds;
    std::unique_ptr<InputBackend> backend;
  };
  std::array<Served, max_backends> served_;
  std::size_t count_ = 0;
  InputKinds gone_;
};

}  // namespace punktfunk
