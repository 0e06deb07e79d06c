// The beacon on an X server without a screen: what is on it, read back, is the beacon's picture, and what is pressed
// there reaches it.
#include <doctest/doctest.h>
#include <xcb/xcb.h>
#include <xcb/xtest.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "beacon/beacon_code.h"
#include "picture.h"
#include "test/capture/child.h"

using namespace punktfunk;
using namespace punktfunk::beacon;

namespace {

constexpr int width = 1280, height = 720;
constexpr std::uint8_t left_button = 1, key_a = 38;  // X's own numbers: evdev's and 8

bool eventually(const std::function<bool()>& condition) {
  const auto late = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > late) { return false; }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

std::string contents(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

class Folder {
 public:
  Folder() { REQUIRE(mkdtemp(path_.data()) != nullptr); }
  ~Folder() { run({"rm", "-r", path_}); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] std::string file(const char* name) const { return path_ + "/" + name; }

 private:
  std::string path_ = "/tmp/pf-x11-XXXXXX";
};

struct Free {
  void operator()(void* memory) const { std::free(memory); }
};

// A server and who looks at its screen.
class Server {
 public:
  Server()
      : xvfb_(
            {"sh", "-c", "exec Xvfb -displayfd 3 -nolisten tcp -screen 0 1280x720x24 3> " + folder_.file("display")}) {
    REQUIRE_MESSAGE(eventually([&] { return contents(folder_.file("display")).ends_with('\n'); }),
                    "Xvfb does not start");
    std::string number = contents(folder_.file("display"));
    number.pop_back();
    display_ = ":" + number;
    x_ = xcb_connect(display_.c_str(), nullptr);
    REQUIRE(xcb_connection_has_error(x_) == 0);
    root_ = xcb_setup_roots_iterator(xcb_get_setup(x_)).data->root;
  }
  ~Server() { xcb_disconnect(x_); }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // With this display and no other desktop; its lines go into a file.
  [[nodiscard]] std::string beacon(const std::string& options) const {
    return "env -u WAYLAND_DISPLAY XDG_RUNTIME_DIR=/nonexistent DISPLAY=" + display_ + " " PUNKTFUNK_BEACON " " +
           options;
  }
  [[nodiscard]] std::string lines() const { return contents(folder_.file("lines")); }
  [[nodiscard]] std::string lines_file() const { return folder_.file("lines"); }

  [[nodiscard]] std::optional<std::vector<std::uint32_t>> screen(int w = width, int h = height) const {
    const std::unique_ptr<xcb_get_image_reply_t, Free> image(
        xcb_get_image_reply(x_,
                            xcb_get_image(x_, XCB_IMAGE_FORMAT_Z_PIXMAP, root_, 0, 0, static_cast<std::uint16_t>(w),
                                          static_cast<std::uint16_t>(h), ~0U),
                            nullptr));
    if (!image) { return std::nullopt; }
    std::vector<std::uint32_t> pixels(static_cast<std::size_t>(w) * static_cast<std::size_t>(h));
    REQUIRE(static_cast<std::size_t>(xcb_get_image_data_length(image.get())) == pixels.size() * 4);
    std::memcpy(pixels.data(), xcb_get_image_data(image.get()), pixels.size() * 4);
    return pixels;
  }
  [[nodiscard]] std::optional<BeaconCode> code(int w = width, int h = height) const {
    const auto pixels = screen(w, h);
    BeaconCode code;
    const bool found = pixels && read_beacon_code(reinterpret_cast<const std::uint8_t*>(pixels->data()) + 1,
                                                  static_cast<std::size_t>(w) * 4, static_cast<std::uint32_t>(w),
                                                  static_cast<std::uint32_t>(h), code, 4);
    return found ? std::optional(code) : std::nullopt;
  }
  void input(std::uint8_t type, std::uint8_t detail) {
    xcb_test_fake_input(x_, type, detail, XCB_CURRENT_TIME, root_, 0, 0, 0);
    xcb_flush(x_);
  }
  // The window that is over the others.
  [[nodiscard]] xcb_window_t topmost() const {
    const std::unique_ptr<xcb_query_tree_reply_t, Free> tree(
        xcb_query_tree_reply(x_, xcb_query_tree(x_, root_), nullptr));
    REQUIRE(tree);
    REQUIRE(tree->children_len > 0);
    return xcb_query_tree_children(tree.get())[tree->children_len - 1];
  }
  [[nodiscard]] xcb_connection_t* x() const { return x_; }

 private:
  Folder folder_;
  Child xvfb_;
  std::string display_;
  xcb_connection_t* x_ = nullptr;
  xcb_window_t root_ = 0;
};

class OnScreen {
 public:
  OnScreen(const Server& server, const std::string& options)
      : child_({"sh", "-c", "exec " + server.beacon(options) + " > " + server.lines_file()}) {
    REQUIRE_MESSAGE(eventually([&] { return server.code().has_value(); }), "no beacon is seen: " << server.lines());
  }

 private:
  Child child_;
};

std::size_t count_of(const std::string& text, const std::string& what) {
  std::size_t count = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) { ++count; }
  return count;
}

}  // namespace

TEST_CASE("every picture on the X server is the beacon's of its number, pixel for pixel") {
  const Server server;
  const OnScreen beacon(server, "--motion full");  // it picks X11 by itself
  Picture picture(Motion::full);
  std::vector<std::uint32_t> painted(std::size_t{width} * height);
  Canvas canvas{.pixels = painted.data(), .width = width, .height = height};
  std::uint64_t newest = 0, different = 0, wrong = 0;
  CHECK(eventually([&] {
    const auto pixels = server.screen();
    BeaconCode code;
    if (!pixels || !read_beacon_code(reinterpret_cast<const std::uint8_t*>(pixels->data()) + 1, std::size_t{width} * 4,
                                     width, height, code, 4)) {
      ++wrong;
      return false;
    }
    CHECK(code.frame_number >= newest);
    if (code.frame_number == newest) { return false; }
    newest = code.frame_number;
    picture.paint(canvas, code.frame_number, code.painted_ns);
    for (std::size_t i = 0; i < painted.size(); ++i) { wrong += ((painted[i] ^ (*pixels)[i]) & 0xFFFFFF) != 0 ? 1 : 0; }
    return ++different == 30;
  }));
  CHECK(wrong == 0);
  // Xvfb has no screen whose blanks could be waited for.
  CHECK(server.lines().find(R"("vsync":false)") != std::string::npos);
}

TEST_CASE("the beacon reacts to what is pressed, once, and tells it as on Wayland") {
  Server server;
  const OnScreen beacon(server, "--x11 --react --motion small");
  const auto pressed = [&](std::uint8_t type, std::uint8_t detail, const char* line) {
    const auto before = server.code();
    REQUIRE(before);
    const std::size_t told = count_of(server.lines(), line);
    server.input(type, detail);
    CHECK(eventually([&] {
      const auto now = server.code();
      return now && now->frame_number == before->frame_number + 1 && count_of(server.lines(), line) == told + 1;
    }));
  };
  pressed(XCB_BUTTON_PRESS, left_button, R"("event":"button")");
  pressed(XCB_BUTTON_RELEASE, left_button, R"("event":"button")");
  CHECK(server.lines().find(R"("code":272,"state":"pressed")") != std::string::npos);
  // A key that is held repeats on the server, and is not pressed anew for that.
  xcb_window_t window = server.topmost();
  const std::uint32_t keys = XCB_EVENT_MASK_KEY_PRESS;
  xcb_change_window_attributes(server.x(), window, XCB_CW_EVENT_MASK, &keys);
  pressed(XCB_KEY_PRESS, key_a, R"("event":"key")");
  unsigned repeated = 0;
  CHECK(eventually([&] {
    while (const std::unique_ptr<xcb_generic_event_t, Free> event{xcb_poll_for_event(server.x())}) {
      repeated += (event->response_type & 0x7F) == XCB_KEY_PRESS ? 1 : 0;
    }
    return repeated >= 4;
  }));
  pressed(XCB_KEY_RELEASE, key_a, R"("event":"key")");
  CHECK(server.lines().find(R"("code":30,"state":"released")") != std::string::npos);
  CHECK(count_of(server.lines(), R"("event":"key")") == 2);
}

TEST_CASE("a window that is made smaller gets pictures of its size") {
  const Server server;
  const OnScreen beacon(server, "--x11 --fps 30");
  const std::uint32_t size[] = {800, 450};
  xcb_configure_window(server.x(), server.topmost(), XCB_CONFIG_WINDOW_WIDTH | XCB_CONFIG_WINDOW_HEIGHT, size);
  xcb_flush(server.x());
  CHECK(eventually([&] { return server.lines().find(R"("width":800,"height":450)") != std::string::npos; }));
  std::uint64_t first = 0, last = 0;
  CHECK(eventually([&] {
    last = server.code(800, 450).value_or(BeaconCode{}).frame_number;
    if (first == 0) { first = last; }
    return last > first + 5;
  }));
}

TEST_CASE("an X server that goes ends it") {
  const Folder folder;
  auto server = std::make_unique<Server>();
  Child beacon({"sh", "-c", "exec " + server->beacon("--x11") + " > " + folder.file("lines")});
  REQUIRE(eventually([&] { return server->code().has_value(); }));
  server.reset();
  CHECK(beacon.wait() == 1);
  CHECK(contents(folder.file("lines")).find(R"("reason":"the desktop is gone")") != std::string::npos);
}

TEST_CASE("without a desktop it says what to set, of both kinds") {
  const Folder folder;
  const std::string nowhere = "env -u WAYLAND_DISPLAY XDG_RUNTIME_DIR=/nonexistent DISPLAY=:64999 " PUNKTFUNK_BEACON;
  CHECK(run({"sh", "-c", nowhere + " 2> " + folder.file("error")}) == 1);
  const std::string error = contents(folder.file("error"));
  CHECK(error.find("no Wayland compositor answers") != std::string::npos);
  CHECK(error.find("no X server answers at :64999. Set DISPLAY") != std::string::npos);
}
