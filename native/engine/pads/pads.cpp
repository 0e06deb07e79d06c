#include "engine/pads/pads.h"

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "engine/pads/devices.h"

namespace punktfunk {
namespace {

constexpr std::uint16_t motion_rate_hz = 100;  // what games read; clients send no more than their pads measure
constexpr std::uint32_t timer_event = max_pads;
// Of TriggerEffect: a trigger that shakes, with its strength in this parameter.
constexpr std::uint8_t trigger_vibrates = 0x06;
constexpr std::size_t vibration_strength = 1;

// docs/gamestream.md, 9.6
enum TouchEvent : std::uint8_t { touch_down = 1, touch_up = 2, touch_move = 3, touch_cancel = 4, touch_cancel_all = 7 };

constexpr std::uint32_t kept_there = 1u << 31, kept_paddles = 1u << 30;
std::uint32_t to_kept(const PadAnnouncement& announced) {
  return kept_there | (announced.paddles ? kept_paddles : 0) | static_cast<std::uint32_t>(announced.type) << 16 |
         announced.abilities;
}
PadAnnouncement from_kept(std::uint32_t kept) {
  return {.type = static_cast<PadType>(kept >> 16 & 0xFF),
          .abilities = static_cast<std::uint16_t>(kept),
          .paddles = (kept & kept_paddles) != 0};
}

// What is still to be told of a pad: the newest of each kind, however slowly the client takes it.
struct Untold {
  std::optional<Rumble> rumble;
  std::optional<TriggerRumble> trigger_rumble;
  std::optional<MotionRate> accelerometer, gyroscope;
  std::optional<PadLight> light;
  std::optional<TriggerEffects> effects;
};

template <typename T>
std::optional<PadFeedback> take(std::optional<T>& one) {
  if (!one) { return std::nullopt; }
  return PadFeedback(*std::exchange(one, std::nullopt));
}

struct Pad {
  PadAnnouncement announced;
  std::unique_ptr<PadDevice> device;
  bool refused = false;  // the kernel gave none; not asked again for each of its packets
  PadState state;
  std::array<std::uint32_t, 2> fingers{};  // the client's number of each touch
  Rumble rumble;
  PadLight light;
  TriggerEffects effects;
  Untold untold;
};

class Pads final : public InputBackend {
 public:
  Pads(const contract::Pads& config, std::span<KeptPad, max_pads> kept, InputProblem problem, OpenPad open)
      : config_(config),
        kept_(kept),
        problem_(std::move(problem)),
        open_(std::move(open)),
        epoll_(epoll_create1(EPOLL_CLOEXEC)),
        timer_(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)) {
    watch(timer_.get(), timer_event);
    for (std::size_t i = 0; i < pads_.size(); ++i) {
      const std::uint32_t kept_pad = kept_[i];
      if ((kept_pad & kept_there) != 0) { make(static_cast<std::uint8_t>(i), from_kept(kept_pad)); }
    }
    set_timer();
  }

  Injected inject(const InputEvent& event) override;
  void release_all() override;
  [[nodiscard]] int poll_fd() const override { return epoll_.get(); }
  bool dispatch() override;
  std::optional<PadFeedback> take_feedback() override;

 private:
  void watch(int fd, std::uint32_t number) const {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u32 = number;
    epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
  }
  bool make(std::uint8_t number, const PadAnnouncement& announced);
  Result<std::unique_ptr<PadDevice>, NoDevice> open(std::uint8_t number, const PadAnnouncement& announced);
  void remove(std::uint8_t number);
  void ask_for_motion(Pad& pad, std::uint8_t number, bool on);
  void demand(std::uint8_t number, const PadDemand& demand);
  void demand_effects(Pad& pad, std::uint8_t number, const PadDemand& demand);
  void set_timer();

  Injected arrive(const InputEvent& event);
  Injected change(const InputEvent& event);
  Injected touch(Pad& pad, const InputEvent& event);
  static Injected move(Pad& pad, const InputEvent& event);
  static Injected charge(Pad& pad, const InputEvent& event);

  contract::Pads config_;
  std::span<KeptPad, max_pads> kept_;
  InputProblem problem_;
  OpenPad open_;
  UniqueFd epoll_, timer_;
  std::array<Pad, max_pads> pads_;
  std::size_t next_told_ = 0;
};

Injected Pads::inject(const InputEvent& event) {
  Pad& pad = pads_[event.pad];
  switch (event.kind) {
    case InputKind::pad_arrival:
      return arrive(event);
    case InputKind::pad_state:
      return change(event);
    case InputKind::pad_touchpad:
    case InputKind::pad_motion:
    case InputKind::pad_battery:
      break;
    default:
      return Injected::unknown;
  }
  if (!pad.device) { return pad.refused ? Injected::no_device : Injected::unknown; }
  const Injected taken = event.kind == InputKind::pad_touchpad ? touch(pad, event)
                         : event.kind == InputKind::pad_motion ? move(pad, event)
                                                               : charge(pad, event);
  if (taken == Injected::done) { pad.device->update(pad.state); }
  return taken;
}

Injected Pads::arrive(const InputEvent& event) {
  const PadAnnouncement announced{.type = event.pad_type <= static_cast<std::uint8_t>(PadType::steam)
                                              ? static_cast<PadType>(event.pad_type)
                                              : PadType::unknown,
                                  .abilities = event.pad_capabilities,
                                  .paddles = (event.pad_buttons & pad_button::paddles) != 0};
  const Pad& pad = pads_[event.pad];
  if (pad.device && pad.announced == announced) { return Injected::done; }
  return make(event.pad, announced) ? Injected::done : Injected::no_device;
}

// A pad is there while its bit in the mask says so; old clients announce it no other way (docs/gamestream.md, 9.5).
Injected Pads::change(const InputEvent& event) {
  Pad& pad = pads_[event.pad];
  if ((event.pad_mask >> event.pad & 1) == 0) {
    remove(event.pad);
    return Injected::done;
  }
  if (!pad.device && (pad.refused || !make(event.pad, {}))) { return Injected::no_device; }
  pad.state.buttons = event.pad_buttons;
  pad.state.left_trigger = event.left_trigger;
  pad.state.right_trigger = event.right_trigger;
  pad.state.left_x = event.left_x;
  pad.state.left_y = event.left_y;
  pad.state.right_x = event.right_x;
  pad.state.right_y = event.right_y;
  pad.device->update(pad.state);
  return Injected::done;
}

Injected Pads::touch(Pad& pad, const InputEvent& event) {
  if ((pad.device->abilities() & pad_ability::touchpad) == 0 || event.touchpad_index != 0) { return Injected::unknown; }
  auto& touches = pad.state.touches;
  if (event.touch_event == touch_cancel_all) {
    for (PadTouch& one : touches) { one.down = false; }
    return Injected::done;
  }
  std::size_t at = touches.size(), free = touches.size();
  for (std::size_t i = 0; i < touches.size(); ++i) {
    if (touches[i].down && pad.fingers[i] == event.pointer_id) { at = i; }
    if (!touches[i].down && free == touches.size()) { free = i; }
  }
  switch (event.touch_event) {
    case touch_down:
      if (at == touches.size()) {
        at = free;
        if (at == touches.size()) { return Injected::done; }  // a third finger
        pad.fingers[at] = event.pointer_id;
        touches[at].down = true;
        ++touches[at].contact;
      }
      break;
    case touch_move:
      if (at == touches.size()) { return Injected::done; }
      break;
    case touch_up:
    case touch_cancel:
      if (at != touches.size()) { touches[at].down = false; }
      return Injected::done;
    default:
      return Injected::done;  // a finger above the pad
  }
  touches[at].x = event.fx;
  touches[at].y = event.fy;
  return Injected::done;
}

Injected Pads::move(Pad& pad, const InputEvent& event) {
  const bool turning = event.motion_type == static_cast<std::uint8_t>(MotionSensor::gyroscope);
  const std::uint16_t needed = turning ? pad_ability::gyroscope : pad_ability::accelerometer;
  if ((pad.device->abilities() & needed) == 0) { return Injected::unknown; }
  (turning ? pad.state.rotation_deg_s : pad.state.acceleration_m_s2) = {event.fx, event.fy, event.fz};
  return Injected::done;
}

// Of a pad that is shown as one without a battery there is nobody to tell.
Injected Pads::charge(Pad& pad, const InputEvent& event) {
  pad.state.battery = event.battery_state <= static_cast<std::uint8_t>(PadBattery::full)
                          ? static_cast<PadBattery>(event.battery_state)
                          : PadBattery::unknown;
  pad.state.battery_percent = event.battery_percent;
  return Injected::done;
}

bool Pads::make(std::uint8_t number, const PadAnnouncement& announced) {
  remove(number);
  auto opened = open(number, announced);
  Pad& pad = pads_[number];
  pad.announced = announced;
  kept_[number] = to_kept(announced);
  if (!opened) {
    pad.refused = true;
    if (problem_) { problem_(problem::gamepad_unavailable(opened.error().path, opened.error().reason)); }
    return false;
  }
  pad.device = *std::move(opened);
  watch(pad.device->fd(), number);
  pad.device->update(pad.state);
  ask_for_motion(pad, number, true);
  set_timer();
  return true;
}

// A machine that has one of the two doors has pads, if plainer ones.
Result<std::unique_ptr<PadDevice>, NoDevice> Pads::open(std::uint8_t number, const PadAnnouncement& announced) {
  const PadPlace place{.seat = config_.seat, .pad = number};
  const PadModel model = model_for(config_.model, announced);
  auto opened = open_(model, place, announced.paddles);
  if (opened || model == PadModel::xbox) { return opened; }
  auto plain = open_(PadModel::xbox, place, announced.paddles);
  if (plain && problem_) { problem_(problem::gamepad_plain(opened.error().path, opened.error().reason)); }
  return plain;
}

void Pads::remove(std::uint8_t number) {
  pads_[number] = {};  // closing its descriptor takes it out of the epoll set, and out of the kernel
  kept_[number] = 0;
  set_timer();
}

void Pads::ask_for_motion(Pad& pad, std::uint8_t number, bool on) {
  const std::uint16_t both = pad.announced.abilities & pad.device->abilities();
  const std::uint16_t rate_hz = on ? motion_rate_hz : 0;
  if ((both & pad_ability::accelerometer) != 0) {
    pad.untold.accelerometer = {.pad = number, .rate_hz = rate_hz, .sensor = MotionSensor::accelerometer};
  }
  if ((both & pad_ability::gyroscope) != 0) {
    pad.untold.gyroscope = {.pad = number, .rate_hz = rate_hz, .sensor = MotionSensor::gyroscope};
  }
}

void Pads::release_all() {
  for (Pad& pad : pads_) {
    if (!pad.device) { continue; }
    PadState rest;
    rest.battery = pad.state.battery;
    rest.battery_percent = pad.state.battery_percent;
    pad.state = rest;
    pad.device->update(pad.state);
  }
}

bool Pads::dispatch() {
  std::array<epoll_event, max_pads + 1> ready{};
  const int count = epoll_wait(epoll_.get(), ready.data(), static_cast<int>(ready.size()), 0);
  const std::uint64_t now_ns = monotonic_ns();
  for (int i = 0; i < count; ++i) {
    const std::uint32_t number = ready[static_cast<std::size_t>(i)].data.u32;
    if (number >= pads_.size() || !pads_[number].device) { continue; }
    PadDemand wanted;
    pads_[number].device->serve(wanted);
    demand(static_cast<std::uint8_t>(number), wanted);
  }
  for (std::size_t i = 0; i < pads_.size(); ++i) {
    PadDevice* const device = pads_[i].device.get();
    if (device == nullptr || device->due_ns() == 0 || device->due_ns() > now_ns) { continue; }
    PadDemand wanted;
    device->tick(now_ns, wanted);
    demand(static_cast<std::uint8_t>(i), wanted);
  }
  set_timer();
  return true;
}

void Pads::set_timer() {
  std::uint64_t due_ns = 0;
  for (const Pad& pad : pads_) {
    const std::uint64_t one = pad.device ? pad.device->due_ns() : 0;
    if (one != 0 && (due_ns == 0 || one < due_ns)) { due_ns = one; }
  }
  itimerspec when{};
  when.it_value = timespec_of(due_ns);  // setting it also takes back what has expired
  timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &when, nullptr);
}

void Pads::demand(std::uint8_t number, const PadDemand& demand) {
  Pad& pad = pads_[number];
  if (demand.rumble) {
    Rumble rumble = *demand.rumble;
    rumble.pad = number;
    if (rumble != std::exchange(pad.rumble, rumble)) { pad.untold.rumble = rumble; }
  }
  if (demand.light) {
    PadLight light = *demand.light;
    light.pad = number;
    if (light != std::exchange(pad.light, light)) { pad.untold.light = light; }
  }
  if (demand.motion) { ask_for_motion(pad, number, *demand.motion); }
  demand_effects(pad, number, demand);
}

// A client's DualSense understands its own words. Of them motors in triggers can only shake.
void Pads::demand_effects(Pad& pad, std::uint8_t number, const PadDemand& demand) {
  if (!demand.left_trigger && !demand.right_trigger) { return; }
  TriggerEffects effects{.pad = number,
                         .left = demand.left_trigger.value_or(pad.effects.left),
                         .right = demand.right_trigger.value_or(pad.effects.right)};
  if (effects == std::exchange(pad.effects, effects)) { return; }
  if (pad.announced.type == PadType::playstation) {
    pad.untold.effects = effects;
  } else if ((pad.announced.abilities & pad_ability::trigger_rumble) != 0) {
    const auto strength = [](const TriggerEffect& effect) {
      return effect.mode == trigger_vibrates ? hid::strength(effect.parameters[vibration_strength]) : std::uint16_t{0};
    };
    pad.untold.trigger_rumble = {.pad = number, .left = strength(effects.left), .right = strength(effects.right)};
  }
}

// One pad after the other, so that none waits for another that shakes all the time.
std::optional<PadFeedback> Pads::take_feedback() {
  for (std::size_t tried = 0; tried < pads_.size(); ++tried) {
    Untold& untold = pads_[next_told_].untold;
    next_told_ = (next_told_ + 1) % pads_.size();
    if (auto one = take(untold.rumble)) { return one; }
    if (auto one = take(untold.trigger_rumble)) { return one; }
    if (auto one = take(untold.accelerometer)) { return one; }
    if (auto one = take(untold.gyroscope)) { return one; }
    if (auto one = take(untold.light)) { return one; }
    if (auto one = take(untold.effects)) { return one; }
  }
  return std::nullopt;
}

}  // namespace

PadModel model_for(contract::Gamepad setting, const PadAnnouncement& announced) {
  switch (setting) {
    case contract::Gamepad::xbox:
      return PadModel::xbox;
    case contract::Gamepad::dualsense:
      return PadModel::dualsense;
    case contract::Gamepad::dualshock4:
      return PadModel::dualshock4;
    case contract::Gamepad::switch_pro:
      return PadModel::switch_pro;
    case contract::Gamepad::automatic:
      break;
  }
  switch (announced.type) {
    case PadType::playstation:
      return PadModel::dualsense;
    case PadType::nintendo:
      return PadModel::switch_pro;
    case PadType::xbox:
      return PadModel::xbox;
    case PadType::steam:
    case PadType::unknown:
      break;
  }
  using namespace pad_ability;
  return (announced.abilities & (touchpad | accelerometer | gyroscope)) != 0 ? PadModel::dualsense : PadModel::xbox;
}

Result<std::unique_ptr<PadDevice>, NoDevice> open_pad(PadModel model, const PadPlace& place, bool paddles) {
  switch (model) {
    case PadModel::dualsense:
      return open_hid_pad(place, make_dualsense(place));
    case PadModel::dualshock4:
      return open_hid_pad(place, make_dualshock4(place));
    case PadModel::switch_pro:
      return open_hid_pad(place, make_switch_pro(place));
    case PadModel::xbox:
      break;
  }
  return open_xbox_pad(place, paddles);
}

std::unique_ptr<InputBackend> open_pads(const contract::Pads& config, std::span<KeptPad, max_pads> kept,
                                        InputProblem problem, OpenPad open) {
  return std::make_unique<Pads>(config, kept, std::move(problem), std::move(open));
}

}  // namespace punktfunk
