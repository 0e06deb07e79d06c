// Input into a wlroots compositor: one connection, and on one of its seats a virtual pointer, bound to the streamed
// output, and a virtual keyboard.
#include <sys/epoll.h>
#include <wayland-client.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "engine/input/input.h"
#include "engine/input/keymap.h"
#include "engine/input/seat_keymap.h"
#include "engine/input/sway_group.h"
#include "engine/input/wlroots_keyboard.h"
#include "engine/input/wlroots_pointer.h"
#include "engine/wayland/connection.h"
#include "engine/wayland/handle.h"
#include "engine/wayland/outputs.h"
#include "virtual-keyboard-unstable-v1-client.h"
#include "wlr-virtual-pointer-unstable-v1-client.h"

namespace punktfunk {
namespace {

constexpr std::uint32_t pointer_manager_version_with_output = 2;
constexpr unsigned farewell_ms = 200;  // for the compositor to take the last releases

class WlrootsInput final : public InputBackend {
 public:
  explicit WlrootsInput(InputProblem problem) : problem_(std::move(problem)) {}
  ~WlrootsInput() override;

  Result<void, Failure> open(const contract::WlrootsInputTarget& target, unsigned timeout_ms);
  Injected inject(const InputEvent& event) override;
  void release_all() override;
  void lift_buttons(std::uint32_t buttons) override;
  [[nodiscard]] int poll_fd() const override { return poll_.get(); }
  bool dispatch() override;

 private:
  struct Listeners;
  void on_global(std::uint32_t name, std::string_view interface, std::uint32_t version);
  void on_global_remove(std::uint32_t name);
  Result<void, Failure> choose(const contract::WlrootsInputTarget& target);
  bool round_trip(unsigned timeout_ms);
  Result<std::unique_ptr<Keymap>, Failure> first_keymap(const std::string& seat_keymap);
  std::unique_ptr<Keymap> read_keymap(const std::string& text);
  void follow_seat();
  bool follow_sway(const std::string& socket, unsigned timeout_ms);
  void tell(const Failure& failure);

  std::unique_ptr<WaylandConnection> connection_;
  WaylandHandle<wl_registry> registry_;
  WaylandHandle<zwlr_virtual_pointer_manager_v1> pointer_manager_;
  WaylandHandle<zwp_virtual_keyboard_manager_v1> keyboard_manager_;
  WaylandOutputs outputs_;
  const WaylandOutput* output_ = nullptr;           // the streamed one
  std::vector<std::unique_ptr<SeatKeymap>> seats_;  // until one is chosen
  std::unique_ptr<SeatKeymap> seat_;                // the chosen one
  std::unique_ptr<SwayGroup> sway_;
  UniqueFd poll_;  // readable when the compositor's connection or Sway's control socket is
  std::unique_ptr<WlrootsPointer> pointer_;
  std::unique_ptr<WlrootsKeyboard> keyboard_;
  bool seat_shows_devices_ = false;
  bool gone_ = false;  // the compositor, or of it the output or the seat
  InputProblem problem_;
  std::string layout_;              // the setting: it wins over the desktop's own
  std::string current_;             // the seat's keymap that ours was made from
  std::string configured_;          // what it gave our keyboard by itself, where that is not the seat's
  std::optional<std::string> new_;  // a keymap of the seat that was not looked at yet
};

struct WlrootsInput::Listeners {
  static WlrootsInput& self(void* data) { return *static_cast<WlrootsInput*>(data); }
  static constexpr wl_registry_listener registry = {
      .global = [](void* data, wl_registry*, std::uint32_t name, const char* interface,
                   std::uint32_t version) { self(data).on_global(name, interface, version); },
      .global_remove = [](void* data, wl_registry*, std::uint32_t name) { self(data).on_global_remove(name); },
  };
};

void WlrootsInput::on_global(std::uint32_t name, std::string_view interface, std::uint32_t version) {
  const auto bind = [&](const wl_interface& type, std::uint32_t wanted) {
    return wl_registry_bind(registry_.get(), name, &type, std::min(version, wanted));
  };
  if (interface == wl_seat_interface.name && !seat_) {
    WaylandHandle<wl_seat> seat(static_cast<wl_seat*>(bind(wl_seat_interface, SeatKeymap::newest_version)));
    seats_.push_back(std::make_unique<SeatKeymap>(std::move(seat), name));
  } else if (interface == zwlr_virtual_pointer_manager_v1_interface.name &&
             version >= pointer_manager_version_with_output) {
    pointer_manager_.reset(static_cast<zwlr_virtual_pointer_manager_v1*>(
        bind(zwlr_virtual_pointer_manager_v1_interface, pointer_manager_version_with_output)));
  } else if (interface == zwp_virtual_keyboard_manager_v1_interface.name) {
    keyboard_manager_.reset(
        static_cast<zwp_virtual_keyboard_manager_v1*>(bind(zwp_virtual_keyboard_manager_v1_interface, 1)));
  } else {
    outputs_.add(registry_.get(), name, interface, version);
  }
}

// Without its output the pointer would move over all others, which are not this client's.
void WlrootsInput::on_global_remove(std::uint32_t name) {
  if (output_ != nullptr && output_->global == name) {
    output_ = nullptr;
    gone_ = true;
  }
  if (seat_ && seat_->global() == name) { gone_ = true; }
  outputs_.remove(name);
}

WlrootsInput::~WlrootsInput() {
  if (!connection_) { return; }
  if (keyboard_) { release_all(); }
  keyboard_.reset();
  pointer_.reset();
  if (!connection_->failure()) { round_trip(farewell_ms); }
}

Result<void, Failure> WlrootsInput::open(const contract::WlrootsInputTarget& target, unsigned timeout_ms) {
  layout_ = target.keyboard_layout;
  auto connection = WaylandConnection::open(target.wayland_display);
  if (!connection) { return std::move(connection).error(); }
  connection_ = std::move(*connection);
  const auto failed = [&](const Failure& silent) { return connection_->failure().value_or(silent); };
  registry_.reset(wl_display_get_registry(connection_->display()));
  wl_registry_add_listener(registry_.get(), &Listeners::registry, this);
  // Once for the globals, once for the names of outputs and seats among them and for what the seats have.
  if (!round_trip(timeout_ms) || !round_trip(timeout_ms)) { return failed(problem::compositor_silent(timeout_ms)); }
  if (auto chosen = choose(target); !chosen) { return chosen; }
  // And once for the chosen seat's keymap.
  if (!round_trip(timeout_ms)) { return failed(problem::compositor_silent(timeout_ms)); }
  // A keyboard that is there has the layout that its user types on; the one that the compositor has configured for any
  // keyboard is that of ours, as soon as it exists.
  const std::string seat_keymap = std::exchange(new_, std::nullopt).value_or("");
  pointer_ = std::make_unique<WlrootsPointer>(
      WaylandHandle<zwlr_virtual_pointer_v1>(zwlr_virtual_pointer_manager_v1_create_virtual_pointer_with_output(
          pointer_manager_.get(), seat_->seat(), output_->proxy.get())));
  WaylandHandle<zwp_virtual_keyboard_v1> device(
      zwp_virtual_keyboard_manager_v1_create_virtual_keyboard(keyboard_manager_.get(), seat_->seat()));
  const Failure refused = problem::virtual_devices_refused(timeout_ms);
  // Twice: the seat may have no keyboard before.
  if (!round_trip(timeout_ms) || !round_trip(timeout_ms)) { return failed(refused); }
  configured_ = std::exchange(new_, std::nullopt).value_or("");
  auto keymap = first_keymap(seat_keymap);
  if (!keymap) { return std::move(keymap).error(); }
  keyboard_ = std::make_unique<WlrootsKeyboard>(std::move(device), std::move(*keymap));
  if (!follow_sway(target.sway_socket, timeout_ms)) { return problem::no_descriptors(); }
  if (!round_trip(timeout_ms)) { return failed(refused); }
  seat_shows_devices_ = seat_->has_keyboard_and_pointer();
  return {};
}

Result<void, Failure> WlrootsInput::choose(const contract::WlrootsInputTarget& target) {
  if (seats_.empty() || !pointer_manager_ || !keyboard_manager_) { return problem::virtual_devices_missing(); }
  output_ = outputs_.find(target.output);
  if (output_ == nullptr) { return problem::output_missing(target.output, outputs_.names()); }
  std::string names;
  for (auto& seat : seats_) {
    if (target.seat.empty() || seat->name() == target.seat) {
      seat_ = std::move(seat);
      break;
    }
    names += (names.empty() ? "" : ", ") + seat->name();
  }
  seats_.clear();
  if (!seat_) { return problem::seat_missing(target.seat, names); }
  seat_->follow([this](Result<std::string, Failure> keymap) {
    if (!keymap) { tell(keymap.error()); }
    new_ = keymap ? std::move(*keymap) : "";
  });
  return {};
}

bool WlrootsInput::follow_sway(const std::string& socket, unsigned timeout_ms) {
  poll_ = UniqueFd(epoll_create1(EPOLL_CLOEXEC));
  epoll_event readable{.events = EPOLLIN, .data = {}};
  if (!poll_ || epoll_ctl(poll_.get(), EPOLL_CTL_ADD, connection_->poll_fd(), &readable) != 0) { return false; }
  sway_ = socket.empty() ? nullptr : SwayGroup::open(socket, timeout_ms);
  if (!sway_) { return true; }
  if (layout_.empty() && sway_->of_a_real_keyboard()) {
    keyboard_->set_group(*sway_->of_a_real_keyboard());
    keyboard_->restore();
  }
  return epoll_ctl(poll_.get(), EPOLL_CTL_ADD, sway_->fd(), &readable) == 0;
}

// The setting, else the seat's keyboard, else what the compositor has configured, else this process's environment.
Result<std::unique_ptr<Keymap>, Failure> WlrootsInput::first_keymap(const std::string& seat_keymap) {
  if (!layout_.empty()) {
    auto keymap = Keymap::of_layout(layout_);
    if (keymap) { return keymap; }
    tell(keymap.error());
    layout_.clear();
  }
  if (seat_keymap == configured_ || seat_keymap.empty()) {
    const std::string only = std::exchange(configured_, "");
    if (auto keymap = only.empty() ? nullptr : read_keymap(only)) { return keymap; }
  } else if (auto keymap = read_keymap(seat_keymap)) {
    return keymap;
  }
  return Keymap::of_layout("");
}

std::unique_ptr<Keymap> WlrootsInput::read_keymap(const std::string& text) {
  auto keymap = Keymap::of_text(text);
  if (keymap) {
    current_ = text;
  } else {
    tell(problem::keyboard_layout_unreadable("not a keymap"));
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

void WlrootsInput::tell(const Failure& failure) {
  if (problem_) { problem_(failure); }
}

// Waits until the compositor has handled everything sent so far.
bool WlrootsInput::round_trip(unsigned timeout_ms) {
  return connection_->round_trip(monotonic_ns() + std::uint64_t{timeout_ms} * 1'000'000);
}

bool WlrootsInput::dispatch() {
  if (!connection_->dispatch()) { gone_ = true; }
  // Sway has given them to another seat, where they would reach what is not this client's (docs/sway-seats.md).
  if (seat_shows_devices_ && !seat_->has_keyboard_and_pointer()) { gone_ = true; }
  if (new_ && keyboard_ && connection_->flush()) {
    follow_seat();
    connection_->flush();
  }
  if (sway_ && keyboard_ && sway_->fd() >= 0) {
    if (const auto group = sway_->changed()) { keyboard_->set_group(*group); }
  }
  return !gone_;
}

Injected WlrootsInput::inject(const InputEvent& event) {
  if (gone_ || !connection_->flush()) { return Injected::busy; }
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
  connection_->flush();
  return done ? Injected::done : Injected::unknown;
}

void WlrootsInput::lift_buttons(std::uint32_t buttons) {
  if (!connection_->flush()) { return; }
  pointer_->lift(buttons);
  connection_->flush();
}

void WlrootsInput::release_all() {
  if (!connection_->flush()) { return; }
  keyboard_->release_all();
  pointer_->release_all();
  connection_->flush();
}

}  // namespace

Result<std::unique_ptr<InputBackend>, Failure> open_wlroots_input(const contract::WlrootsInputTarget& target,
                                                                  unsigned timeout_ms, InputProblem problem) {
  auto input = std::make_unique<WlrootsInput>(std::move(problem));
  if (auto opened = input->open(target, timeout_ms); !opened) { return std::move(opened).error(); }
  return input;
}

}  // namespace punktfunk
