// The gamepads of a client on devices that are not there: which are made, what they are told, what goes back. What the
// kernel makes of the real ones: harness/vm/gamepads.cpp.
#include "engine/pads/pads.h"

#include <doctest/doctest.h>
#include <poll.h>

#include <map>
#include <string>
#include <vector>

#include "base/wake.h"
#include "test/failure_text.h"
#include "test/thread_allocations.h"

using namespace punktfunk;

namespace {

// A device as its test sees it; it outlives the device.
struct Made {
  PadModel model{};
  std::string path;
  bool paddles = false, there = true;
  PadState state;
  int updates = 0, ticks = 0;
  PadDemand demand;
  std::uint64_t due_ns = 0;
  Wake readable;
};

class FakeDevice final : public PadDevice {
 public:
  explicit FakeDevice(Made& made) : made_(made) {}
  ~FakeDevice() override { made_.there = false; }
  void update(const PadState& state) override {
    made_.state = state;
    ++made_.updates;
  }
  [[nodiscard]] std::uint16_t abilities() const override {
    using namespace pad_ability;
    return made_.model == PadModel::xbox ? rumble : rumble | touchpad | accelerometer | gyroscope | battery | light;
  }
  [[nodiscard]] int fd() const override { return made_.readable.fd(); }
  void serve(PadDemand& demand) override {
    made_.readable.clear();
    demand = made_.demand;
  }
  [[nodiscard]] std::uint64_t due_ns() const override { return made_.due_ns; }
  void tick(std::uint64_t, PadDemand&) override {
    ++made_.ticks;
    made_.due_ns = 0;
  }

 private:
  Made& made_;
};

struct Machine {
  std::vector<std::unique_ptr<Made>> made;
  std::map<PadModel, NoDevice> closed;
  std::vector<std::string> problems;
  std::array<KeptPad, max_pads> kept{};
  std::unique_ptr<InputBackend> pads;

  explicit Machine(contract::Gamepad model = contract::Gamepad::automatic) { open(model); }
  void open(contract::Gamepad model = contract::Gamepad::automatic) {
    pads.reset();
    pads = open_pads(
        {.model = model, .seat = "1a2b3c4d"}, kept,
        [this](const Failure& failure) { problems.push_back(test::text_of(failure)); },
        [this](PadModel wanted, const PadPlace& place, bool paddles) -> Result<std::unique_ptr<PadDevice>, NoDevice> {
          if (const auto no = closed.find(wanted); no != closed.end()) { return no->second; }
          made.push_back(std::make_unique<Made>());
          Made& one = *made.back();
          one.model = wanted;
          one.path = pad_path(place);
          one.paddles = paddles;
          return std::unique_ptr<PadDevice>(std::make_unique<FakeDevice>(one));
        });
  }
  Injected arrive(std::uint8_t pad, PadType type, std::uint16_t abilities = 0, std::uint32_t buttons = 0) {
    InputEvent event;
    event.kind = InputKind::pad_arrival;
    event.pad = pad;
    event.pad_type = static_cast<std::uint8_t>(type);
    event.pad_capabilities = abilities;
    event.pad_buttons = buttons;
    return pads->inject(event);
  }
  Injected state(std::uint8_t pad, std::uint16_t mask, std::uint32_t buttons = 0) {
    InputEvent event;
    event.kind = InputKind::pad_state;
    event.pad = pad;
    event.pad_mask = mask;
    event.pad_buttons = buttons;
    event.left_y = 5;
    return pads->inject(event);
  }
  Injected touch(std::uint8_t what, std::uint32_t finger, float x = 0.5f, std::uint8_t index = 0) {
    InputEvent event;
    event.kind = InputKind::pad_touchpad;
    event.touch_event = what;
    event.pointer_id = finger;
    event.fx = x;
    event.touchpad_index = index;
    return pads->inject(event);
  }
  // A program does something to the pad that was made last.
  void want(const PadDemand& demand) {
    made.back()->demand = demand;
    made.back()->readable.signal();
    pollfd ready{pads->poll_fd(), POLLIN, 0};
    REQUIRE(poll(&ready, 1, 0) == 1);
    REQUIRE(pads->dispatch());
    CHECK(poll(&ready, 1, 0) == 0);
  }
  std::vector<PadFeedback> told() {
    std::vector<PadFeedback> all;
    while (auto one = pads->take_feedback()) { all.push_back(*one); }
    return all;
  }
};

constexpr std::uint16_t everything = 0x1FF;

}  // namespace

TEST_CASE("a pad is shown as what is most like it, or as the setting says") {
  using contract::Gamepad;
  using namespace pad_ability;
  CHECK(model_for(Gamepad::automatic, {.type = PadType::xbox, .abilities = everything}) == PadModel::xbox);
  CHECK(model_for(Gamepad::automatic, {.type = PadType::playstation}) == PadModel::dualsense);
  CHECK(model_for(Gamepad::automatic, {.type = PadType::nintendo}) == PadModel::switch_pro);
  CHECK(model_for(Gamepad::automatic, {.type = PadType::steam, .abilities = touchpad}) == PadModel::dualsense);
  CHECK(model_for(Gamepad::automatic, {.abilities = gyroscope}) == PadModel::dualsense);
  CHECK(model_for(Gamepad::automatic, {.abilities = rumble | trigger_rumble}) == PadModel::xbox);
  CHECK(model_for(Gamepad::dualshock4, {.type = PadType::xbox}) == PadModel::dualshock4);
  CHECK(model_for(Gamepad::switch_pro, {}) == PadModel::switch_pro);
  CHECK(model_for(Gamepad::xbox, {.type = PadType::playstation}) == PadModel::xbox);
  CHECK(model_for(Gamepad::dualsense, {.type = PadType::nintendo}) == PadModel::dualsense);
}

TEST_CASE("a pad comes with its announcement, changes with another, and goes when its bit is cleared") {
  Machine machine;
  CHECK(machine.arrive(2, PadType::playstation, everything) == Injected::done);
  REQUIRE(machine.made.size() == 1);
  CHECK(machine.made[0]->model == PadModel::dualsense);
  CHECK(machine.made[0]->path == "punktfunk/1a2b3c4d/pad2");
  CHECK(machine.arrive(2, PadType::playstation, everything) == Injected::done);
  CHECK(machine.made.size() == 1);
  CHECK(machine.state(2, 1 << 2, pad_button::a) == Injected::done);
  CHECK(machine.made[0]->state.buttons == pad_button::a);
  CHECK(machine.made[0]->state.left_y == 5);

  CHECK(machine.arrive(2, PadType::xbox, everything, pad_button::paddle_3) == Injected::done);
  REQUIRE(machine.made.size() == 2);
  CHECK_FALSE(machine.made[0]->there);
  CHECK(machine.made[1]->model == PadModel::xbox);
  CHECK(machine.made[1]->paddles);
  CHECK(machine.made[1]->state.buttons == 0);

  CHECK(machine.state(2, 0) == Injected::done);
  CHECK_FALSE(machine.made[1]->there);
  CHECK(machine.state(2, 0) == Injected::done);
  CHECK(machine.made.size() == 2);
}

TEST_CASE("a pad that no client announced is made by its bit in the mask, and other pads' bits are not its matter") {
  Machine machine;
  CHECK(machine.state(0, 0b11, pad_button::b) == Injected::done);
  REQUIRE(machine.made.size() == 1);
  CHECK(machine.made[0]->model == PadModel::xbox);
  CHECK(machine.made[0]->state.buttons == pad_button::b);
  CHECK(machine.state(1, 0b10) == Injected::done);
  CHECK(machine.made.size() == 2);
  CHECK(machine.made[0]->there);
}

TEST_CASE("there are sixteen pads") {
  Machine machine;
  for (std::uint8_t pad = 0; pad < 16; ++pad) { CHECK(machine.state(pad, 0xFFFF) == Injected::done); }
  CHECK(machine.made.size() == 16);
  CHECK(machine.made[15]->path == "punktfunk/1a2b3c4d/pad15");
}

TEST_CASE("an engine that follows has the same pads, at rest") {
  Machine machine;
  machine.arrive(3, PadType::nintendo, everything);
  machine.state(0, 1, pad_button::a);
  machine.arrive(1, PadType::xbox, 0, pad_button::paddle_1);
  machine.state(1, 0);
  machine.told();
  machine.open();
  REQUIRE(machine.made.size() == 5);
  CHECK(machine.made[3]->path == "punktfunk/1a2b3c4d/pad0");
  CHECK(machine.made[3]->model == PadModel::xbox);
  CHECK(machine.made[3]->state.buttons == 0);
  CHECK(machine.made[4]->path == "punktfunk/1a2b3c4d/pad3");
  CHECK(machine.made[4]->model == PadModel::switch_pro);
  CHECK(machine.told().size() == 2);  // motion is asked for again
  machine.pads.reset();
  for (const auto& made : machine.made) { CHECK_FALSE(made->there); }
}

TEST_CASE(
    "where the kernel gives no HID device a pad is shown as an Xbox one, and where it gives none it is said once") {
  Machine machine;
  machine.closed[PadModel::dualsense] = {"/dev/uhid", "Permission denied"};
  CHECK(machine.arrive(0, PadType::playstation, everything) == Injected::done);
  REQUIRE(machine.made.size() == 1);
  CHECK(machine.made[0]->model == PadModel::xbox);
  CHECK(machine.problems == std::vector<std::string>{"gamepad_plain(/dev/uhid, Permission denied)"});
  CHECK(machine.touch(1, 1) == Injected::unknown);

  machine.closed[PadModel::xbox] = {"/dev/uinput", "No such file or directory"};
  CHECK(machine.state(1, 2) == Injected::no_device);
  CHECK(machine.state(1, 2) == Injected::no_device);
  CHECK(machine.problems.size() == 2);
  CHECK(machine.problems[1] == "gamepad_unavailable(/dev/uinput, No such file or directory)");
  machine.closed.clear();
  CHECK(machine.arrive(1, PadType::xbox) == Injected::done);  // plugged in again
}

TEST_CASE("what is sent for a pad that is not there, or that it does not have, is ignored") {
  Machine machine;
  CHECK(machine.touch(1, 1) == Injected::unknown);
  InputEvent event;
  event.kind = InputKind::pad_battery;
  event.pad = 15;
  CHECK(machine.pads->inject(event) == Injected::unknown);
  machine.arrive(0, PadType::xbox);
  CHECK(machine.touch(1, 1) == Injected::unknown);
  event.kind = InputKind::pad_motion;
  event.pad = 0;
  event.motion_type = 2;
  CHECK(machine.pads->inject(event) == Injected::unknown);
  CHECK(machine.made[0]->updates == 1);
}

TEST_CASE("fingers on the touchpad keep their places") {
  Machine machine(contract::Gamepad::dualsense);
  machine.arrive(0, PadType::playstation, everything);
  const auto& touches = machine.made[0]->state.touches;
  CHECK(machine.touch(1, 40, 0.25f) == Injected::done);
  CHECK(machine.touch(1, 41, 0.75f) == Injected::done);
  CHECK(machine.touch(1, 42, 0.1f) == Injected::done);  // a third finger
  CHECK(touches[0].down);
  CHECK(touches[0].x == 0.25f);
  CHECK(touches[1].x == 0.75f);
  const int contact = touches[0].contact;
  CHECK(machine.touch(2, 40) == Injected::done);
  CHECK_FALSE(touches[0].down);
  CHECK(machine.touch(3, 41, 0.5f) == Injected::done);
  CHECK(touches[1].x == 0.5f);
  CHECK(machine.touch(3, 40, 1) == Injected::done);  // of a finger that is up
  CHECK_FALSE(touches[0].down);
  CHECK(machine.touch(1, 43, 1) == Injected::done);
  CHECK(touches[0].contact == contact + 1);
  CHECK(machine.touch(7, 0) == Injected::done);
  CHECK_FALSE(touches[0].down);
  CHECK_FALSE(touches[1].down);
  CHECK(machine.touch(1, 1, 0.5f, 1) == Injected::unknown);  // a second touchpad
}

TEST_CASE("motion is asked for when the client's pad and the one that is shown both have it") {
  Machine machine;
  machine.arrive(4, PadType::playstation, pad_ability::gyroscope);
  CHECK(machine.told() == std::vector<PadFeedback>{MotionRate{4, 100, MotionSensor::gyroscope}});
  machine.arrive(5, PadType::xbox, pad_ability::gyroscope);
  CHECK(machine.told().empty());
  machine.arrive(4, PadType::playstation, pad_ability::gyroscope | pad_ability::accelerometer);
  CHECK(machine.told().size() == 2);
  machine.want({.rumble = {}, .light = {}, .left_trigger = {}, .right_trigger = {}, .motion = false});
  CHECK(machine.told() == std::vector<PadFeedback>{MotionRate{4, 0, MotionSensor::accelerometer},
                                                   MotionRate{4, 0, MotionSensor::gyroscope}});
  InputEvent event;
  event.kind = InputKind::pad_motion;
  event.pad = 4;
  event.motion_type = 1;
  event.fx = 1;
  event.fy = 2;
  event.fz = 3;
  CHECK(machine.pads->inject(event) == Injected::done);
  event.motion_type = 2;
  CHECK(machine.pads->inject(event) == Injected::done);
  CHECK(machine.made.back()->state.acceleration_m_s2.z == 3);
  CHECK(machine.made.back()->state.rotation_deg_s.y == 2);
}

TEST_CASE("a client that is slow is told the newest of each kind, and nothing twice") {
  Machine machine;
  machine.arrive(0, PadType::playstation, everything & ~0x30);
  PadDemand demand;
  demand.rumble = Rumble{.low = 1, .high = 2};
  demand.light = PadLight{.red = 9};
  machine.want(demand);
  demand.rumble = Rumble{.low = 3, .high = 4};
  machine.want(demand);
  CHECK(machine.told() == std::vector<PadFeedback>{Rumble{0, 3, 4}, PadLight{0, 9, 0, 0}});
  machine.want(demand);
  CHECK(machine.told().empty());
  demand = {};
  demand.rumble = Rumble{};
  machine.want(demand);
  CHECK(machine.told() == std::vector<PadFeedback>{Rumble{}});
}

TEST_CASE("a DualSense's triggers are told to a DualSense; others' shake where they can") {
  const TriggerEffect vibrates{.mode = 0x06, .parameters = {30, 0x80}}, resists{.mode = 0x01, .parameters = {1, 2}};
  PadDemand demand;
  demand.left_trigger = vibrates;
  {
    Machine machine;
    machine.arrive(0, PadType::playstation);
    machine.want(demand);
    demand.left_trigger.reset();
    demand.right_trigger = resists;
    machine.want(demand);
    CHECK(machine.told() == std::vector<PadFeedback>{TriggerEffects{0, vibrates, resists}});
  }
  demand.left_trigger = vibrates;
  {
    Machine machine(contract::Gamepad::dualsense);
    machine.arrive(0, PadType::xbox, pad_ability::trigger_rumble);
    machine.want(demand);
    CHECK(machine.told() == std::vector<PadFeedback>{TriggerRumble{0, 0x8080, 0}});
  }
  Machine machine(contract::Gamepad::dualsense);
  machine.arrive(0, PadType::xbox);
  machine.want(demand);
  CHECK(machine.told().empty());
}

TEST_CASE("devices have their time: the timer is what makes the backend readable") {
  Machine machine;
  machine.arrive(0, PadType::xbox);
  machine.made[0]->due_ns = 1;
  machine.want({});  // served at its turn, and ticked since that is long over
  CHECK(machine.made[0]->ticks == 1);
  machine.made[0]->due_ns = 1;
  machine.arrive(1, PadType::xbox);  // sets the timer
  pollfd ready{machine.pads->poll_fd(), POLLIN, 0};
  REQUIRE(poll(&ready, 1, 60'000) == 1);
  CHECK(machine.pads->dispatch());
  CHECK(machine.made[0]->ticks == 2);
  CHECK(poll(&ready, 1, 0) == 0);
}

TEST_CASE("at the end of a stream pads are at rest, and keep their battery") {
  Machine machine;
  machine.arrive(0, PadType::playstation, everything);
  machine.state(0, 1, pad_button::a);
  machine.touch(1, 1);
  InputEvent event;
  event.kind = InputKind::pad_battery;
  event.battery_state = 3;
  event.battery_percent = 70;
  CHECK(machine.pads->inject(event) == Injected::done);
  machine.pads->release_all();
  const PadState& state = machine.made[0]->state;
  CHECK(state.buttons == 0);
  CHECK(state.left_y == 0);
  CHECK_FALSE(state.touches[0].down);
  CHECK(state.battery == PadBattery::charging);
  CHECK(state.battery_percent == 70);
  CHECK(machine.made[0]->there);
}

TEST_CASE("a pad's input and what programs want allocate nothing") {
  Machine machine;
  machine.arrive(0, PadType::playstation, everything);
  machine.made[0]->demand.rumble = Rumble{.low = 1};
  machine.made[0]->demand.left_trigger = TriggerEffect{.mode = 1};
  machine.made[0]->readable.signal();
  const std::size_t before = thread_allocations();
  for (std::uint32_t i = 0; i < 100; ++i) {
    machine.state(0, 1, i);
    machine.touch(i % 3 + 1, i);
    machine.pads->dispatch();
    machine.pads->take_feedback();
  }
  CHECK(thread_allocations() == before);
}
