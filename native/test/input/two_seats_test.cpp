// Two clients at one Sway, each on an output and a seat of its own. docs/sway-seats.md has what Sway needs for it.
#include <doctest/doctest.h>
#include <linux/input-event-codes.h>
#include <poll.h>

#include <memory>
#include <string>

#include "engine/input/input.h"
#include "test/input/desktop.h"

using namespace punktfunk;
using namespace punktfunk::test;

namespace {

const std::string two_seats =
    "output HEADLESS-1 pos 0 0\noutput HEADLESS-2 mode --custom 800x600@60Hz pos 1280 0\n"
    "seat seat0 fallback yes\nseat punktfunk-2 fallback no";

struct TwoClients {
  HeadlessSway sway;
  std::unique_ptr<InputBackend> first, second;

  TwoClients() : sway(1280, 720, two_seats, {"WLR_HEADLESS_OUTPUTS=2"}) {
    REQUIRE(sway.command({"seat", "punktfunk-2", "fallback", "no"}));
    first = open("HEADLESS-1", "");
    second = open("HEADLESS-2", "punktfunk-2");
  }
  std::unique_ptr<InputBackend> open(const std::string& output, const std::string& seat) {
    std::string error;
    auto input = opened(open_wlroots_input({.wayland_display = sway.display(),
                                            .output = output,
                                            .seat = seat,
                                            .sway_socket = sway.directory() + "/sway.sock"},
                                           60'000),
                        error);
    REQUIRE_MESSAGE(input, error);
    return input;
  }
};

struct TwoWindows : TwoClients {
  TestWindow left, right;
  SeenInput &first_left, &first_right, &second_left, &second_right;

  TwoWindows()
      : left(sway.display(), 1280, 720, "HEADLESS-1"),
        right(sway.display(), 800, 600, "HEADLESS-2"),
        first_left(left.of_seat("seat0")),
        first_right(right.of_seat("seat0")),
        second_left(left.of_seat("punktfunk-2")),
        second_right(right.of_seat("punktfunk-2")) {
    click(*first, 1280, 720);
    click(*second, 800, 600);
    REQUIRE(left.wait([&] { return first_left.keyboard_focus && first_left.pointer_focus; }));
    REQUIRE(right.wait([&] { return second_right.keyboard_focus && second_right.pointer_focus; }));
    settle();  // whatever else the first click brings: Sway keeps one to itself that moves the focus
    for (SeenInput* seen : {&first_left, &first_right, &second_left, &second_right}) {
      seen->keys.clear();
      seen->buttons.clear();
      seen->motions.clear();
    }
  }
  static void click(InputBackend& by, std::int32_t width, std::int32_t height) {
    by.inject(absolute(width / 2, height / 2, width, height));
    by.inject(button(1, true));
    by.inject(button(1, false));
  }
  void settle() {
    left.settle();
    right.settle();
  }
  static void tap(InputBackend& by, std::uint16_t virtual_key) {
    by.inject(key(virtual_key, true));
    by.inject(key(virtual_key, false));
  }
  static void type(InputBackend& by, std::u32string_view text) {
    for (const char32_t c : text) { by.inject({.kind = InputKind::text, .text = c}); }
  }
  // Nothing of one client in the window of the other.
  void check_apart() {
    settle();
    for (const SeenInput* seen : {&first_right, &second_left}) {
      CHECK(seen->keys.empty());
      CHECK(seen->buttons.empty());
      CHECK(seen->motions.empty());
      CHECK(seen->text.empty());
      CHECK_FALSE(seen->keyboard_focus);
      CHECK_FALSE(seen->pointer_focus);
    }
  }
};

bool ended(InputBackend& input) {
  pollfd poller = {input.poll_fd(), POLLIN, 0};
  while (poll(&poller, 1, 60'000) > 0) {
    if (!input.dispatch()) { return true; }
  }
  return false;
}

}  // namespace

TEST_CASE_FIXTURE(TwoWindows, "two clients type and click at once, and each reaches its own window alone") {
  // Turn by turn, so that each event of the one has the other's before and after it; the same keys on both.
  for (std::uint16_t letter = 'A'; letter <= 'Z'; ++letter) {
    first->inject(key(letter, true));
    second->inject(key(0xA0, true, 1));
    second->inject(key(letter, true, 1));
    first->inject(key(letter, false));
    second->inject(key(letter, false, 1));
    second->inject(key(0xA0, false));
    first->inject(absolute(letter, 10, 1280, 720));
    second->inject(absolute(10, letter, 800, 600));
    first->inject(button(1, true));
    second->inject(button(3, true));
    first->inject(button(1, false));
    second->inject(button(3, false));
    first->inject(vertical(120));
  }
  type(*first, U"é日");
  type(*second, U"✓Ä");
  const std::string small = "abcdefghijklmnopqrstuvwxyzé日", large = "ABCDEFGHIJKLMNOPQRSTUVWXYZ✓Ä";
  CHECK(left.wait([&] { return first_left.text == small && first_left.axes.size() == 26; }));
  CHECK(right.wait([&] { return second_right.text == large && second_right.buttons.size() == 52; }));
  CHECK(first_left.text == small);
  CHECK(second_right.text == large);
  CHECK(first_left.buttons.size() == 52);
  CHECK(second_right.axes.empty());
  for (const SeenButton& seen : first_left.buttons) { CHECK(seen.button == BTN_LEFT); }
  for (const SeenButton& seen : second_right.buttons) { CHECK(seen.button == BTN_RIGHT); }
  CHECK((first_left.motions.back().x == doctest::Approx('Z') && first_left.motions.back().y == doctest::Approx(10)));
  CHECK(
      (second_right.motions.back().x == doctest::Approx(10) && second_right.motions.back().y == doctest::Approx('Z')));
  CHECK((first_left.modifiers == 0 && second_right.modifiers == 0));
  check_apart();
}

TEST_CASE_FIXTURE(TwoWindows, "what one client holds is lifted without touching what the other holds") {
  for (InputBackend* client : {first.get(), second.get()}) {
    client->inject(key(0xA2, true, 2));
    client->inject(key('W', true, 2));
    client->inject(button(1, true));
  }
  REQUIRE(left.wait([&] { return first_left.keys.size() == 2 && first_left.buttons.size() == 1; }));
  REQUIRE(right.wait([&] { return second_right.keys.size() == 2 && second_right.buttons.size() == 1; }));
  second->release_all();
  REQUIRE(right.wait([&] { return second_right.keys.size() == 4 && second_right.buttons.size() == 2; }));
  settle();
  CHECK((first_left.keys.size() == 2 && first_left.buttons.size() == 1 && first_left.modifiers == control));
  CHECK(second_right.modifiers == 0);
  second->inject(key('W', true));
  REQUIRE(right.wait([&] { return second_right.keys.size() == 5; }));
  // Nor does its end, and the one that stays goes on.
  second.reset();
  REQUIRE(right.wait([&] { return second_right.keys.size() == 6; }));
  CHECK_FALSE(second_right.keys.back().down);
  settle();
  CHECK((first_left.keys.size() == 2 && first_left.buttons.size() == 1 && first_left.modifiers == control));
  first->inject(key('W', false));
  CHECK(left.wait([&] { return first_left.keys.size() == 3 && !first_left.keys.back().down; }));
  // The seat serves the next client.
  second = open("HEADLESS-2", "punktfunk-2");
  REQUIRE(right.wait([&] { return second_right.keyboard_focus; }));
  second_right.text.clear();
  tap(*second, 'Q');
  CHECK(right.wait([&] { return second_right.text == "q"; }));
  check_apart();
}

TEST_CASE_FIXTURE(TwoClients, "a seat that is not there is said, with those that are") {
  std::string error;
  CHECK_FALSE(opened(
      open_wlroots_input({.wayland_display = sway.display(), .output = "HEADLESS-2", .seat = "punktfunk-3"}, 60'000),
      error));
  CHECK(error == "seat_missing(punktfunk-3, seat0, punktfunk-2)");
}

// Until its devices are dealt out anew a client of such a seat must not reach another's windows.
TEST_CASE_FIXTURE(TwoWindows, "a seat that loses its devices ends the input of its client alone") {
  SUBCASE("the configuration is read again") {
    REQUIRE(sway.command({"reload"}));
  }
  SUBCASE("another seat is configured") {
    REQUIRE(sway.command({"seat", "punktfunk-3", "fallback", "no"}));
  }
  REQUIRE(ended(*second));
  CHECK(second->inject(key('X', true)) == Injected::busy);
  CHECK(second->inject(absolute(1, 1, 800, 600)) == Injected::busy);
  second->release_all();
  first_left.text.clear();
  tap(*first, 'Q');
  CHECK(left.wait([&] { return first_left.text == "q"; }));
  settle();
  CHECK(second_left.keys.empty());
  CHECK(first_left.keys.size() == 2);
}

TEST_CASE("an output that goes ends the input of its client, whose pointer would move over the others") {
  // Sway 1.7 removes no headless output, but one that is a window of another Sway goes with it.
  HeadlessSway outer;
  HeadlessSway inner(1280, 720, "", {"WLR_BACKENDS=wayland", "WLR_WL_OUTPUTS=2", "WAYLAND_DISPLAY=" + outer.display()});
  std::string error;
  const auto stays = opened(open_wlroots_input({inner.display(), "WL-1"}, 60'000), error);
  REQUIRE_MESSAGE(stays, error);
  const auto goes = opened(open_wlroots_input({inner.display(), "WL-2"}, 60'000), error);
  REQUIRE_MESSAGE(goes, error);
  goes->inject(button(1, true));
  REQUIRE(outer.command({"[title=\"WL-2\"]", "kill"}));
  REQUIRE(ended(*goes));
  CHECK(goes->inject(absolute(1, 1, 800, 600)) == Injected::busy);
  goes->release_all();
  CHECK(stays->dispatch());
  CHECK(stays->inject(absolute(1, 1, 800, 600)) == Injected::done);
}
