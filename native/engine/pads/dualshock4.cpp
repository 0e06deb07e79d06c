// Sony's DualShock 4 (the second one, CUH-ZCT2) as it is on USB. Reports as the kernel's hid-playstation (before 6.2:
// hid-sony) and SDL read them.
#include <algorithm>

#include "engine/pads/hid_pad.h"
#include "engine/pads/playstation.h"

namespace punktfunk {
namespace {

constexpr std::uint8_t input_number = 0x01, output_number = 0x05;
constexpr std::uint8_t calibration = 0x02, pairing = 0x12, pairing_of_both = 0x81, firmware = 0xA3;
constexpr std::size_t calibration_bytes = 37, pairing_bytes = 16, pairing_of_both_bytes = 7, firmware_bytes = 49,
                      output_bytes = 32;
constexpr unsigned touchpad_width = 1920, touchpad_height = 942;
constexpr std::uint8_t flag_rumble = 0x01, flag_light = 0x02;
constexpr std::uint8_t battery_cable = 0x10, battery_full_at_cable = 11;

constexpr std::uint8_t descriptor[] = {0x05, 0x01,
                                       0x09, 0x05,
                                       0xA1, 0x01,  // Generic Desktop, Game Pad
                                       0x85, input_number,
                                       0x09, 0x30,
                                       0x09, 0x31,
                                       0x09, 0x32,
                                       0x09, 0x35,  // X, Y, Z, Rz
                                       0x15, 0x00,
                                       0x26, 0xFF,
                                       0x00, 0x75,
                                       0x08, 0x95,
                                       0x04, 0x81,
                                       0x02,  // four bytes
                                       0x09, 0x39,
                                       0x15, 0x00,
                                       0x25, 0x07,
                                       0x35, 0x00,
                                       0x46, 0x3B,
                                       0x01, 0x65,
                                       0x14,  // hat switch
                                       0x75, 0x04,
                                       0x95, 0x01,
                                       0x81, 0x42,
                                       0x65, 0x00,  // in four bits
                                       0x05, 0x09,
                                       0x19, 0x01,
                                       0x29, 0x0E,
                                       0x15, 0x00,
                                       0x25, 0x01,
                                       0x75, 0x01,  // fourteen buttons
                                       0x95, 0x0E,
                                       0x81, 0x02,  //
                                       0x06, 0x00,
                                       0xFF, 0x09,
                                       0x20, 0x75,
                                       0x06, 0x95,
                                       0x01, 0x15,
                                       0x00, 0x25,
                                       0x7F,        // a counter
                                       0x81, 0x02,  //
                                       0x05, 0x01,
                                       0x09, 0x33,
                                       0x09, 0x34,
                                       0x15, 0x00,
                                       0x26, 0xFF,
                                       0x00, 0x75,
                                       0x08,  // Rx, Ry: the triggers
                                       0x95, 0x02,
                                       0x81, 0x02,  //
                                       0x06, 0x00,
                                       0xFF, 0x09,
                                       0x21, 0x95,
                                       0x36, 0x81,
                                       0x02,  // motion, battery, touches
                                       0x85, output_number,
                                       0x09, 0x22,
                                       0x95, output_bytes - 1,
                                       0x91, 0x02,  //
                                       0x85, calibration,
                                       0x09, 0x24,
                                       0x95, calibration_bytes - 1,
                                       0xB1, 0x02,  //
                                       0x85, pairing,
                                       0x09, 0x25,
                                       0x95, pairing_bytes - 1,
                                       0xB1, 0x02,  //
                                       0x85, pairing_of_both,
                                       0x09, 0x26,
                                       0x95, pairing_of_both_bytes - 1,
                                       0xB1, 0x02,  //
                                       0x85, firmware,
                                       0x09, 0x27,
                                       0x95, firmware_bytes - 1,
                                       0xB1, 0x02,  //
                                       0xC0};

std::uint8_t battery_byte(const PadState& state) {
  if (hid::battery_full(state)) { return battery_cable | battery_full_at_cable; }
  const auto tenths = static_cast<std::uint8_t>(hid::battery_percent(state) / 10);
  return static_cast<std::uint8_t>((hid::battery_charging(state) ? battery_cable : 0) | tenths);
}

class DualShock4 final : public HidPad {
 public:
  explicit DualShock4(const PadPlace& place) : address_(pad_address(place)) {}

  [[nodiscard]] HidIdentity identity() const override {
    return {.name = "Sony Interactive Entertainment Wireless Controller",
            .vendor = 0x054C,
            .product = 0x09CC,
            .version = 0x0111,
            .descriptor = descriptor};
  }
  [[nodiscard]] std::uint16_t abilities() const override { return playstation::abilities; }
  [[nodiscard]] unsigned interval_ms() const override { return playstation::report_interval_ms; }

  void report(const PadState& state, std::uint64_t now_ns, hid::Report to) override {
    std::fill(to.begin(), to.end(), std::uint8_t{0});
    to[0] = input_number;
    playstation::store_sticks(&to[1], state);
    playstation::store_buttons(&to[5], state);
    to[7] |= static_cast<std::uint8_t>(counter_++ << 2);
    to[8] = state.left_trigger;
    to[9] = state.right_trigger;
    store_u16_le(&to[10], static_cast<std::uint16_t>(now_ns * 3 / 16'000));  // 16/3 of a microsecond
    hid::store_axes(&to[13], state.rotation_deg_s, playstation::counts_per_deg_s);
    hid::store_axes(&to[19], state.acceleration_m_s2, playstation::counts_per_m_s2);
    to[30] = battery_byte(state);
    to[33] = 1;  // touch reports
    to[34] = counter_;
    playstation::store_touch(&to[35], state.touches[0], touchpad_width, touchpad_height);
    playstation::store_touch(&to[39], state.touches[1], touchpad_width, touchpad_height);
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
      case pairing_of_both:
        playstation::store_address(&to[1], address_);
        return pairing_of_both_bytes;
      case firmware:
        store_u16_le(&to[35], 0x7407);  // hardware
        store_u16_le(&to[41], 0xA00B);  // firmware
        return firmware_bytes;
      default:
        return 0;
    }
  }

  bool take(std::span<const std::uint8_t> output, const PadState&, PadDemand& demand, hid::Report,
            std::size_t&) override {
    if (output.size() < output_bytes || output[0] != output_number) { return false; }
    if ((output[1] & flag_rumble) != 0) {
      demand.rumble = Rumble{.low = hid::strength(output[5]), .high = hid::strength(output[4])};
    }
    if ((output[1] & flag_light) != 0) {
      demand.light = PadLight{.red = output[6], .green = output[7], .blue = output[8]};
    }
    return true;
  }

 private:
  std::array<std::uint8_t, 6> address_;
  std::uint8_t counter_ = 0;
};

}  // namespace

std::unique_ptr<HidPad> make_dualshock4(const PadPlace& place) {
  return std::make_unique<DualShock4>(place);
}

}  // namespace punktfunk
