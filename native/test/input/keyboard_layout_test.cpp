// The desktop's own keyboard layout, in a real headless Sway: clients name the keys of a US keyboard by their place,
// and the letters that arrive are those of the layout that its user has.
#include <doctest/doctest.h>
#include <linux/input-event-codes.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "engine/input/keymap.h"
#include "engine/input/seat_keymap.h"
#include "test/input/desktop.h"

using namespace punktfunk;
using namespace punktfunk::test;

namespace {

constexpr std::uint16_t left_shift = 0xA0, left_ctrl = 0xA2, alt_gr = 0xA5, caps_lock = 0x14;

// Keys by what is printed on a US keyboard; what is held with them is in front: "^" shift, "~" AltGr.
struct Typist {
  InputBackend& input;
  std::uint8_t flags = 0;

  static std::uint16_t virtual_key(char c) {
    if (c >= 'a' && c <= 'z') { return static_cast<std::uint16_t>(c - 'a' + 'A'); }
    if ((c >= '0' && c <= '9') || c == ' ') { return static_cast<std::uint16_t>(c); }
    const std::string_view printed = ";=,-./`[\\]'";
    constexpr std::uint16_t oem[] = {0xBA, 0xBB, 0xBC, 0xBD, 0xBE, 0xBF, 0xC0, 0xDB, 0xDC, 0xDD, 0xDE};
    if (printed.find(c) != std::string_view::npos) { return oem[printed.find(c)]; }
    return c == '<' ? std::uint16_t{0xE2} : std::uint16_t{0};
  }
  void tap(std::uint16_t virtual_key, std::uint8_t modifiers = 0) {
    InputEvent event = key(virtual_key, true, modifiers);
    event.key_flags = flags;
    CHECK(input.inject(event) == Injected::done);
    event.down = false;
    CHECK(input.inject(event) == Injected::done);
  }
  void type(std::string_view keys) {
    std::uint8_t modifiers = 0;
    const auto hold = [&](std::uint16_t code, std::uint8_t bit) {
      modifiers |= bit;
      input.inject(key(code, true, modifiers));
    };
    for (const char c : keys) {
      if (c == '^') {
        hold(left_shift, 1);
        continue;
      }
      if (c == '~') {
        hold(alt_gr, 4);  // clients count AltGr as Alt
        continue;
      }
      tap(virtual_key(c), modifiers);
      if ((modifiers & 4) != 0) { input.inject(key(alt_gr, false)); }
      if ((modifiers & 1) != 0) { input.inject(key(left_shift, false)); }
      modifiers = 0;
    }
  }
};

bool arrives(Fixture& f, const std::string& text) {
  const bool arrived = f.window->wait([&] { return f.window->text == text; });
  CAPTURE(f.window->text);
  CHECK(f.window->text == text);
  f.window->text.clear();
  return arrived;
}

struct Expected {
  const char* layout;  // as the setting takes it
  const char* keys;    // see Typist
  const char* text;    // what arrives
};
// As printed on keyboards of these layouts; dead keys are composed with the letter that follows.
const Expected layouts[] = {
    {"us", "qwerty z2^2;'[]\\", "qwerty z2@;'[]\\"},
    {"de", "yz[];'\\-/<^2^3^7^0^-~q~e~7~8~9~0~-~]~<`e=e^=e", "zyü+öä#ß-<\"§/=?@€{[]}\\~|êéè"},
    {"fr", "qwazm;1234567890-=]'\\,./`<^1^;~2~3~4~5~6~7~8~9~0~e[e^[e", "azqw,m&é\"'(-è_çà)=$ù*;:!²<1M~#{[|`\\^@€êë"},
    {"jp", "q-=[];'\\^2^6^7^8^9^-^=^[^;^'", "q-^@[;:]\"&'()=~`+*"},
    {"ch", "yz[;'-\\`<^2^3^4^6^7^8^9^0^[^;^'^\\~2~3~e~7~[~]~'~\\~<=e]e", "zyüöä'$§<\"*ç&/()=èéà£@#€|[]{}\\êë"},
    {"ch(fr)", "yz[;'^[^;^'~2=e", "zyèéàüöä@ê"},
    {"us(dvorak)", "qwertasdfgzx-=[];',./", "',.pyaoeui;q[]/=s-wvz"},
    {"us(colemak)", "qwertyuiopasdfghjkl;", "qwfpgjluy;arstdhneio"},
    {"de(neo)", "qwertyuiop[asdfghjkl;'zxcvbnm,./", "xvlcwkhgfqßuiaeosnrtdyüöäpzbm,.j"},
    {"ru", "qwertyasdf[]^q", "йцукенфывахъЙ"},
    {"es", ";^2~2~e[e'e", "ñ\"@€èé"},
};

std::string sway_line(const std::string& layout) {
  const auto open = layout.find('(');
  if (open == std::string::npos) { return "input * xkb_layout " + layout; }
  return "input * xkb_layout " + layout.substr(0, open) + "\ninput * xkb_variant " +
         layout.substr(open + 1, layout.size() - open - 2);
}

// Lets the backend follow the compositor until the window has a keymap of ours with a layout of this name.
bool follows(Fixture& f, const std::string& name) {
  for (int tries = 0; tries < 250; ++tries) {
    pollfd poller = {f.input->poll_fd(), POLLIN, 0};
    if (poll(&poller, 1, 0) > 0) { f.input->dispatch(); }
    const auto has_it = [&] {
      return Keymap::made_here(f.window->keymap) && f.window->keymap.find("\"" + name + "\"") != std::string::npos;
    };
    if (f.window->wait(has_it, 20)) { return true; }
  }
  return false;
}

}  // namespace

TEST_CASE("the layout that the compositor has configured is typed, shift, AltGr and dead keys included") {
  for (const auto& [layout, keys, text] : layouts) {
    CAPTURE(std::string(layout));
    Fixture f(sway_line(layout));
    Typist{*f.input}.type(keys);
    arrives(f, text);
    CHECK(f.window->modifiers == 0);
    for (std::uint16_t keypad = 0x60; keypad <= 0x69; ++keypad) { Typist{*f.input}.tap(keypad); }
    arrives(f, "0123456789");
    // Text arrives whatever the layout, and changes nothing for the keys.
    f.type("aZ@ß\\^´ж日");
    arrives(f, "aZ@ß\\^´ж日");
    Typist{*f.input}.type(keys);
    arrives(f, text);
    CHECK(f.problems.empty());
  }
}

TEST_CASE("AltGr is not Alt where the layout has a third level, and Alt where it has none") {
  Fixture german("input * xkb_layout de");
  Typist{*german.input}.type("~q");
  REQUIRE(german.sees_keys(4));
  CHECK(german.window->keys[1].evdev == KEY_Q);
  CHECK(german.window->keys[1].symbol == XKB_KEY_at);
  CHECK((german.window->keys[1].modifiers & (alt | control)) == 0);
  Fixture us;
  Typist{*us.input}.type("~q");
  REQUIRE(us.sees_keys(4));
  CHECK((us.window->keys[1].symbol == XKB_KEY_q && us.window->keys[1].modifiers == alt));
}

TEST_CASE("Caps Lock is the layout's, and so is what takes its place") {
  Fixture german("input * xkb_layout de");
  Typist typist{*german.input};
  typist.tap(caps_lock);
  typist.type("a[1");
  typist.tap(caps_lock);
  typist.type("a");
  arrives(german, "AÜ1a");

  Fixture neo("input * xkb_layout de\ninput * xkb_variant neo");
  neo.input->inject(key(caps_lock, true));
  Typist{*neo.input}.type("sdf");
  neo.input->inject(key(caps_lock, false));
  Typist{*neo.input}.type("s");
  arrives(neo, "/{}i");

  // Control and Caps Lock change places: a borrowed Control is still Control.
  Fixture swapped("input * xkb_layout de\ninput * xkb_options ctrl:swapcaps");
  swapped.input->inject(key('C', true, 2));
  swapped.input->inject(key('C', false, 2));
  REQUIRE(swapped.sees_keys(4));
  CHECK((swapped.window->keys[1].evdev == KEY_C && swapped.window->keys[1].modifiers == control));
  CHECK(swapped.window->locked == num_lock);
}

TEST_CASE("layouts in groups are switched by their own key, and text does not switch them") {
  Fixture f("input * xkb_layout us,ru\ninput * xkb_options grp:caps_toggle");
  Typist typist{*f.input};
  typist.type("q");
  typist.tap(caps_lock);
  typist.type("q^w");
  f.type("qй€");
  typist.type("q");
  typist.tap(caps_lock);
  typist.type("q");
  arrives(f, "qйЦqй€йq");
}

TEST_CASE("a layout that the desktop switches is followed, and stays with what is typed") {
  Fixture f("input * xkb_layout us,ru\nbindsym Mod4+space input * xkb_switch_layout next");
  Typist typist{*f.input};
  // The window has the layout, and whatever Sway had to say of it has been read: it answers swaymsg after its events.
  const auto switched = [&](std::uint32_t group) {
    const bool seen = f.window->wait([&] { return f.window->group == group; });
    REQUIRE(f.sway.command({"-t", "get_version"}));
    pollfd poller = {f.input->poll_fd(), POLLIN, 0};
    while (poll(&poller, 1, 0) > 0) { f.input->dispatch(); }
    return seen;
  };
  typist.type("q");
  REQUIRE(f.sway.command({"input", "*", "xkb_switch_layout", "next"}));
  REQUIRE(switched(1));
  typist.type("q^w");  // shift sends modifiers, and with them the group
  f.type("€q");
  typist.type("q");
  arrives(f, "qйЦ€qй");
  // By a binding that the client presses itself: the release of its modifier must not switch back.
  f.input->inject(key(0x5B, true, 8));
  f.input->inject(key(' ', true, 8));
  f.input->inject(key(' ', false, 8));
  REQUIRE(switched(0));
  f.input->inject(key(0x5B, false));
  typist.type("q");
  arrives(f, "q");
  REQUIRE(f.sway.command({"input", "*", "xkb_switch_layout", "1"}));
  REQUIRE(switched(1));
  typist.type("^q");
  arrives(f, "Й");
}

TEST_CASE("a key that is not normalised is found by what it means") {
  Fixture german("input * xkb_layout de");
  Typist typist{*german.input, key_flag_not_normalised};
  typist.type("yz1,.-");
  arrives(german, "yz1,.-");
  Fixture french("input * xkb_layout fr");
  Typist{*french.input, key_flag_not_normalised}.type("azqwm;,=");
  arrives(french, "azqwm;,=");
  Fixture japanese("input * xkb_layout jp");
  Typist{*japanese.input, key_flag_not_normalised}.type("\\<");
  REQUIRE(japanese.sees_keys(4));
  CHECK(japanese.window->keys[0].evdev == KEY_YEN);
  CHECK(japanese.window->keys[2].evdev == KEY_RO);
}

TEST_CASE("the setting wins, the environment of the compositor counts, and a layout that is none is said") {
  {
    Fixture f("input * xkb_layout fr", "de(neo),us");
    Typist{*f.input}.type("qw");
    arrives(f, "xv");
    REQUIRE(f.sway.command({"input", "*", "xkb_layout", "ru"}));
    CHECK(follows(f, "German (Neo 2)"));
    Typist{*f.input}.type("qw");
    arrives(f, "xv");
  }
  {
    Fixture f("", "", {"XKB_DEFAULT_LAYOUT=de"});
    Typist{*f.input}.type("y[");
    arrives(f, "zü");
    CHECK(f.problems.empty());
  }
  Fixture f("input * xkb_layout de", "nosuchlayout");
  Typist{*f.input}.type("y[");
  arrives(f, "zü");
  CHECK(f.problems == std::vector<std::string>{"keyboard_layout_unknown(nosuchlayout)"});
}

TEST_CASE("with keyboards of several layouts it is that of the seat's own keyboard") {
  // A Sway in a window of another one has a keyboard that is really there: what is typed on the outer one.
  HeadlessSway outer;
  std::string error;
  const auto hands = opened(open_wlroots_input({outer.display(), "HEADLESS-1"}, 60'000), error);
  REQUIRE_MESSAGE(hands, error);
  const std::string own = "0:0:wayland-keyboard-seat";  // wlroots 0.15 leaves out the outer seat's number
  HeadlessSway inner(1280, 720,
                     "input * xkb_layout us\ninput " + own + " xkb_layout fr\ninput " + own + "0 xkb_layout fr",
                     {"WLR_BACKENDS=wayland", "WAYLAND_DISPLAY=" + outer.display()});
  const auto input = opened(
      open_wlroots_input(
          {.wayland_display = inner.display(), .output = "WL-1", .sway_socket = inner.directory() + "/sway.sock"},
          60'000),
      error);
  REQUIRE_MESSAGE(input, error);
  TestWindow window(inner.display(), 1280, 720);
  REQUIRE(window.wait([&] { return window.keyboard_focus; }));
  const auto types = [&](InputBackend& by, const std::string& keys, const std::string& text) {
    window.text.clear();
    Typist{by}.type(keys);
    window.wait([&] { return window.text == text; });
    CHECK(window.text == text);
  };
  types(*input, "qw2", "azé");
  types(*hands, "qw2", "azé");
  types(*input, "qw2", "azé");
  // The configuration is read again: the new keyboard's layout is not the seat's.
  REQUIRE(inner.command({"reload"}));
  const auto follow = [&] {
    pollfd poller = {input->poll_fd(), POLLIN, 0};
    for (int wait_ms = 60'000; poll(&poller, 1, wait_ms) > 0; wait_ms = 0) { input->dispatch(); }
  };
  follow();
  types(*input, "qw2", "azé");
  // Another layout for the keyboard that is there, and a key on it.
  for (const std::string& name : {own, own + "0"}) { REQUIRE(inner.command({"input", name, "xkb_layout", "de"})); }
  types(*hands, "y", "z");
  follow();
  types(*input, "y[", "zü");
}

TEST_CASE("a layout that is changed in mid-stream is followed, with what is held and locked") {
  Fixture f("input * xkb_layout de");
  Typist typist{*f.input};
  typist.tap(caps_lock);
  f.input->inject(key(left_ctrl, true, 2));
  REQUIRE(f.window->wait([&] { return f.window->modifiers == control; }));
  REQUIRE(f.sway.command({"input", "*", "xkb_layout", "fr"}));
  REQUIRE(follows(f, "French"));
  CHECK(f.window->wait([&] { return f.window->modifiers == control; }));
  f.input->inject(key(left_ctrl, false));
  f.window->text.clear();
  typist.type("qw");
  arrives(f, "AZ");
  typist.tap(caps_lock);
  f.type("€ж");
  arrives(f, "€ж");
  REQUIRE(f.sway.command({"input", "*", "xkb_layout", "de"}));  // and back to the first
  REQUIRE(follows(f, "German"));
  typist.type("y[");
  f.type("ж");
  arrives(f, "züж");
  // The compositor reads its configuration again and gives our keyboard the keymap without our spare keys.
  const int keymaps = f.window->keymaps;
  REQUIRE(f.sway.command({"reload"}));
  REQUIRE(f.window->wait([&] { return f.window->keymaps > keymaps; }));
  REQUIRE(follows(f, "German"));
  typist.type("y[");
  f.type("ж");
  arrives(f, "züж");
  CHECK(f.problems.empty());
}

TEST_CASE("a keymap in text form is read without this machine's own, and refused when it is none") {
  const auto de = Keymap::of_layout("de");
  REQUIRE(de);
  const Keymap* const german = de->get();
  CHECK(Keymap::made_here(german->text()));
  const auto again = Keymap::of_text(german->text());
  REQUIRE(again);
  CHECK(again->key_of(U'ü', 0) == KEY_LEFTBRACE);
  for (const std::string broken : {"", "xkb_keymap {", "xkb_keymap { };", "not a keymap\n"}) {
    CAPTURE(broken);
    CHECK_FALSE(Keymap::of_text(broken));
  }
  CHECK_FALSE(Keymap::of_text(german->text().substr(0, german->text().size() / 2)));
  const auto none = Keymap::of_layout("nosuchlayout");
  REQUIRE_FALSE(none);
  CHECK(none.error() == problem::keyboard_layout_unknown("nosuchlayout"));
}

TEST_CASE("a keymap's file that is too large or cut short has a reason instead of a text") {
  const std::string text = "xkb_keymap { };";
  const int fd = memfd_create("keymap", MFD_CLOEXEC);
  REQUIRE(write(fd, text.c_str(), text.size() + 1) == static_cast<ssize_t>(text.size() + 1));
  const auto read = [&](std::uint32_t bytes) {
    const auto got = read_keymap_file(fd, bytes);
    return got ? *got : text_of(got.error());
  };
  const auto size = static_cast<std::uint32_t>(text.size());
  CHECK(read(size + 1) == text);  // with what ends it, as compositors count
  CHECK(read(size) == text);
  CHECK(read(size + 2) == "keyboard_layout_unreadable(cut short)");
  CHECK(read(0xFFFF'FFFF) == "keyboard_layout_unreadable(too large)");
  CHECK(read(0).empty());
  close(fd);
}

TEST_CASE("without a layout from anywhere XKB_DEFAULT_LAYOUT counts, and the locale does not") {
  for (const char* locale : {"C", "POSIX", "de_DE.UTF-8", "tr_TR.UTF-8"}) {
    CAPTURE(locale);
    setenv("LC_ALL", locale, 1);
    unsetenv("XKB_DEFAULT_LAYOUT");
    CHECK((*Keymap::of_layout(""))->key_of(U'[', 0) == KEY_LEFTBRACE);
    setenv("XKB_DEFAULT_LAYOUT", "de", 1);
    CHECK((*Keymap::of_layout(""))->key_of(U'ü', 0) == KEY_LEFTBRACE);
    CHECK((*Keymap::of_layout("fr"))->key_of(U'a', 0) == KEY_Q);
  }
  unsetenv("XKB_DEFAULT_LAYOUT");
  unsetenv("LC_ALL");
}
