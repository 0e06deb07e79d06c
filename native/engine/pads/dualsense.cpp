// Sony's DualSense as it is on USB. Reports as the kernel's hid-playstation and SDL read them.
#include <algorithm>

#include "engine/pads/hid_pad.h"
#include "engine/pads/playstation.h"

namespace punktfunk {
namespace {

constexpr std::uint8_t input_number = 0x01, output_number = 0x02;
constexpr std::uint8_t calibration = 0x05, pairing = 0x09, firmware = 0x20;
constexpr std::size_t calibration_bytes = 41, pairing_bytes = 20, firmware_bytes = 64, output_bytes = 48;
constexpr unsigned touchpad_width = 1920, touchpad_height = 1080;
// From 2.21 on drivers use the second way of rumbling, from 2.36 on SDL does too.
constexpr std::uint16_t update_version = 0x0224;

// Valid flags of the output report: what of it is meant.
constexpr std::uint8_t flag0_rumble = 0x01, flag0_right_trigger = 0x04, flag0_left_trigger = 0x08, flag1_light = 0x04,
                       flag2_rumble = 0x04;

constexpr std::uint8_t descriptor[] = {0x05, 0x01,          0x09, 0x05, 0xA1, 0x01,  // Generic Desktop, Game Pad
                                       0x85, input_number,  0x09, 0x30, 0x09, 0x31,
                                       0x09, 0x32,                                   // X, Y, Z
                                       0x09, 0x35,          0x09, 0x33, 0x09, 0x34,  // Rz, Rx, Ry
                                       0x15, 0x00,          0x26, 0xFF, 0x00, 0x75,
                                       0x08, 0x95,          0x06, 0x81, 0x02,  // six bytes
                                       0x06, 0x00,          0xFF, 0x09, 0x20, 0x95,
                                       0x01, 0x81,          0x02,  // a counter
                                       0x05, 0x01,          0x09, 0x39, 0x15, 0x00,
                                       0x25, 0x07,          0x35, 0x00, 0x46, 0x3B,  // hat switch
                                       0x01, 0x65,          0x14, 0x75, 0x04, 0x95,
                                       0x01, 0x81,          0x42, 0x65, 0x00,  // in four bits
                                       0x05, 0x09,          0x19, 0x01, 0x29, 0x0F,
                                       0x15, 0x00,          0x25, 0x01, 0x75, 0x01,  // fifteen buttons
                                       0x95, 0x0F,          0x81, 0x02,              //
                                       0x06, 0x00,          0xFF, 0x09, 0x21, 0x95,
                                       0x0D, 0x81,          0x02,  // to the end of the byte, and one more
                                       0x09, 0x22,          0x15, 0x00, 0x26, 0xFF,
                                       0x00, 0x75,          0x08, 0x95, 0x34, 0x81,  // motion, touches, battery
                                       0x02,                                         //
                                       0x85, output_number, 0x09, 0x23, 0x95, 0x2F,
                                       0x91, 0x02,  //
                                       0x85, calibration,   0x09, 0x33, 0x95, calibration_bytes - 1,
                                       0xB1, 0x02,  //
                                       0x85, pairing,       0x09, 0x24, 0x95, pairing_bytes - 1,
                                       0xB1, 0x02,  //
                                       0x85, firmware,      0x09, 0x26, 0x95, firmware_bytes - 1,
                                       0xB1, 0x02,  //
                                       0xC0};

std::uint8_t battery_byte(const PadState& state) {
  const auto tenths = static_cast<std::uint8_t>(hid::battery_percent(state) / 10);
  if (hid::battery_full(state)) { return 0x20 | 10; }
  return static_cast<std::uint8_t>((hid::battery_charging(state) ? 0x10 : 0) | tenths);
}

TriggerEffect trigger_effect(const std::uint8_t* from) {
  TriggerEffect effect{.mode = from[0]};
  std::copy_n(from + 1, effect.parameters.size(), effect.parameters.begin());
  return effect;
}

class DualSense final : public HidPad {
 public:
  explicit DualSense(const PadPlace& place) : address_(pad_address(place)) {}

  [[nodiscard]] HidIdentity identity() const override {
    return {.name = "Sony Interactive Entertainment DualSense Wireless Controller",
            .vendor = 0x054C,
            .product = 0x0CE6,
            .version = 0x0111,
            .descriptor = descriptor};
  }
  [[nodiscard]] std::uint16_t abilities() const override { return playstation::abilities; }
  [[nodiscard]] unsigned interval_ms() const override { return playstation::report_interval_ms; }

  void report(const PadState& state, std::uint64_t now_ns, hid::Report to) override {
    std::fill(to.begin(), to.end(), std::uint8_t{0});
    to[0] = input_number;
    playstation::store_sticks(&to[1], state);
    to[5] = state.left_trigger;
    to[6] = state.right_trigger;
    to[7] = counter_++;
    playstation::store_buttons(&to[8], state);
    to[10] |= (state.buttons & pad_button::share) != 0 ? 0x04 : 0;  // the microphone's
    hid::store_axes(&to[16], state.rotation_deg_s, playstation::counts_per_deg_s);
    hid::store_axes(&to[22], state.acceleration_m_s2, playstation::counts_per_m_s2);
    store_u32_le(&to[28], static_cast<std::uint32_t>(now_ns * 3 / 1000));  // thirds of a microsecond
    playstation::store_touch(&to[33], state.touches[0], touchpad_width, touchpad_height);
    playstation::store_touch(&to[37], state.touches[1], touchpad_width, touchpad_height);
    to[53] = battery_byte(state);
  }

  std::size_t feature(std::uint8_t number, hid::Report to) override {
    std::fill(to.begin(), to.end(), std::uint8_t{0});
    to[0] = number;
    switch (number) {
      case calibration:
        playstation::store_calibration(&to[1]);
        return calibration_bytes;
      case pairing:
        playstation::store_address(&to[1], address_);
        return pairing_bytes;
      case firmware:
        store_u32_le(&to[24], 0x0100'0208);  // hardware
        store_u32_le(&to[28], 0x0100'0008);  // firmware
        store_u16_le(&to[44], update_version);
        return firmware_bytes;
      default:
        return 0;
    }
  }

  bool take(std::span<const std::uint8_t> output, const PadState&, PadDemand& demand, hid::Report,
            std::size_t&) override {
    if (output.size() < output_bytes || output[0] != output_number) { return false; }
    const std::uint8_t* from = output.data() + 1;
    const std::uint8_t flag0 = from[0], flag1 = from[1], flag2 = from[38];
    if ((flag0 & flag0_rumble) != 0 || (flag2 & flag2_rumble) != 0) {
      demand.rumble = Rumble{.low = hid::strength(from[3]), .high = hid::strength(from[2])};
    } else if (flag0 == 0 && flag1 == 0) {
      demand.rumble = Rumble{};  // as SDL ends a rumble: the motors are the haptics' again
    }
    if ((flag0 & flag0_right_trigger) != 0) { demand.right_trigger = trigger_effect(from + 10); }
    if ((flag0 & flag0_left_trigger) != 0) { demand.left_trigger = trigger_effect(from + 21); }
    if ((flag1 & flag1_light) != 0) { demand.light = PadLight{.red = from[44], .green = from[45], .blue = from[46]}; }
    return true;
  }

 private:
  std::array<std::uint8_t, 6> address_;
  std::uint8_t counter_ = 0;
};

}  // namespace

std::unique_ptr<HidPad> make_dualsense(const PadPlace& place) {
  return std::make_unique<DualSense>(place);
}

}  // namespace punktfunk
