// A Wayland server with outputs and screencopy, whose every answer the test decides: what real compositors do rarely or
// not at all in CI.
#pragma once

#include <wayland-server-core.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "engine/capture/frame.h"

namespace punktfunk::test {

// The server runs on a thread of its own; run() runs something there and waits for it.
class FakeCompositor {
 public:
  struct Screen {
    std::string name = "FAKE-1";
    std::uint32_t width = 640, height = 480;
    wl_global* global = nullptr;
    std::vector<wl_resource*> resources;
  };

  // Public so that tests set them before clients come, or inside run().
  std::vector<Screen> screens{Screen{}};
  std::uint32_t screencopy_version = 3;
  std::uint32_t format = 1;  // wl_shm.format: XRGB8888
  bool knows_format = true;  // false: refuses buffers of its own format
  std::uint32_t stride_padding = 0;
  bool y_inverted = false;
  std::optional<std::uint64_t> says_presented_ns;  // none: the truth
  bool answers = true;                             // false: neither a frame's description nor anything after it

  FakeCompositor();
  ~FakeCompositor();
  FakeCompositor(const FakeCompositor&) = delete;
  FakeCompositor& operator=(const FakeCompositor&) = delete;

  void start();
  void run(const std::function<void()>& task);

  // Only inside run():
  // The copy under way, if there is one: painted with the value all over and finished. damage empty: no damage event.
  bool finish_copy(std::uint8_t value, const Rect& damage = {});
  bool fail_copy();  // the copy under way, or else the newest description
  void resize(std::uint32_t width, std::uint32_t height);
  void remove_screen(std::size_t index);
  void disconnect_clients();

  struct Counts {
    unsigned described = 0, copies = 0, copies_with_damage = 0, overlay_cursor = 0, pending = 0;
  };
  Counts counts();
  // Waits until the condition holds on the server's counts; false after 10 s.
  bool await(const std::function<bool(const Counts&)>& condition);

 private:
  struct Handlers;
  friend struct Handlers;

  void describe(wl_resource* frame);
  void serve();

  std::filesystem::path directory_;
  wl_display* display_ = nullptr;
  wl_resource* described_ = nullptr;  // the newest frame object not yet copied
  wl_resource* copying_ = nullptr;
  wl_resource* target_ = nullptr;  // the wl_buffer it is copied to
  bool with_damage_ = false;
  Counts counts_;
  std::thread thread_;
  int wake_fd_ = -1;
  bool stop_ = false;
  const std::function<void()>* task_ = nullptr;
  int done_fd_ = -1;
};

}  // namespace punktfunk::test
