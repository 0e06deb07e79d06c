#include <fcntl.h>
#include <linux/uinput.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "engine/pads/devices.h"
#include "engine/pads/force_feedback.h"

namespace punktfunk {
namespace {

constexpr char path[] = "/dev/uinput";
constexpr std::uint16_t vendor_microsoft = 0x045E;
constexpr int trigger_most = 1023;
// At a time: as many as the kernel keeps (UINPUT_BUFFER_SIZE in drivers/input/misc/uinput.c). A program that plays
// effects without a pause holds up no other pad, and no input.
constexpr int max_events = 16;

struct Button {
  std::uint32_t bit;
  std::uint16_t code;
};
// As drivers/input/joystick/xpad.c has them.
constexpr Button buttons[] = {{pad_button::a, BTN_A},
                              {pad_button::b, BTN_B},
                              {pad_button::x, BTN_X},
                              {pad_button::y, BTN_Y},
                              {pad_button::left_shoulder, BTN_TL},
                              {pad_button::right_shoulder, BTN_TR},
                              {pad_button::start, BTN_START},
                              {pad_button::back, BTN_SELECT},
                              {pad_button::left_stick, BTN_THUMBL},
                              {pad_button::right_stick, BTN_THUMBR},
                              {pad_button::guide, BTN_MODE}};
constexpr Button share_button[] = {{pad_button::share, KEY_RECORD}};
constexpr Button paddle_buttons[] = {{pad_button::paddle_1, BTN_TRIGGER_HAPPY5},
                                     {pad_button::paddle_2, BTN_TRIGGER_HAPPY6},
                                     {pad_button::paddle_3, BTN_TRIGGER_HAPPY7},
                                     {pad_button::paddle_4, BTN_TRIGGER_HAPPY8}};

struct Model {
  const char* name;
  std::uint16_t product, version;
  std::span<const Button> own_buttons;
};
constexpr Model series = {"Microsoft Xbox Series S|X Controller", 0x0B12, 0x050F, share_button};
constexpr Model elite = {"Microsoft X-Box One Elite 2 pad", 0x0B00, 0x0511, paddle_buttons};

struct Axis {
  std::uint16_t code;
  int least, most, fuzz, flat;
};
constexpr Axis axes[] = {{ABS_X, -32768, 32767, 16, 128},  {ABS_Y, -32768, 32767, 16, 128},
                         {ABS_RX, -32768, 32767, 16, 128}, {ABS_RY, -32768, 32767, 16, 128},
                         {ABS_Z, 0, trigger_most, 0, 0},   {ABS_RZ, 0, trigger_most, 0, 0},
                         {ABS_HAT0X, -1, 1, 0, 0},         {ABS_HAT0Y, -1, 1, 0, 0}};
constexpr std::uint16_t effects[] = {FF_RUMBLE, FF_PERIODIC, FF_SQUARE, FF_TRIANGLE, FF_SINE, FF_GAIN};

NoDevice why() {
  return {path, std::strerror(errno)};
}

bool set_up(int fd, const Model& model, const PadPlace& place) {
  bool done = ioctl(fd, UI_SET_EVBIT, EV_KEY) == 0 && ioctl(fd, UI_SET_EVBIT, EV_ABS) == 0 &&
              ioctl(fd, UI_SET_EVBIT, EV_FF) == 0 && ioctl(fd, UI_SET_PHYS, pad_path(place).c_str()) == 0;
  for (const auto& some : {std::span<const Button>(buttons), model.own_buttons}) {
    for (const Button& button : some) { done = done && ioctl(fd, UI_SET_KEYBIT, button.code) == 0; }
  }
  for (const std::uint16_t effect : effects) { done = done && ioctl(fd, UI_SET_FFBIT, effect) == 0; }
  for (const Axis& axis : axes) {
    uinput_abs_setup setup{};
    setup.code = axis.code;
    setup.absinfo = {
        .value = 0, .minimum = axis.least, .maximum = axis.most, .fuzz = axis.fuzz, .flat = axis.flat, .resolution = 0};
    done = done && ioctl(fd, UI_ABS_SETUP, &setup) == 0;
  }
  uinput_setup setup{};
  setup.id = {.bustype = BUS_USB, .vendor = vendor_microsoft, .product = model.product, .version = model.version};
  setup.ff_effects_max = ForceFeedback::max_effects;
  std::strncpy(setup.name, model.name, sizeof setup.name - 1);
  return done && ioctl(fd, UI_DEV_SETUP, &setup) == 0 && ioctl(fd, UI_DEV_CREATE) == 0;
}

class UinputPad final : public PadDevice {
 public:
  UinputPad(UniqueFd fd, const Model& model) : fd_(std::move(fd)), model_(model) {}

  void update(const PadState& state) override;
  [[nodiscard]] std::uint16_t abilities() const override { return pad_ability::rumble; }
  [[nodiscard]] int fd() const override { return fd_.get(); }
  void serve(PadDemand& demand) override;
  [[nodiscard]] std::uint64_t due_ns() const override { return due_ns_; }
  void tick(std::uint64_t now_ns, PadDemand& demand) override {
    demand.rumble = force_feedback_.at(now_ns);
    due_ns_ = force_feedback_.next_change_ns(now_ns);
  }

 private:
  void add(std::uint16_t type, std::uint16_t code, std::int32_t value) {
    input_event& event = events_[count_++];
    event = {};
    event.type = type;
    event.code = code;
    event.value = value;
  }
  void upload(std::uint32_t request);
  void erase(std::uint32_t request);

  UniqueFd fd_;
  const Model& model_;
  ForceFeedback force_feedback_;
  std::uint64_t due_ns_ = 0;
  std::array<input_event, 32> events_{};
  std::size_t count_ = 0;
};

// All of it each time: the kernel passes on what differs.
void UinputPad::update(const PadState& state) {
  count_ = 0;
  for (const auto& some : {std::span<const Button>(buttons), model_.own_buttons}) {
    for (const Button& button : some) { add(EV_KEY, button.code, (state.buttons & button.bit) != 0); }
  }
  const auto held = [&](std::uint32_t bit) { return (state.buttons & bit) != 0 ? 1 : 0; };
  add(EV_ABS, ABS_X, state.left_x);
  add(EV_ABS, ABS_Y, -1 - state.left_y);  // downwards, as xpad turns it
  add(EV_ABS, ABS_RX, state.right_x);
  add(EV_ABS, ABS_RY, -1 - state.right_y);
  add(EV_ABS, ABS_Z, state.left_trigger * trigger_most / 255);
  add(EV_ABS, ABS_RZ, state.right_trigger * trigger_most / 255);
  add(EV_ABS, ABS_HAT0X, held(pad_button::right) - held(pad_button::left));
  add(EV_ABS, ABS_HAT0Y, held(pad_button::down) - held(pad_button::up));
  add(EV_SYN, SYN_REPORT, 0);
  // A write that fails has nobody to be told: the pad's next state has all of it again.
  [[maybe_unused]] const auto written = write(fd_.get(), events_.data(), count_ * sizeof(input_event));
}

void UinputPad::serve(PadDemand& demand) {
  const std::uint64_t now_ns = monotonic_ns();
  input_event event;
  for (int served = 0; served < max_events && read(fd_.get(), &event, sizeof event) == sizeof event; ++served) {
    if (event.type == EV_UINPUT && event.code == UI_FF_UPLOAD) {
      upload(static_cast<std::uint32_t>(event.value));
    } else if (event.type == EV_UINPUT && event.code == UI_FF_ERASE) {
      erase(static_cast<std::uint32_t>(event.value));
    } else if (event.type == EV_FF && event.code == FF_GAIN) {
      force_feedback_.gain(event.value);
    } else if (event.type == EV_FF) {
      force_feedback_.play(event.code, event.value, now_ns);
    }
  }
  tick(now_ns, demand);
}

// The program that asks waits for the answer.
void UinputPad::upload(std::uint32_t request) {
  uinput_ff_upload upload{};
  upload.request_id = request;
  if (ioctl(fd_.get(), UI_BEGIN_FF_UPLOAD, &upload) != 0) { return; }
  upload.retval = force_feedback_.put(upload.effect) ? 0 : -EINVAL;
  ioctl(fd_.get(), UI_END_FF_UPLOAD, &upload);
}

void UinputPad::erase(std::uint32_t request) {
  uinput_ff_erase erase{};
  erase.request_id = request;
  if (ioctl(fd_.get(), UI_BEGIN_FF_ERASE, &erase) != 0) { return; }
  force_feedback_.remove(static_cast<int>(erase.effect_id));
  erase.retval = 0;
  ioctl(fd_.get(), UI_END_FF_ERASE, &erase);
}

}  // namespace

Result<std::unique_ptr<PadDevice>, NoDevice> open_xbox_pad(const PadPlace& place, bool paddles) {
  UniqueFd fd(open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!fd) { return why(); }
  const Model& model = paddles ? elite : series;
  if (!set_up(fd.get(), model, place)) { return why(); }
  return std::unique_ptr<PadDevice>(std::make_unique<UinputPad>(std::move(fd), model));
}

}  // namespace punktfunk
