// What programs here and clients say of gamepads, whatever their bytes: each HID pad's feature requests and output
// reports, and input packets of all pads on devices that are not there. Readers stay inside their bytes, answers are
// whole reports, states are ones that a device can show, and a client is told of pads that it has.
#include <cstdint>
#include <cstdlib>

#include "engine/pads/hid_pad.h"
#include "engine/pads/pads.h"

using namespace punktfunk;

namespace {

void require(bool holds) {
  if (!holds) { std::abort(); }
}

class HidDevice final : public PadDevice {
 public:
  HidDevice(std::unique_ptr<HidPad> pad, std::span<const std::uint8_t>& said) : pad_(std::move(pad)), said_(said) {}
  void update(const PadState& state) override {
    state_ = state;
    pad_->report(state_, ++now_ns_, report_);
  }
  [[nodiscard]] std::uint16_t abilities() const override { return pad_->abilities(); }
  [[nodiscard]] int fd() const override { return -1; }
  void serve(PadDemand&) override {}
  [[nodiscard]] std::uint64_t due_ns() const override { return 1; }
  // The next report of a program: its length, then its bytes.
  void tick(std::uint64_t, PadDemand& demand) override {
    if (said_.empty()) { return; }
    const std::size_t bytes = std::min<std::size_t>(said_[0], said_.size() - 1);
    const auto output = said_.subspan(1, bytes);
    std::size_t answer_bytes = 0;
    const bool taken = pad_->take(output, state_, demand, report_, answer_bytes);
    require(answer_bytes == 0 || (taken && answer_bytes == hid::report_bytes));
    if (!output.empty()) { require(pad_->feature(output[0], report_) <= hid::report_bytes); }
    said_ = said_.subspan(1 + bytes);
  }

 private:
  std::unique_ptr<HidPad> pad_;
  std::span<const std::uint8_t>& said_;
  PadState state_;
  std::uint64_t now_ns_ = 0;
  std::array<std::uint8_t, hid::report_bytes> report_{};
};

std::unique_ptr<HidPad> make(PadModel model, const PadPlace& place) {
  return model == PadModel::dualshock4   ? make_dualshock4(place)
         : model == PadModel::switch_pro ? make_switch_pro(place)
                                         : make_dualsense(place);
}

std::uint16_t pad_of(const PadFeedback& feedback) {
  return std::visit([](const auto& one) { return one.pad; }, feedback);
}

}  // namespace

// One byte: the setting. Then, in turn, a client's packet (its length, its bytes) and a program's report (likewise).
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) { return 0; }
  std::span<const std::uint8_t> rest(data + 1, size - 1);
  std::array<KeptPad, max_pads> kept{};
  const auto setting = static_cast<contract::Gamepad>(data[0] % 5);
  const auto pads =
      open_pads({.model = setting, .seat = "1a2b3c4d"}, kept, {}, [&](PadModel model, const PadPlace& place, bool) {
        return Result<std::unique_ptr<PadDevice>, NoDevice>(
            std::unique_ptr<PadDevice>(std::make_unique<HidDevice>(make(model, place), rest)));
      });
  while (!rest.empty()) {
    const std::size_t bytes = std::min<std::size_t>(rest[0], rest.size() - 1);
    InputEvent event;
    const bool parsed = parse_gamestream_input(rest.subspan(1, bytes), event) == Status::ok;
    rest = rest.subspan(1 + bytes);
    if (parsed && pad_kinds.has(event.kind)) { pads->inject(event); }
    pads->dispatch();
    while (const auto feedback = pads->take_feedback()) {
      require(pad_of(*feedback) < max_pads && kept[pad_of(*feedback)] != 0);
    }
  }
  pads->release_all();
  return 0;
}
