#include "test/capture/fake_compositor.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <wayland-server-protocol.h>
#include <wlr-screencopy-unstable-v1-client.h>  // for the interfaces' descriptions

#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "base/clock.h"

namespace punktfunk::test {

namespace {

// The numbers of native/protocols/wlr-screencopy-unstable-v1.xml.
enum ManagerRequest { capture_output = 0, capture_output_region = 1, manager_destroy = 2 };
enum FrameRequest { copy = 0, frame_destroy = 1, copy_with_damage = 2 };
enum FrameEvent { buffer = 0, flags = 1, ready = 2, failed = 3, damage_box = 4, buffer_done = 6 };

void signal(int fd) {
  const std::uint64_t one = 1;
  if (write(fd, &one, sizeof one) != sizeof one) { throw std::runtime_error("eventfd"); }
}

void take(int fd) {
  std::uint64_t count = 0;
  while (read(fd, &count, sizeof count) < 0 && errno == EINTR) {}
}

}  // namespace

struct FakeCompositor::Handlers {
  static FakeCompositor& self(wl_resource* resource) {
    return *static_cast<FakeCompositor*>(wl_resource_get_user_data(resource));
  }

  static void bind_manager(wl_client* client, void* data, std::uint32_t version, std::uint32_t id) {
    wl_resource* const manager =
        wl_resource_create(client, &zwlr_screencopy_manager_v1_interface, static_cast<int>(version), id);
    wl_resource_set_dispatcher(manager, on_manager, nullptr, data, nullptr);
  }

  static int on_manager(const void*, void* target, std::uint32_t opcode, const wl_message*, wl_argument* arguments) {
    auto* const manager = static_cast<wl_resource*>(target);
    FakeCompositor& compositor = self(manager);
    if (opcode == manager_destroy) {
      wl_resource_destroy(manager);
    } else if (opcode == capture_output) {
      wl_resource* const frame =
          wl_resource_create(wl_resource_get_client(manager), &zwlr_screencopy_frame_v1_interface, 3, arguments[0].n);
      wl_resource_set_dispatcher(frame, on_frame, nullptr, &compositor, on_frame_gone);
      compositor.counts_.overlay_cursor += arguments[1].i != 0 ? 1 : 0;
      compositor.described_ = frame;
      ++compositor.counts_.described;
      if (compositor.answers) { compositor.describe(frame); }
    }
    return 0;
  }

  static int on_frame(const void*, void* target, std::uint32_t opcode, const wl_message*, wl_argument* arguments) {
    auto* const frame = static_cast<wl_resource*>(target);
    FakeCompositor& compositor = self(frame);
    if (opcode == frame_destroy) {
      wl_resource_destroy(frame);
      return 0;
    }
    auto* const buffer_resource = reinterpret_cast<wl_resource*>(arguments[0].o);
    wl_shm_buffer* const shm = wl_shm_buffer_get(buffer_resource);
    const Screen& screen = compositor.screens.front();
    // As wlroots does: a buffer that does not fit the description is the client's fault and ends it.
    if (shm == nullptr || wl_shm_buffer_get_width(shm) != static_cast<int>(screen.width) ||
        wl_shm_buffer_get_height(shm) != static_cast<int>(screen.height) ||
        wl_shm_buffer_get_stride(shm) != static_cast<int>(screen.width * 4 + compositor.stride_padding)) {
      wl_resource_post_error(frame, 1, "invalid buffer");
      return 0;
    }
    compositor.copying_ = frame;
    compositor.target_ = buffer_resource;
    compositor.with_damage_ = opcode == copy_with_damage;
    ++(compositor.with_damage_ ? compositor.counts_.copies_with_damage : compositor.counts_.copies);
    if (compositor.described_ == frame) { compositor.described_ = nullptr; }
    return 0;
  }

  static void on_frame_gone(wl_resource* frame) {
    FakeCompositor& compositor = self(frame);
    if (compositor.copying_ == frame) { compositor.copying_ = compositor.target_ = nullptr; }
    if (compositor.described_ == frame) { compositor.described_ = nullptr; }
  }

  static void bind_output(wl_client* client, void* data, std::uint32_t version, std::uint32_t id) {
    auto& [compositor, index] = *static_cast<std::pair<FakeCompositor*, std::size_t>*>(data);
    Screen& screen = compositor->screens[index];
    wl_resource* const output = wl_resource_create(client, &wl_output_interface, static_cast<int>(version), id);
    wl_resource_set_implementation(output, &output_requests, compositor, on_output_gone);
    screen.resources.push_back(output);
    wl_output_send_geometry(output, 0, 0, 0, 0, 0, "fake", "fake", 0);
    wl_output_send_mode(output, WL_OUTPUT_MODE_CURRENT, static_cast<int>(screen.width), static_cast<int>(screen.height),
                        60000);
    if (version >= 4) { wl_output_send_name(output, screen.name.c_str()); }
    wl_output_send_done(output);
  }
  static void on_output_gone(wl_resource* output) {
    for (Screen& screen : self(output).screens) { std::erase(screen.resources, output); }
  }
  static constexpr struct wl_output_interface output_requests = {
      .release = [](wl_client*, wl_resource* output) { wl_resource_destroy(output); }};

  static inline std::pair<FakeCompositor*, std::size_t> output_data[4];
};

FakeCompositor::FakeCompositor() {
  char name[] = "/tmp/punktfunk-wayland.XXXXXX";
  if (mkdtemp(name) == nullptr) { throw std::runtime_error("no temporary directory"); }
  directory_ = name;
  setenv("XDG_RUNTIME_DIR", directory_.c_str(), 1);
  display_ = wl_display_create();
  wake_fd_ = eventfd(0, EFD_CLOEXEC);
  done_fd_ = eventfd(0, EFD_CLOEXEC);
}

void FakeCompositor::start() {
  wl_display_init_shm(display_);
  if (format > 1 && knows_format) { wl_display_add_shm_format(display_, format); }
  if (screencopy_version > 0) {
    wl_global_create(display_, &zwlr_screencopy_manager_v1_interface, static_cast<int>(screencopy_version), this,
                     Handlers::bind_manager);
  }
  for (std::size_t i = 0; i < screens.size(); ++i) {
    Handlers::output_data[i] = {this, i};
    screens[i].global =
        wl_global_create(display_, &wl_output_interface, 4, &Handlers::output_data[i], Handlers::bind_output);
  }
  if (wl_display_add_socket(display_, "fake") != 0) { throw std::runtime_error("no Wayland socket"); }
  thread_ = std::thread([this] { serve(); });
}

FakeCompositor::~FakeCompositor() {
  if (thread_.joinable()) {
    run([this] { stop_ = true; });
    thread_.join();
  }
  wl_display_destroy_clients(display_);
  wl_display_destroy(display_);
  close(wake_fd_);
  close(done_fd_);
  std::filesystem::remove_all(directory_);
}

void FakeCompositor::serve() {
  wl_event_loop* const loop = wl_display_get_event_loop(display_);
  while (!stop_) {
    wl_display_flush_clients(display_);
    pollfd waiting[] = {{wl_event_loop_get_fd(loop), POLLIN, 0}, {wake_fd_, POLLIN, 0}};
    poll(waiting, 2, -1);
    wl_event_loop_dispatch(loop, 0);
    if (waiting[1].revents != 0) {
      take(wake_fd_);
      (*task_)();
      wl_display_flush_clients(display_);
      signal(done_fd_);
    }
  }
}

void FakeCompositor::run(const std::function<void()>& task) {
  task_ = &task;
  signal(wake_fd_);
  take(done_fd_);
}

void FakeCompositor::describe(wl_resource* frame) {
  const Screen& screen = screens.front();
  wl_resource_post_event(frame, buffer, format, screen.width, screen.height, screen.width * 4 + stride_padding);
  wl_resource_post_event(frame, buffer_done);
}

bool FakeCompositor::finish_copy(std::uint8_t value, const Rect& damage) {
  if (copying_ == nullptr) { return false; }
  wl_shm_buffer* const shm = wl_shm_buffer_get(target_);
  wl_shm_buffer_begin_access(shm);
  std::memset(wl_shm_buffer_get_data(shm), value,
              static_cast<std::size_t>(wl_shm_buffer_get_stride(shm)) *
                  static_cast<std::size_t>(wl_shm_buffer_get_height(shm)));
  wl_shm_buffer_end_access(shm);
  wl_resource* const frame = copying_;
  copying_ = target_ = nullptr;
  wl_resource_post_event(frame, flags, y_inverted ? 1u : 0u);
  if (!damage.empty()) {
    wl_resource_post_event(frame, damage_box, static_cast<std::uint32_t>(damage.x),
                           static_cast<std::uint32_t>(damage.y), static_cast<std::uint32_t>(damage.width),
                           static_cast<std::uint32_t>(damage.height));
  }
  const std::uint64_t said_ns = says_presented_ns.value_or(monotonic_ns()), seconds = said_ns / 1'000'000'000;
  wl_resource_post_event(frame, ready, static_cast<std::uint32_t>(seconds >> 32), static_cast<std::uint32_t>(seconds),
                         static_cast<std::uint32_t>(said_ns % 1'000'000'000));
  return true;
}

bool FakeCompositor::fail_copy() {
  wl_resource* const frame = copying_ != nullptr ? copying_ : described_;
  if (frame == nullptr) { return false; }
  wl_resource_post_event(frame, failed);
  if (copying_ == frame) { copying_ = target_ = nullptr; }
  if (described_ == frame) { described_ = nullptr; }
  return true;
}

void FakeCompositor::resize(std::uint32_t width, std::uint32_t height) {
  Screen& screen = screens.front();
  screen.width = width;
  screen.height = height;
  for (wl_resource* const output : screen.resources) {
    wl_output_send_mode(output, WL_OUTPUT_MODE_CURRENT, static_cast<int>(width), static_cast<int>(height), 60000);
    wl_output_send_done(output);
  }
}

void FakeCompositor::remove_screen(std::size_t index) {
  wl_global_remove(screens[index].global);
}

void FakeCompositor::disconnect_clients() {
  wl_display_destroy_clients(display_);
}

FakeCompositor::Counts FakeCompositor::counts() {
  Counts result;
  run([&] {
    result = counts_;
    result.pending = copying_ != nullptr ? 1 : 0;
  });
  return result;
}

bool FakeCompositor::await(const std::function<bool(const Counts&)>& condition) {
  const std::uint64_t give_up_ns = monotonic_ns() + 60'000'000'000;
  while (!condition(counts())) {
    if (monotonic_ns() > give_up_ns) { return false; }
    poll(nullptr, 0, 2);
  }
  return true;
}

}  // namespace punktfunk::test
