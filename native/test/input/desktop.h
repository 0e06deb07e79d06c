// A Sway with our input in it and a window that sees what arrives.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/input/input.h"
#include "engine/input/utf8.h"
#include "test/failure_text.h"
#include "test/input/headless_sway.h"
#include "test/input/test_window.h"

namespace punktfunk::test {

inline constexpr std::uint32_t shift = 1, control = 4, alt = 8, super = 64, num_lock = 16;  // of an X11-shaped keymap

inline InputEvent key(std::uint16_t virtual_key, bool down, std::uint8_t modifiers = 0) {
  return {.kind = InputKind::key, .down = down, .code = virtual_key, .modifiers = modifiers};
}
inline InputEvent relative(std::int32_t dx, std::int32_t dy) {
  return {.kind = InputKind::mouse_relative, .x = dx, .y = dy};
}
inline InputEvent absolute(std::int32_t x, std::int32_t y, std::int32_t width, std::int32_t height) {
  return {.kind = InputKind::mouse_absolute, .x = x, .y = y, .reference_width = width, .reference_height = height};
}
inline InputEvent button(std::uint16_t number, bool down) {
  return {.kind = InputKind::mouse_button, .down = down, .code = number};
}
inline InputEvent vertical(std::int32_t amount) {
  return {.kind = InputKind::scroll_vertical, .y = amount};
}
inline InputEvent horizontal(std::int32_t amount) {
  return {.kind = InputKind::scroll_horizontal, .x = amount};
}

struct Fixture {
  HeadlessSway sway;
  std::unique_ptr<InputBackend> input;
  std::unique_ptr<TestWindow> window;
  std::vector<std::string> problems;

  explicit Fixture(const std::string& more_config = "", const std::string& layout = "",
                   const std::vector<std::string>& variables = {})
      : sway(1280, 720, more_config, variables) {
    open(layout);
    show();
  }
  void open(const std::string& layout) {
    std::string error;
    input = opened(open_wlroots_input({.wayland_display = sway.display(),
                                       .output = "HEADLESS-1",
                                       .keyboard_layout = layout,
                                       .sway_socket = sway.directory() + "/sway.sock"},
                                      60'000, [this](const Failure& failure) { problems.push_back(text_of(failure)); }),
                   error);
    REQUIRE_MESSAGE(input, error);
  }
  void show() {
    window = std::make_unique<TestWindow>(sway.display(), 1280, 720);
    REQUIRE(window->wait([&] { return window->keyboard_focus; }));
    input->inject(absolute(640, 360, 1280, 720));
    REQUIRE(window->wait([&] { return window->pointer_focus; }));
    window->motions.clear();
  }
  void type(std::string_view utf8) {
    std::span<const std::uint8_t> rest(reinterpret_cast<const std::uint8_t*>(utf8.data()), utf8.size());
    while (!rest.empty()) {
      const auto next = decode_utf8(rest);
      REQUIRE(next.bytes > 0);
      input->inject({.kind = InputKind::text, .text = next.value});
      rest = rest.subspan(next.bytes);
    }
  }
  bool sees_keys(std::size_t count) {
    return window->wait([&] { return window->keys.size() >= count; });
  }
};

}  // namespace punktfunk::test
