// The wlroots backend against a real headless Sway: what a window sees of keys, text, motion, buttons and scrolls.
#include <doctest/doctest.h>
#include <linux/input-event-codes.h>
#include <poll.h>

#include <algorithm>
#include <memory>

#include "engine/input/input.h"
#include "test/input/desktop.h"

using namespace punktfunk;
using namespace punktfunk::test;

TEST_CASE_FIXTURE(Fixture, "keys arrive with the modifiers that are held") {
  CHECK((window->capabilities & 3) == 3);
  input->inject(key(0x41, true));
  input->inject(key(0x41, true));  // a repeat by the client
  input->inject(key(0x41, false));
  input->inject(key(0x41, false));
  input->inject(key(0xA1, true, 1));
  input->inject(key(0x42, true, 1));
  input->inject(key(0x42, false, 1));
  input->inject(key(0xA1, false));
  REQUIRE(sees_keys(6));
  window->settle();
  REQUIRE(window->keys.size() == 6);
  CHECK((window->keys[0].evdev == KEY_A && window->keys[0].down && window->keys[0].symbol == XKB_KEY_a));
  CHECK((window->keys[1].evdev == KEY_A && !window->keys[1].down));
  CHECK((window->keys[2].evdev == KEY_RIGHTSHIFT && window->keys[2].down));
  CHECK((window->keys[3].evdev == KEY_B && window->keys[3].symbol == XKB_KEY_B && window->keys[3].modifiers == shift));
  CHECK((window->keys[5].evdev == KEY_RIGHTSHIFT && !window->keys[5].down));
  CHECK(window->modifiers == 0);
  CHECK(window->text == "aB");
}

TEST_CASE_FIXTURE(Fixture, "a modifier of the mask that is not held is pressed around the key") {
  input->inject(key(0x43, true, 2 | 8));
  input->inject(key(0x43, false, 2 | 8));
  REQUIRE(sees_keys(6));
  window->settle();
  REQUIRE(window->keys.size() == 6);
  CHECK((window->keys[0].evdev == KEY_LEFTCTRL && window->keys[0].down));
  CHECK((window->keys[1].evdev == KEY_LEFTMETA && window->keys[1].down));
  CHECK((window->keys[2].evdev == KEY_C && window->keys[2].modifiers == (control | super)));
  CHECK((window->keys[3].evdev == KEY_LEFTMETA && !window->keys[3].down));
  CHECK((window->keys[4].evdev == KEY_LEFTCTRL && !window->keys[4].down));
  CHECK((window->keys[5].evdev == KEY_C && !window->keys[5].down));
  CHECK(window->modifiers == 0);

  // Held on the other side, it is not pressed again; a modifier's own event never borrows.
  window->keys.clear();
  input->inject(key(0xA5, true, 4));
  input->inject(key(0x44, true, 4));
  input->inject(key(0x44, false, 4));
  input->inject(key(0xA5, false, 4));
  REQUIRE(sees_keys(4));
  window->settle();
  REQUIRE(window->keys.size() == 4);
  CHECK((window->keys[1].evdev == KEY_D && window->keys[1].modifiers == alt));
}

TEST_CASE_FIXTURE(Fixture, "every virtual key of a full keyboard becomes a key with a symbol") {
  // Digits on the keypad are digits: Num Lock is on from the start.
  std::size_t count = 0;
  for (unsigned virtual_key = 0; virtual_key < 256; ++virtual_key) {
    const bool lock = virtual_key == 0x14 || virtual_key == 0x90 || virtual_key == 0x91;
    const bool modifier = (virtual_key >= 0x10 && virtual_key <= 0x12) ||
                          (virtual_key >= 0xA0 && virtual_key <= 0xA5) || virtual_key == 0x5B || virtual_key == 0x5C;
    if (lock || modifier) { continue; }
    const Injected down = input->inject(key(static_cast<std::uint16_t>(virtual_key), true));
    CHECK(input->inject(key(static_cast<std::uint16_t>(virtual_key), false)) == down);
    if (down == Injected::done) { count += 2; }
    REQUIRE(sees_keys(count));
  }
  window->settle();
  CHECK(window->keys.size() == count);
  CHECK(count / 2 >= 36 + 16 + 24 + 12 + 18);  // letters and digits, keypad, F keys, OEM keys, media keys
  for (const SeenKey& seen : window->keys) {
    CAPTURE(seen.evdev);
    CHECK(seen.symbol != XKB_KEY_NoSymbol);
  }
  CHECK(window->locked == num_lock);
  for (const char* typed : {"0123456789abcdefghijklmnopqrstuvwxyz", "0123456789*+.-./", ";=,-./`", "[\\]'", "/"}) {
    CAPTURE(window->text);
    CHECK(window->text.find(typed) != std::string::npos);
  }
  for (xkb_keysym_t symbol = XKB_KEY_F1; symbol <= XKB_KEY_F24; ++symbol) {
    CHECK(std::any_of(window->keys.begin(), window->keys.end(), [&](const SeenKey& k) { return k.symbol == symbol; }));
  }
}

TEST_CASE_FIXTURE(Fixture, "text arrives intact whatever is held or locked") {
  const std::string text = "Hello €ÄÖ ✓ 日本 😀";
  type(text);
  CHECK(window->wait([&] { return window->text == text; }));
  CAPTURE(window->text);
  CHECK(window->keymaps >= 8);

  // The same again needs no new keymap; with Caps Lock on and Control held the text is the same.
  window->settle();
  const int keymaps = window->keymaps;
  input->inject(key(0x14, true));
  input->inject(key(0x14, false));
  input->inject(key(0xA2, true, 2));
  window->settle();
  window->text.clear();
  type(text);
  CHECK(window->wait([&] { return window->text == text; }));
  CHECK(window->keymaps == keymaps);
  CHECK(window->wait([&] { return window->modifiers == control; }));
  CHECK((window->locked & 2) == 2);
  input->inject(key(0xA2, false));

  // More code points than there are spare keys.
  std::string greek;
  for (char32_t letter = 0x391; letter <= 0x3FF; ++letter) {
    greek += static_cast<char>(0xC0 | letter >> 6);
    greek += static_cast<char>(0x80 | (letter & 0x3F));
  }
  window->settle();
  window->text.clear();
  type(greek);
  window->wait([&] { return window->text.size() >= greek.size(); });
  CHECK(window->text == greek);
}

TEST_CASE("text arrives intact in a terminal") {
  HeadlessSway sway(1280, 720, "for_window [app_id=\"foot\"] exec touch $XDG_RUNTIME_DIR/mapped");
  std::string error;
  auto input = opened(open_wlroots_input({sway.display(), ""}, 60'000), error);
  REQUIRE_MESSAGE(input, error);
  const std::string script =
      "read -r line; printf %s \"$line\" > $XDG_RUNTIME_DIR/part; mv $XDG_RUNTIME_DIR/part $XDG_RUNTIME_DIR/typed";
  UserProcess terminal({"foot", "sh", "-c", script}, sway.environment(), sway.directory() + "/foot.log");
  REQUIRE(sway.runtime().wait_for("mapped", 60'000));
  const std::u32string text = U"Hello €ÄÖ ✓ 日本 😀";
  for (char32_t code_point : text) { input->inject({.kind = InputKind::text, .text = code_point}); }
  input->inject(key(0x0D, true));
  input->inject(key(0x0D, false));
  REQUIRE(sway.runtime().wait_for("typed", 60'000));
  std::ifstream file(sway.directory() + "/typed");
  const std::string typed{std::istreambuf_iterator<char>(file), {}};
  CHECK(typed == "Hello €ÄÖ ✓ 日本 😀");
}

TEST_CASE_FIXTURE(Fixture, "text of a key that is held is typed all the same, and control characters are not") {
  input->inject(key(0x41, true));
  type("a");
  REQUIRE(window->wait([&] { return window->text == "aa"; }));
  for (char32_t refused : {U'\0', U'\n', U'\x1b', U'\x7f', U'\x85'}) {
    CHECK(input->inject({.kind = InputKind::text, .text = refused}) == Injected::unknown);
  }
  window->settle();
  CHECK(window->text == "aa");
}

TEST_CASE_FIXTURE(Fixture, "motion, buttons and scrolls arrive as sent") {
  input->inject(absolute(100, 50, 1280, 720));
  input->inject(absolute(960, 540, 1920, 1080));
  input->inject(absolute(1279, 719, 1280, 720));
  input->inject(absolute(-5, 4000, 1280, 720));
  input->inject(absolute(200, 300, 1280, 720));
  input->inject(relative(7, -3));
  input->inject(relative(-107, 3));
  REQUIRE(window->wait([&] { return window->motions.size() >= 7; }));
  const double expected[7][2] = {{100, 50}, {640, 360}, {1279, 719}, {0, 719}, {200, 300}, {207, 297}, {100, 300}};
  for (int i = 0; i < 7; ++i) {
    CAPTURE(i);
    CHECK(window->motions[static_cast<std::size_t>(i)].x == doctest::Approx(expected[i][0]).epsilon(0.001));
    CHECK(window->motions[static_cast<std::size_t>(i)].y == doctest::Approx(expected[i][1]).epsilon(0.001));
  }

  for (std::uint16_t number = 1; number <= 5; ++number) {
    input->inject(button(number, true));
    input->inject(button(number, true));
    input->inject(button(number, false));
  }
  input->inject(button(6, true));
  REQUIRE(window->wait([&] { return window->buttons.size() >= 10; }));
  window->settle();
  REQUIRE(window->buttons.size() == 10);
  const std::uint32_t codes[] = {BTN_LEFT, BTN_MIDDLE, BTN_RIGHT, BTN_SIDE, BTN_EXTRA};
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK((window->buttons[i * 2].button == codes[i] && window->buttons[i * 2].down));
    CHECK((window->buttons[i * 2 + 1].button == codes[i] && !window->buttons[i * 2 + 1].down));
  }
}

TEST_CASE_FIXTURE(Fixture, "every part of a notch scrolls by its part, and whole notches are counted") {
  const auto turn = [&](bool sideways, std::vector<std::int32_t> amounts) {
    window->axes.clear();
    for (const std::int32_t amount : amounts) { input->inject(sideways ? horizontal(amount) : vertical(amount)); }
    CHECK(window->wait([&] { return window->axes.size() >= amounts.size(); }));
    window->settle();
    REQUIRE(window->axes.size() == amounts.size());
    SeenAxis sum;
    for (const SeenAxis& axis : window->axes) {
      CHECK(axis.axis == (sideways ? 1 : 0));
      CHECK(axis.source == 0);
      sum.value += axis.value;
      sum.discrete += axis.discrete;
    }
    return sum;
  };
  for (const bool sideways : {false, true}) {
    CAPTURE(sideways);
    const int sign = sideways ? 1 : -1;  // Wayland counts down as positive, the client up
    const auto is = [&](const SeenAxis& sum, double value, int notches) {
      CHECK(sum.value == sign * value);
      CHECK(sum.discrete == sign * notches);
    };
    is(turn(sideways, {120}), 15, 1);
    is(turn(sideways, {-240}), -30, -2);
    is(turn(sideways, {15, 15, 15, 15, 15, 15, 15, 15}), 15, 1);  // a fine wheel: one notch in eight parts
    is(turn(sideways, {30, 30, 30, 29}), 14.875, 0);
    is(turn(sideways, {1}), 0.125, 1);
    is(turn(sideways, {100, -119, 19}), 0, 0);  // turned round and back: nothing is lost
    is(turn(sideways, {-60, -60, 60, 60}), 0, 0);
    is(turn(sideways, {32767, -32768, 1}), 0, 0);
  }
  input->inject(vertical(0));  // nothing, and not a wheel that stops
  window->axes.clear();
  window->settle();
  CHECK(window->axes.empty());
}

TEST_CASE("absolute positions stay on the streamed output beside other outputs") {
  Fixture f("output HEADLESS-1 pos 0 0");
  REQUIRE(f.sway.command({"create_output"}));
  REQUIRE(f.sway.command({"--", "output", "HEADLESS-2", "mode", "--custom", "1920x1080@60Hz", "pos", "1280", "0"}));
  f.input->inject(absolute(320, 180, 640, 360));
  f.input->inject(absolute(639, 359, 640, 360));
  REQUIRE(f.window->wait([&] { return f.window->motions.size() >= 2; }));
  CHECK(f.window->motions[0].x == doctest::Approx(640));
  CHECK(f.window->motions[1].x == doctest::Approx(1279).epsilon(0.001));
  CHECK(f.window->motions[1].y == doctest::Approx(719).epsilon(0.001));
  f.window->settle();
  CHECK(f.window->pointer_focus);
}

TEST_CASE_FIXTURE(Fixture, "release_all lifts everything that is held, and so does the end") {
  for (std::uint16_t virtual_key : {0xA0, 0xA3, 0x41, 0x70, 0x25}) { input->inject(key(virtual_key, true, 3)); }
  input->inject(button(1, true));
  input->inject(button(4, true));
  REQUIRE(sees_keys(5));
  REQUIRE(window->wait([&] { return window->buttons.size() >= 2; }));
  window->keys.clear();
  window->buttons.clear();
  input->release_all();
  REQUIRE(sees_keys(5));
  REQUIRE(window->wait([&] { return window->buttons.size() >= 2; }));
  window->settle();
  CHECK(window->keys.size() == 5);
  CHECK(std::none_of(window->keys.begin(), window->keys.end(), [](const SeenKey& k) { return k.down; }));
  CHECK(std::none_of(window->buttons.begin(), window->buttons.end(), [](const SeenButton& b) { return b.down; }));
  CHECK(window->modifiers == 0);

  window->keys.clear();
  input->inject(key(0x42, true));
  REQUIRE(sees_keys(1));
  input.reset();
  REQUIRE(sees_keys(2));
  CHECK((window->keys[1].evdev == KEY_B && !window->keys[1].down));
}

TEST_CASE_FIXTURE(Fixture, "what an engine that is killed held is lifted when the next one opens") {
  const pid_t engine = fork();
  if (engine == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    std::string error;
    auto own = opened(open_wlroots_input({sway.display(), "HEADLESS-1"}, 60'000), error);
    if (!own) { _exit(1); }
    own->inject(key(0xA0, true, 1));
    own->inject(key(0x57, true, 1));
    own->inject(button(1, true));
    pause();
  }
  REQUIRE(sees_keys(2));
  REQUIRE(window->wait([&] { return !window->buttons.empty(); }));
  ::kill(engine, SIGKILL);
  waitpid(engine, nullptr, 0);
  std::string error;
  auto successor = opened(open_wlroots_input({sway.display(), "HEADLESS-1"}, 60'000), error);
  REQUIRE_MESSAGE(successor, error);
  CHECK(window->wait([&] {
    return std::count_if(window->keys.begin(), window->keys.end(), [](const SeenKey& k) { return !k.down; }) == 2;
  }));
  successor->lift_buttons(1u << 1);
  CHECK(window->wait([&] { return window->buttons.size() == 2; }));
  CHECK((window->buttons[1].button == BTN_LEFT && !window->buttons[1].down));
  CHECK(window->wait([&] { return window->modifiers == 0; }));
}

TEST_CASE("Num Lock does not keep the desktop's own key bindings from working") {
  Fixture bound("bindsym Mod4+k exec touch $XDG_RUNTIME_DIR/bound");
  bound.input->inject(key(0x5B, true, 8));
  bound.input->inject(key(0x4B, true, 8));
  bound.input->inject(key(0x4B, false, 8));
  bound.input->inject(key(0x5B, false));
  CHECK(bound.sway.runtime().wait_for("bound", 60'000));
}

TEST_CASE("what is missing is said") {
  std::string error;
  CHECK_FALSE(opened(open_wlroots_input({"/nonexistent/wayland-9", ""}, 100), error));
  CHECK(error.starts_with("wayland_unreachable(/nonexistent/wayland-9, "));
  HeadlessSway sway;
  CHECK_FALSE(opened(open_wlroots_input({sway.display(), "DP-7"}, 60'000), error));
  CHECK(error == "output_missing(DP-7, HEADLESS-1)");
}

TEST_CASE_FIXTURE(Fixture, "a compositor that dies is noticed and nothing else breaks") {
  CHECK(input->dispatch());
  input->inject(key(0x41, true));
  sway.kill();
  pollfd poller = {input->poll_fd(), POLLIN, 0};
  REQUIRE(poll(&poller, 1, 60'000) == 1);
  bool alive = true;
  for (int i = 0; i < 10 && alive; ++i) { alive = input->dispatch(); }
  CHECK_FALSE(alive);
  CHECK(input->inject(key(0x41, false)) == Injected::busy);
  input->release_all();
}
