// Makes each kind of gamepad with the engine's own code, through this machine's /dev/uinput and /dev/uhid, and looks at
// it as programs do: what the client's buttons, sticks, motion, touches and battery become in evdev and sysfs, and what
// a program's rumble and light become for the client. Built statically, as input_devices.cpp is. One line a pad;
// exit code 0 when all were right.

#include <dirent.h>
#include <fcntl.h>
#include <linux/input.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <functional>
#include <future>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "engine/pads/pads.h"

using namespace punktfunk;

namespace {

constexpr auto within = std::chrono::seconds(60);
constexpr char seat[] = "1a2b3c4d";
constexpr char address[] = "02:1a:2b:3c:4d:00";

struct Wrong {
  std::string what;
};

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

std::vector<std::string> entries(const std::string& folder) {
  std::vector<std::string> names;
  DIR* const dir = opendir(folder.c_str());
  if (dir == nullptr) { return names; }
  while (const dirent* entry = readdir(dir)) { names.emplace_back(entry->d_name); }
  closedir(dir);
  return names;
}

struct Kind {
  const char* what;
  contract::Gamepad model;
  std::uint8_t type;
  const char* name;         // of its event device
  bool motion, touchpad;    // each an event device of its own
  const char* motion_name;  // what that one's name ends in
  const char* battery;      // of its power supply's name; nullptr: it has none
  bool light;
  std::int32_t least, most, trigger_most;  // of its axes
};
constexpr Kind kinds[] = {
    {"xbox", contract::Gamepad::automatic, 1, "Microsoft Xbox Series S|X Controller", false, false, "", nullptr, false,
     -32768, 32767, 1023},
    {"dualsense", contract::Gamepad::automatic, 2, "Sony Interactive Entertainment DualSense Wireless Controller", true,
     true, "Motion Sensors", "ps-controller-battery-", true, 0, 255, 255},
    {"dualshock4", contract::Gamepad::dualshock4, 2, "Sony Interactive Entertainment Wireless Controller", true, true,
     "Motion Sensors", "ps-controller-battery-", true, 0, 255, 255},
    {"switch_pro", contract::Gamepad::automatic, 3, "Nintendo Co., Ltd. Pro Controller", true, false, "(IMU)",
     "nintendo_switch_controller_battery_", false, -32767, 32767, 0},
};

class Seen {
 public:
  explicit Seen(const std::string& path) : fd_(open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC)) {
    if (!fd_) { throw Wrong{path + ": " + std::strerror(errno)}; }
  }
  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] std::int32_t axis(int code) const {
    input_absinfo info{};
    ioctl(fd_.get(), EVIOCGABS(code), &info);
    return info.value;
  }
  [[nodiscard]] bool down(int code) const {
    std::array<std::uint8_t, KEY_MAX / 8 + 1> keys{};
    ioctl(fd_.get(), EVIOCGKEY(keys.size()), keys.data());
    return (keys[static_cast<std::size_t>(code) / 8] >> (code % 8) & 1) != 0;
  }
  [[nodiscard]] std::int32_t slot(int code, std::size_t slot) const {
    struct {
      std::uint32_t code;
      std::int32_t values[2];
    } request{static_cast<std::uint32_t>(code), {}};
    ioctl(fd_.get(), EVIOCGMTSLOTS(sizeof request), &request);
    return request.values[slot];
  }

 private:
  UniqueFd fd_;
};

class Bench {
 public:
  Bench(const Kind& kind, std::span<KeptPad, max_pads> kept) : kind_(kind) {
    pads_ = open_pads({.model = kind.model, .seat = seat}, kept, [this](const Failure& failure) {
      problem_ = std::string(text(failure.code)) + " " + failure.parameters.at(1);
    });
  }

  void until(const std::string& what, const std::function<bool()>& done) {
    const auto deadline = std::chrono::steady_clock::now() + within;
    while (!done()) {
      if (!problem_.empty()) { throw Wrong{problem_}; }
      if (std::chrono::steady_clock::now() > deadline) { throw Wrong{"never seen: " + what}; }
      pollfd ready{pads_->poll_fd(), POLLIN, 0};
      if (poll(&ready, 1, 5) > 0) { pads_->dispatch(); }
      while (auto feedback = pads_->take_feedback()) { feedback_.push_back(*feedback); }
    }
  }
  void inject(InputEvent event) {
    if (pads_->inject(event) != Injected::done) { throw Wrong{problem_.empty() ? "not taken" : problem_}; }
  }
  template <typename T>
  void until_told(const std::string& what, const std::function<bool(const T&)>& right) {
    until(what, [&] {
      for (const PadFeedback& one : feedback_) {
        const T* const found = std::get_if<T>(&one);
        if (found != nullptr && right(*found)) { return true; }
      }
      return false;
    });
  }
  // Of the pad's event devices the one whose name ends so.
  [[nodiscard]] std::string event_device(const std::string& ending) const {
    for (const std::string& node : entries("/sys/class/input")) {
      if (node.rfind("event", 0) != 0) { continue; }
      const std::string device = "/sys/class/input/" + node + "/device/";
      const std::string name = first_line(device + "name");
      const bool ours = first_line(device + "phys") == std::string("punktfunk/") + seat + "/pad0" ||
                        strcasecmp(first_line(device + "uniq").c_str(), address) == 0;
      if (ours && name == kind_.name + (ending.empty() ? "" : " " + ending)) { return "/dev/input/" + node; }
      if (ours && !ending.empty() && name.ends_with(ending)) { return "/dev/input/" + node; }
    }
    return {};
  }
  [[nodiscard]] Seen seen(const std::string& ending) {
    std::string path;
    until("an event device " + ending, [&] {
      path = event_device(ending);
      return !path.empty() && access(path.c_str(), R_OK | W_OK) == 0;
    });
    return Seen(path);
  }
  void close() { pads_.reset(); }

 private:
  const Kind& kind_;
  std::unique_ptr<InputBackend> pads_;
  std::vector<PadFeedback> feedback_;
  std::string problem_;
};

InputEvent event(InputKind kind) {
  InputEvent event;
  event.kind = kind;
  event.pad_mask = 1;
  return event;
}

InputEvent arrival(const Kind& kind) {
  InputEvent arrived = event(InputKind::pad_arrival);
  arrived.pad_type = kind.type;
  arrived.pad_capabilities = 0xFF;
  return arrived;
}

void expect_state(Bench& bench, const Seen& pad, const Kind& kind) {
  InputEvent state = event(InputKind::pad_state);
  state.pad_buttons = pad_button::a | pad_button::left;
  state.left_x = 32767;
  state.left_y = 32767;
  state.right_x = -32768;
  state.right_trigger = 255;
  bench.inject(state);
  bench.until("button A", [&] { return pad.down(BTN_SOUTH) && !pad.down(BTN_EAST); });
  bench.until("direction left", [&] { return pad.axis(ABS_HAT0X) == -1 && pad.axis(ABS_HAT0Y) == 0; });
  bench.until("left stick, right and up",
              [&] { return pad.axis(ABS_X) == kind.most && pad.axis(ABS_Y) == kind.least; });
  bench.until("right stick, left", [&] { return pad.axis(ABS_RX) == kind.least; });
  bench.until("right trigger", [&] {
    return kind.trigger_most == 0 ? pad.down(BTN_TR2) && !pad.down(BTN_TL2) : pad.axis(ABS_RZ) == kind.trigger_most;
  });
  bench.inject(event(InputKind::pad_state));
  bench.until("button A up", [&] { return !pad.down(BTN_SOUTH) && pad.axis(ABS_HAT0X) == 0; });
}

void expect_motion(Bench& bench, const Kind& kind) {
  bench.until_told<MotionRate>("motion asked for", [](const MotionRate& rate) {
    return rate.rate_hz == 100 && rate.sensor == MotionSensor::gyroscope;
  });
  const Seen sensors = bench.seen(kind.motion_name);
  InputEvent moved = event(InputKind::pad_motion);
  moved.motion_type = 1;
  moved.fy = 9.80665f / 2;
  bench.inject(moved);
  moved.motion_type = 2;
  moved.fx = 90;
  moved.fy = 0;
  bench.inject(moved);
  // In each sensor's own resolution: half a g upwards, a quarter turn a second about the pad's breadth.
  const bool sony = kind.touchpad;
  const int up = sony ? ABS_Y : ABS_Z, breadth = sony ? ABS_RX : ABS_RY;
  const auto resolution = [&](int code) {
    input_absinfo info{};
    ioctl(sensors.fd(), EVIOCGABS(code), &info);
    return info.resolution;
  };
  const auto near = [](double value, double wanted) { return std::abs(value - wanted) <= std::abs(wanted) / 50; };
  bench.until("half a g", [&] { return near(sensors.axis(up), 0.5 * resolution(up)); });
  bench.until("90 degrees a second",
              [&] { return near(sensors.axis(breadth), (sony ? 90.0 : -90.0) * resolution(breadth)); });
}

void expect_touch(Bench& bench) {
  const Seen touchpad = bench.seen("Touchpad");
  InputEvent touched = event(InputKind::pad_touchpad);
  touched.touch_event = 1;
  touched.pointer_id = 7;
  touched.fx = 1;
  touched.fy = 0.5f;
  bench.inject(touched);
  bench.until("a finger at the right",
              [&] { return touchpad.slot(ABS_MT_TRACKING_ID, 0) >= 0 && touchpad.slot(ABS_MT_POSITION_X, 0) == 1919; });
  touched.touch_event = 2;
  bench.inject(touched);
  bench.until("the finger gone", [&] { return touchpad.slot(ABS_MT_TRACKING_ID, 0) < 0; });
}

void expect_battery(Bench& bench, const Kind& kind) {
  std::string supply;
  for (const std::string& name : entries("/sys/class/power_supply")) {
    if (name.rfind(kind.battery, 0) == 0) { supply = "/sys/class/power_supply/" + name; }
  }
  if (supply.empty()) { throw Wrong{"no battery"}; }
  InputEvent charged = event(InputKind::pad_battery);
  charged.battery_state = 2;
  charged.battery_percent = 45;
  bench.inject(charged);
  const bool levels = access((supply + "/capacity_level").c_str(), R_OK) == 0;
  bench.until("45 percent, discharging", [&] {
    const std::string seen = first_line(supply + (levels ? "/capacity_level" : "/capacity"));
    return first_line(supply + "/status") == "Discharging" && seen == (levels ? "Normal" : "45");
  });
}

void expect_rumble(Bench& bench, const Seen& pad) {
  ff_effect effect{};
  effect.type = FF_RUMBLE;
  effect.id = -1;
  effect.u.rumble.strong_magnitude = 0xC000;
  effect.u.rumble.weak_magnitude = 0x4000;
  effect.replay.length = 300;
  // Whoever puts an effect into a uinput device waits for its maker.
  auto put = std::async(std::launch::async, [&] { return ioctl(pad.fd(), EVIOCSFF, &effect); });
  bench.until("the effect taken", [&] { return put.wait_for(std::chrono::seconds(0)) == std::future_status::ready; });
  if (put.get() != 0) { throw Wrong{std::string("the effect is refused: ") + std::strerror(errno)}; }
  input_event play{};
  play.type = EV_FF;
  play.code = static_cast<std::uint16_t>(effect.id);
  play.value = 1;
  if (write(pad.fd(), &play, sizeof play) != sizeof play) { throw Wrong{"the effect cannot be played"}; }
  const auto near = [](int value, int wanted) { return std::abs(value - wanted) < wanted / 8; };
  bench.until_told<Rumble>("rumble",
                           [&](const Rumble& rumble) { return near(rumble.low, 0xC000) && near(rumble.high, 0x4000); });
  bench.until_told<Rumble>("the end of the rumble",
                           [](const Rumble& rumble) { return rumble.low == 0 && rumble.high == 0; });
}

// True when the lights may be set by this user.
bool expect_light(Bench& bench) {
  for (const std::string& name : entries("/sys/class/leds")) {
    const std::string light = "/sys/class/leds/" + name;
    const bool all = name.ends_with(":rgb:indicator"), red = name.ends_with(":red");
    if (!all && !red) { continue; }
    std::ofstream colour(light + (all ? "/multi_intensity" : "/brightness"));
    colour << (all ? "200 100 50" : "200") << std::flush;
    if (!colour) { return false; }
    if (all) {
      std::ofstream bright(light + "/brightness");
      bright << "255" << std::flush;
    }
    bench.until_told<PadLight>("light", [&](const PadLight& light_told) {
      return light_told.red == 200 && (!all || (light_told.green == 100 && light_told.blue == 50));
    });
    return true;
  }
  throw Wrong{"no light"};
}

void look_at(const Kind& kind) {
  std::string also;
  std::array<KeptPad, max_pads> kept{};
  {
    Bench bench(kind, kept);
    bench.inject(arrival(kind));
    const Seen pad = bench.seen("");
    expect_state(bench, pad, kind);
    if (kind.motion) { expect_motion(bench, kind); }
    if (kind.touchpad) { expect_touch(bench); }
    if (kind.battery != nullptr) { expect_battery(bench, kind); }
    expect_rumble(bench, pad);
    if (kind.light && !expect_light(bench)) { also = " (its light may not be set by this user: not tried)"; }
  }
  // As after the death of an engine: it is gone, and comes back of what was kept.
  Bench again(kind, kept);
  const Seen same = again.seen("");
  expect_state(again, same, kind);
  InputEvent gone = event(InputKind::pad_state);
  gone.pad_mask = 0;
  again.inject(gone);
  again.until("the pad gone", [&] { return again.event_device("").empty(); });
  std::printf("%s: right%s\n", kind.what, also.c_str());
}

}  // namespace

int main() {
  bool all = true;
  for (const Kind& kind : kinds) {
    try {
      look_at(kind);
    } catch (const Wrong& wrong) {
      std::printf("%s: %s\n", kind.what, wrong.what.c_str());
      all = false;
    }
    std::fflush(stdout);
  }
  return all ? 0 : 1;
}
