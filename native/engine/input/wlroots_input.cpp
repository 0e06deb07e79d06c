// Input into a wlroots compositor: one connection, one virtual pointer on the streamed output, one virtual keyboard.
#include <poll.h>
#include <sys/epoll.h>
#include <time.h>
#include <wayland-client.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/input/input.h"
#include "engine/input/keymap.h"
#include "engine/input/seat_keymap.h"
#include "engine/input/sway_group.h"
#include "engine/input/wlroots_keyboard.h"
#include "engine/input/wlroots_pointer.h"
#include "virtual-keyboard-unstable-v1-client.h"
#include "wlr-virtual-pointer-unstable-v1-client.h"

namespace punktfunk {
namespace {

constexpr std::uint32_t output_version_with_name = 4;
constexpr std::uint32_t pointer_manager_version_with_output = 2;
constexpr unsigned farewell_ms = 200;  // for the compositor to take the last releases
const std::string unreadable =
    "The desktop's keyboard layout cannot be read, so keys may be those of another one (the setting keyboard_layout "
    "says which): ";

std::int64_t now_ms() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1'000'000;
}

struct Output {
  wl_output* proxy = nullptr;
  std::string name;
  OutputTransform transform = OutputTransform::normal;
};

class WlrootsInput final : public InputBackend {
 public:
  explicit WlrootsInput(InputProblem problem) : problem_(std::move(problem)) {}
  ~WlrootsInput() override;

  bool open(const WlrootsInputTarget& target, unsigned timeout_ms, std::string& error);
  Injected inject(const InputEvent& event) override;
  void release_all() override;
  void lift_buttons(std::uint32_t buttons) override;
  [[nodiscard]] int poll_fd() const override { return poll_.get(); }
  bool dispatch() override;

 private:
  static void on_global(void* data, wl_registry* registry, std::uint32_t name, const char* interface,
                        std::uint32_t version);
  bool round_trip(unsigned timeout_ms);
  bool flush();
  Output* find_output(const std::string& name, std::string& error);
  std::unique_ptr<Keymap> first_keymap(const std::string& seat_keymap, std::string& error);
  std::unique_ptr<Keymap> read_keymap(const std::string& text);
  void follow_seat();
  bool follow_sway(const std::string& socket, unsigned timeout_ms);
  void tell(const std::string& code, const std::string& sentence);

  wl_display* display_ = nullptr;
  wl_registry* registry_ = nullptr;
  wl_seat* seat_ = nullptr;
  std::unique_ptr<SeatKeymap> seat_keymap_;
  std::unique_ptr<SwayGroup> sway_;
  UniqueFd poll_;  // readable when the compositor's connection or Sway's control socket is
  zwlr_virtual_pointer_manager_v1* pointer_manager_ = nullptr;
  zwp_virtual_keyboard_manager_v1* keyboard_manager_ = nullptr;
  std::vector<std::unique_ptr<Output>> outputs_;
  Output* output_ = nullptr;  // the streamed one
  std::unique_ptr<WlrootsPointer> pointer_;
  std::unique_ptr<WlrootsKeyboard> keyboard_;
  bool dead_ = false;
  InputProblem problem_;
  std::string layout_;              // the setting: it wins over the desktop's own
  std::string current_;             // the seat's keymap that ours was made from
  std::string configured_;          // what it gave our keyboard by itself, where that is not the seat's
  std::optional<std::string> new_;  // a keymap of the seat that was not looked at yet
};

const wl_output_listener output_listener = {
    .geometry =
        [](void* data, wl_output*, std::int32_t, std::int32_t, std::int32_t, std::int32_t, std::int32_t, const char*,
           const char*, std::int32_t transform) {
          static_cast<Output*>(data)->transform = output_transform(static_cast<std::uint32_t>(transform));
        },
    .mode = [](void*, wl_output*, std::uint32_t, std::int32_t, std::int32_t, std::int32_t) {},
    .done = [](void*, wl_output*) {},
    .scale = [](void*, wl_output*, std::int32_t) {},
    .name = [](void* data, wl_output*, const char* name) { static_cast<Output*>(data)->name = name; },
    .description = [](void*, wl_output*, const char*) {},
};

void WlrootsInput::on_global(void* data, wl_registry* registry, std::uint32_t name, const char* interface,
                             std::uint32_t version) {
  auto& self = *static_cast<WlrootsInput*>(data);
  const std::string what = interface;
  const auto bind = [&](const wl_interface& type, std::uint32_t wanted) {
    return wl_registry_bind(registry, name, &type, std::min(version, wanted));
  };
  if (what == wl_seat_interface.name && self.seat_ == nullptr) {
    self.seat_ = static_cast<wl_seat*>(bind(wl_seat_interface, 1));
    self.seat_keymap_ =
        std::make_unique<SeatKeymap>(self.seat_, [&self](const std::string& keymap, const std::string& fault) {
          if (!fault.empty()) { self.tell("keyboard_layout_unreadable", unreadable + fault + "."); }
          self.new_ = keymap;
        });
  } else if (what == zwlr_virtual_pointer_manager_v1_interface.name && version >= pointer_manager_version_with_output) {
    self.pointer_manager_ = static_cast<zwlr_virtual_pointer_manager_v1*>(
        bind(zwlr_virtual_pointer_manager_v1_interface, pointer_manager_version_with_output));
  } else if (what == zwp_virtual_keyboard_manager_v1_interface.name) {
    self.keyboard_manager_ =
        static_cast<zwp_virtual_keyboard_manager_v1*>(bind(zwp_virtual_keyboard_manager_v1_interface, 1));
  } else if (what == wl_output_interface.name && version >= output_version_with_name) {
    auto output = std::make_unique<Output>();
    output->proxy = static_cast<wl_output*>(bind(wl_output_interface, output_version_with_name));
    wl_output_add_listener(output->proxy, &output_listener, output.get());
    self.outputs_.push_back(std::move(output));
  }
}

WlrootsInput::~WlrootsInput() {
  if (display_ == nullptr) { return; }
  if (keyboard_ && !dead_) { release_all(); }
  sway_.reset();
  keyboard_.reset();
  pointer_.reset();
  if (!dead_) { round_trip(farewell_ms); }
  seat_keymap_.reset();
  for (const auto& output : outputs_) { wl_output_destroy(output->proxy); }
  if (pointer_manager_ != nullptr) { zwlr_virtual_pointer_manager_v1_destroy(pointer_manager_); }
  if (keyboard_manager_ != nullptr) { zwp_virtual_keyboard_manager_v1_destroy(keyboard_manager_); }
  if (seat_ != nullptr) { wl_seat_destroy(seat_); }
  if (registry_ != nullptr) { wl_registry_destroy(registry_); }
  wl_display_disconnect(display_);
}

bool WlrootsInput::open(const WlrootsInputTarget& target, unsigned timeout_ms, std::string& error) {
  layout_ = target.keyboard_layout;
  display_ = wl_display_connect(target.wayland_display.empty() ? nullptr : target.wayland_display.c_str());
  if (display_ == nullptr) {
    error = "No compositor answers at the Wayland display \"" + target.wayland_display + "\": start the desktop first.";
    return false;
  }
  static const wl_registry_listener registry_listener = {on_global, [](void*, wl_registry*, std::uint32_t) {}};
  registry_ = wl_display_get_registry(display_);
  wl_registry_add_listener(registry_, &registry_listener, this);
  // Once for the globals, once for the names of the outputs among them and for what the seat has, once for its keymap.
  if (!round_trip(timeout_ms) || !round_trip(timeout_ms) || !round_trip(timeout_ms)) {
    error = "The compositor at \"" + target.wayland_display + "\" did not answer within " + std::to_string(timeout_ms) +
            " ms.";
    return false;
  }
  if (seat_ == nullptr || pointer_manager_ == nullptr || keyboard_manager_ == nullptr) {
    error =
        "This compositor has no virtual pointer and keyboard (zwlr_virtual_pointer_v1 version 2, "
        "zwp_virtual_keyboard_v1): it is not a "
        "wlroots one, or it keeps them from this program.";
    return false;
  }
  output_ = find_output(target.output, error);
  if (output_ == nullptr) { return false; }
  // A keyboard that is there has the layout that its user types on; the one that the compositor has configured for any
  // keyboard is that of ours, as soon as it exists.
  const std::string seat_keymap = std::exchange(new_, std::nullopt).value_or("");
  const auto refused = [&] {
    error = "The compositor refused the virtual pointer or keyboard, or did not answer within " +
            std::to_string(timeout_ms) + " ms.";
    return false;
  };
  pointer_ = std::make_unique<WlrootsPointer>(
      zwlr_virtual_pointer_manager_v1_create_virtual_pointer_with_output(pointer_manager_, seat_, output_->proxy));
  zwp_virtual_keyboard_v1* device = zwp_virtual_keyboard_manager_v1_create_virtual_keyboard(keyboard_manager_, seat_);
  const bool created = round_trip(timeout_ms) && round_trip(timeout_ms);  // again: the seat may have no keyboard before
  configured_ = std::exchange(new_, std::nullopt).value_or("");
  auto keymap = created ? first_keymap(seat_keymap, error) : nullptr;
  if (!keymap) {
    zwp_virtual_keyboard_v1_destroy(device);
    return created ? false : refused();
  }
  keyboard_ = std::make_unique<WlrootsKeyboard>(device, std::move(keymap));
  if (!follow_sway(target.sway_socket, timeout_ms)) {
    error = "This process has no file descriptors left.";
    return false;
  }
  return round_trip(timeout_ms) || refused();
}

bool WlrootsInput::follow_sway(const std::string& socket, unsigned timeout_ms) {
  poll_ = UniqueFd(epoll_create1(EPOLL_CLOEXEC));
  epoll_event readable{.events = EPOLLIN, .data = {}};
  if (!poll_ || epoll_ctl(poll_.get(), EPOLL_CTL_ADD, wl_display_get_fd(display_), &readable) != 0) { return false; }
  sway_ = socket.empty() ? nullptr : SwayGroup::open(socket, timeout_ms);
  if (!sway_) { return true; }
  if (layout_.empty() && sway_->of_a_real_keyboard()) {
    keyboard_->set_group(*sway_->of_a_real_keyboard());
    keyboard_->restore();
  }
  return epoll_ctl(poll_.get(), EPOLL_CTL_ADD, sway_->fd(), &readable) == 0;
}

// The setting, else the seat's keyboard, else what the compositor has configured, else this process's environment.
std::unique_ptr<Keymap> WlrootsInput::first_keymap(const std::string& seat_keymap, std::string& error) {
  if (!layout_.empty()) {
    std::string why;
    if (auto keymap = Keymap::of_layout(layout_, why)) { return keymap; }
    tell("keyboard_layout_unknown", why);
    layout_.clear();
  }
  if (seat_keymap == configured_ || seat_keymap.empty()) {
    const std::string only = std::exchange(configured_, "");
    if (auto keymap = only.empty() ? nullptr : read_keymap(only)) { return keymap; }
  } else if (auto keymap = read_keymap(seat_keymap)) {
    return keymap;
  }
  return Keymap::of_layout("", error);
}

std::unique_ptr<Keymap> WlrootsInput::read_keymap(const std::string& text) {
  auto keymap = Keymap::of_text(text);
  if (keymap) {
    current_ = text;
  } else {
    tell("keyboard_layout_unreadable", unreadable + "it is no keymap that libxkbcommon understands.");
  }
  return keymap;
}

// The seat shows another keymap than ours: another keyboard was used, or the layout was changed, which gave our device
// that keymap too. Ours goes back to the device in any case.
void WlrootsInput::follow_seat() {
  const std::string text = *std::exchange(new_, std::nullopt);
  const bool news = layout_.empty() && !text.empty() && text != current_ && text != configured_;
  auto keymap = news ? read_keymap(text) : nullptr;
  if (!keymap) { return keyboard_->restore(); }
  configured_.clear();
  keyboard_->use(std::move(keymap));
}

void WlrootsInput::tell(const std::string& code, const std::string& sentence) {
  if (problem_) { problem_(code, sentence); }
}

Output* WlrootsInput::find_output(const std::string& name, std::string& error) {
  std::string names;
  for (const auto& output : outputs_) {
    if (name.empty() || output->name == name) { return output.get(); }
    names += (names.empty() ? "" : ", ") + output->name;
  }
  error =
      "The compositor has no output \"" + name + "\"; it has: " + (names.empty() ? "none with a name" : names) + ".";
  return nullptr;
}

// Waits until the compositor has handled everything sent so far.
bool WlrootsInput::round_trip(unsigned timeout_ms) {
  bool done = false;
  static const wl_callback_listener listener = {[](void* data, wl_callback* callback, std::uint32_t) {
    *static_cast<bool*>(data) = true;
    wl_callback_destroy(callback);
  }};
  wl_callback* callback = wl_display_sync(display_);
  wl_callback_add_listener(callback, &listener, &done);
  const std::int64_t deadline = now_ms() + timeout_ms;
  while (!done) {
    const std::int64_t left = deadline - now_ms();
    const bool flushed = wl_display_flush(display_) >= 0;
    if ((!flushed && errno != EAGAIN) || left <= 0) { break; }
    pollfd poller = {wl_display_get_fd(display_), static_cast<short>(flushed ? POLLIN : POLLIN | POLLOUT), 0};
    if (poll(&poller, 1, static_cast<int>(left)) < 0 && errno != EINTR) { break; }
    if (!dispatch()) { break; }
  }
  if (!done) { wl_callback_destroy(callback); }
  return done;
}

bool WlrootsInput::dispatch() {
  if (dead_) { return false; }
  while (wl_display_prepare_read(display_) != 0) {
    if (wl_display_dispatch_pending(display_) < 0) { return !(dead_ = true); }
  }
  const bool read = wl_display_read_events(display_) == 0;
  if (!read || wl_display_dispatch_pending(display_) < 0) { dead_ = true; }
  if (new_ && keyboard_ && flush()) {
    follow_seat();
    flush();
  }
  if (sway_ && keyboard_ && sway_->fd() >= 0) {
    if (const auto group = sway_->changed()) { keyboard_->set_group(*group); }
  }
  return !dead_;
}

// False when the compositor does not take what was sent before: it hangs, or is gone. Its library must not be given
// more than its buffer holds (it ends the process then).
bool WlrootsInput::flush() {
  if (dead_) { return false; }
  if (wl_display_flush(display_) >= 0) { return true; }
  if (errno != EAGAIN) { dead_ = true; }
  return false;
}

Injected WlrootsInput::inject(const InputEvent& event) {
  if (!flush()) { return Injected::busy; }
  bool done = true;
  switch (event.kind) {
    case InputKind::key:
      done = keyboard_->key(static_cast<std::uint8_t>(event.code), event.down, event.modifiers,
                            (event.key_flags & key_flag_not_normalised) != 0);
      break;
    case InputKind::text:
      done = keyboard_->text(event.text);
      break;
    case InputKind::mouse_relative:
      pointer_->move(event.x, event.y);
      break;
    case InputKind::mouse_absolute:
      pointer_->move_to(event.x, event.y, event.reference_width, event.reference_height, output_->transform);
      break;
    case InputKind::mouse_button:
      pointer_->button(event.code, event.down);
      break;
    case InputKind::scroll_vertical:
      pointer_->scroll_vertical(event.y);
      break;
    case InputKind::scroll_horizontal:
      pointer_->scroll_horizontal(event.x);
      break;
    case InputKind::haptics_enable:  // every client says so, and nothing here could shake
      break;
    case InputKind::touch:
    case InputKind::pen:
    case InputKind::pad_arrival:
    case InputKind::pad_state:
    case InputKind::pad_touchpad:
    case InputKind::pad_motion:
    case InputKind::pad_battery:
    case InputKind::unknown:
      done = false;
      break;
  }
  flush();
  return done ? Injected::done : Injected::unknown;
}

void WlrootsInput::lift_buttons(std::uint32_t buttons) {
  if (!flush()) { return; }
  pointer_->lift(buttons);
  flush();
}

void WlrootsInput::release_all() {
  if (!flush()) { return; }
  keyboard_->release_all();
  pointer_->release_all();
  flush();
}

}  // namespace

std::unique_ptr<InputBackend> open_wlroots_input(const WlrootsInputTarget& target, unsigned timeout_ms,
                                                 std::string& error, InputProblem problem) {
  auto input = std::make_unique<WlrootsInput>(std::move(problem));
  if (!input->open(target, timeout_ms, error)) { return nullptr; }
  return input;
}

}  // namespace punktfunk
