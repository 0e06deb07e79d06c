// Nintendo's Switch Pro Controller as it is on USB. Reports and commands as the kernel's hid-nintendo and SDL use them;
// facts from the pad's public description (dekuNukem's Nintendo_Switch_Reverse_Engineering).
#include <algorithm>
#include <cmath>

#include "engine/pads/hid_pad.h"

namespace punktfunk {
namespace {

constexpr std::uint8_t report_full = 0x30, report_reply = 0x21, report_usb = 0x81;
constexpr std::uint8_t output_command = 0x01, output_rumble = 0x10, output_usb = 0x80, output_usb_uart = 0x82;
constexpr std::uint8_t usb_status = 0x01, usb_handshake = 0x02, usb_baud_rate = 0x03;
constexpr std::uint8_t command_device_info = 0x02, command_read_flash = 0x10, command_motion = 0x40;
constexpr std::uint8_t type_pro = 0x03;
constexpr std::size_t rumble_end = 10, command_at = 10, data_at = 11;
// In a reply: whether it was done, of what it is the answer, and what that says.
constexpr std::size_t reply_acknowledged = 13, reply_command = 14, reply_data = 15;
constexpr std::uint8_t acknowledged = 0x80;
constexpr std::size_t max_flash_read = 0x1D;
constexpr unsigned report_interval_ms = 15;         // as the pad does; drivers send commands only between two reports
constexpr std::uint8_t trigger_pressed_above = 30;  // its triggers are buttons; XInput's threshold

constexpr std::uint8_t descriptor[] = {
    0x05, 0x01,           0x09,       0x05,       0xA1, 0x01,  // Generic Desktop, Game Pad
    0x15, 0x00,           0x26,       0xFF,       0x00, 0x75, 0x08, 0x95,          0x3F, 0x06,
    0x00, 0xFF,  // each of 63 bytes
    0x85, report_full,    0x09,       0x01,       0x81, 0x02, 0x85, report_reply,  0x09, 0x02,
    0x81,                                                                                       // what it reports
    0x02, 0x85,           report_usb, 0x09,       0x03, 0x81, 0x02,                             //
    0x85, output_command, 0x09,       0x04,       0x91, 0x02, 0x85, output_rumble, 0x09, 0x05,  // what it is told
    0x91, 0x02,           0x85,       output_usb, 0x09, 0x06, 0x91, 0x02,          0x85, output_usb_uart,  //
    0x09, 0x07,           0x91,       0x02,       0xC0};

// Sticks have 12 bits, two in three bytes.
constexpr int stick_middle = 2048, stick_reach = 2047;
void store_pair(std::uint8_t* to, int first, int second) {
  to[0] = static_cast<std::uint8_t>(first);
  to[1] = static_cast<std::uint8_t>(first >> 8 | second << 4);
  to[2] = static_cast<std::uint8_t>(second >> 4);
}
int stick(std::int16_t value) {
  return stick_middle + std::max<int>(value, -32767) * stick_reach / 32767;
}

// The pad's flash memory, as far as it is read: the factory's calibration. What is not written there is 0xFF.
class Flash {
 public:
  Flash() {
    bytes_.fill(0xFF);
    for (std::size_t axis = 0; axis < 3; ++axis) {
      store_u16_le(at(0x6020) + axis * 2, 0);       // acceleration: offsets
      store_u16_le(at(0x6026) + axis * 2, 0x4000);  // 4 g
      store_u16_le(at(0x602C) + axis * 2, 0);       // rotation: offsets
      store_u16_le(at(0x6032) + axis * 2, 13371);   // 936 degrees a second
    }
    // Left: above, middle, below. Right: middle, below, above.
    store_pair(at(0x603D), stick_reach, stick_reach);
    store_pair(at(0x6040), stick_middle, stick_middle);
    store_pair(at(0x6043), stick_reach, stick_reach);
    store_pair(at(0x6046), stick_middle, stick_middle);
    store_pair(at(0x6049), stick_reach, stick_reach);
    store_pair(at(0x604C), stick_reach, stick_reach);
  }
  [[nodiscard]] std::uint8_t read(std::uint32_t address) const {
    return address >= first && address - first < bytes_.size() ? bytes_[address - first] : 0xFF;
  }

 private:
  static constexpr std::uint32_t first = 0x6000;
  std::uint8_t* at(std::uint32_t address) { return bytes_.data() + (address - first); }
  std::array<std::uint8_t, 0x100> bytes_{};
};

// Amplitudes are told in steps of a logarithm (three slopes), for 0 to 1 in 0 to 100.
std::uint16_t amplitude(unsigned step) {
  const auto n = static_cast<float>(step);
  const float value = step == 0   ? 0
                      : step < 16 ? std::exp2(n / 4) / 119
                      : step < 32 ? std::exp2(n / 16) / 17
                                  : std::exp2(n / 32) / 8.7f;
  return static_cast<std::uint16_t>(std::lround(std::clamp(value, 0.0f, 1.0f) * 65535));
}

struct Actuator {
  std::uint16_t low = 0, high = 0;  // of its two frequencies
  bool operator==(const Actuator&) const = default;
};
Actuator actuator(const std::uint8_t* from) {
  const unsigned low_bits = from[3] >= 0x40 ? (from[3] - 0x40u) * 2 + (from[2] >> 7) : 0;
  return {.low = amplitude(std::min(low_bits, 100u)), .high = amplitude(std::min(from[1] / 2u, 100u))};
}

// The pad has no heavy and light motor, but two actuators with two frequencies each. Programs that think in motors say
// the same to both actuators (SDL), or each motor to one of them (the kernel's driver).
Rumble rumble(const std::uint8_t* from) {
  const Actuator left = actuator(from), right = actuator(from + 4);
  if (left == right) { return {.low = left.low, .high = left.high}; }
  return {.low = std::max(left.low, left.high), .high = std::max(right.low, right.high)};
}

std::uint8_t battery_byte(const PadState& state) {
  const unsigned percent = hid::battery_percent(state);
  const unsigned level = percent >= 90 ? 4 : percent >= 65 ? 3 : percent >= 35 ? 2 : percent >= 10 ? 1 : 0;
  const unsigned charging = hid::battery_charging(state) ? 0x10 : 0;
  return static_cast<std::uint8_t>(level << 5 | charging | 0x01);  // powered by USB
}

class SwitchPro final : public HidPad {
 public:
  explicit SwitchPro(const PadPlace& place) : address_(pad_address(place)) {}

  [[nodiscard]] HidIdentity identity() const override {
    return {.name = "Nintendo Co., Ltd. Pro Controller",
            .vendor = 0x057E,
            .product = 0x2009,
            .version = 0x0200,
            .descriptor = descriptor};
  }
  [[nodiscard]] std::uint16_t abilities() const override {
    using namespace pad_ability;
    return pad_ability::rumble | accelerometer | gyroscope | battery;
  }
  [[nodiscard]] unsigned interval_ms() const override { return report_interval_ms; }

  void report(const PadState& state, std::uint64_t, hid::Report to) override {
    head(report_full, state, to);
    // Three measurements; there is one. The pad's x points to the triggers, y to the left, z up.
    const auto turned = [](const Axes& axes) { return Axes{-axes.z, -axes.x, axes.y}; };
    for (std::size_t sample = 0; sample < 3; ++sample) {
      hid::store_axes(&to[13 + sample * 12], turned(state.acceleration_m_s2), 4096 / 9.80665f);
      hid::store_axes(&to[19 + sample * 12], turned(state.rotation_deg_s), 13371 / 936.0f);
    }
  }

  std::size_t feature(std::uint8_t, hid::Report) override { return 0; }

  bool take(std::span<const std::uint8_t> output, const PadState& state, PadDemand& demand, hid::Report answer,
            std::size_t& answer_bytes) override {
    if (output.size() < 2) { return false; }
    switch (output[0]) {
      case output_usb:
        answer_bytes = usb_answer(output[1], answer);
        return true;
      case output_rumble:
        if (output.size() < rumble_end) { return false; }
        demand.rumble = rumble(&output[2]);
        return true;
      case output_command:
        if (output.size() < data_at) { return false; }
        demand.rumble = rumble(&output[2]);
        return command(output[command_at], output.subspan(data_at), state, demand, answer, answer_bytes);
      default:
        return false;
    }
  }

 private:
  void head(std::uint8_t number, const PadState& state, hid::Report to) {
    std::fill(to.begin(), to.end(), std::uint8_t{0});
    to[0] = number;
    to[1] = counter_++;
    to[2] = battery_byte(state);
    buttons(state, &to[3]);
    store_pair(&to[6], stick(state.left_x), stick(state.left_y));
    store_pair(&to[9], stick(state.right_x), stick(state.right_y));
    to[12] = 0x0C;  // it can rumble
  }

  // By their place: what is A on an Xbox pad is B here.
  static void buttons(const PadState& state, std::uint8_t* to) {
    const auto bit = [&](std::uint32_t button, unsigned place) {
      return static_cast<std::uint8_t>((state.buttons & button) != 0 ? 1u << place : 0u);
    };
    using namespace pad_button;
    to[0] = static_cast<std::uint8_t>(bit(x, 0) | bit(y, 1) | bit(a, 2) | bit(b, 3) | bit(right_shoulder, 6) |
                                      (state.right_trigger > trigger_pressed_above) << 7);
    to[1] = static_cast<std::uint8_t>(bit(back, 0) | bit(start, 1) | bit(right_stick, 2) | bit(left_stick, 3) |
                                      bit(guide, 4) | bit(share, 5));
    to[2] = static_cast<std::uint8_t>(bit(down, 0) | bit(up, 1) | bit(right, 2) | bit(left, 3) | bit(left_shoulder, 6) |
                                      (state.left_trigger > trigger_pressed_above) << 7);
  }

  std::size_t usb_answer(std::uint8_t asked, hid::Report to) const {
    std::fill(to.begin(), to.end(), std::uint8_t{0});
    to[0] = report_usb;
    to[1] = asked;
    switch (asked) {
      case usb_status:
        to[3] = type_pro;
        std::copy(address_.rbegin(), address_.rend(), &to[4]);
        return hid::report_bytes;
      case usb_handshake:
      case usb_baud_rate:
        return hid::report_bytes;
      default:
        return 0;  // whether commands time out is answered by nothing
    }
  }

  bool command(std::uint8_t asked, std::span<const std::uint8_t> data, const PadState& state, PadDemand& demand,
               hid::Report to, std::size_t& answer_bytes) {
    head(report_reply, state, to);
    to[reply_acknowledged] = acknowledged;
    to[reply_command] = asked;
    std::uint8_t* const says = &to[reply_data];
    switch (asked) {
      case command_device_info:
        to[reply_acknowledged] = acknowledged | command_device_info;
        says[0] = 4;  // firmware 4.33
        says[1] = 33;
        says[2] = type_pro;
        says[3] = 2;
        std::copy(address_.begin(), address_.end(), says + 4);
        says[10] = says[11] = 1;
        break;
      case command_read_flash: {
        if (data.size() < 5 || data[4] > max_flash_read) { return false; }
        to[reply_acknowledged] = acknowledged | command_read_flash;
        std::copy_n(data.begin(), 5, says);
        const std::uint32_t address = load_u32_le(data.data());
        for (std::uint32_t i = 0; i < data[4]; ++i) { says[5 + i] = flash_.read(address + i); }
        break;
      }
      case command_motion:
        if (data.empty()) { return false; }
        demand.motion = data[0] != 0;
        break;
      default:
        break;  // lights, modes: there is nothing to do but to say that it is done
    }
    answer_bytes = hid::report_bytes;
    return true;
  }

  std::array<std::uint8_t, 6> address_;
  std::uint8_t counter_ = 0;
  Flash flash_;
};

}  // namespace

std::unique_ptr<HidPad> make_switch_pro(const PadPlace& place) {
  return std::make_unique<SwitchPro>(place);
}

}  // namespace punktfunk
