// What the HID pads report, answer and understand, held against what their drivers do with it: the offsets and formulas
// of the kernel's hid-playstation and hid-nintendo.
#include "engine/pads/hid_pad.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

using namespace punktfunk;

namespace {

constexpr PadPlace place = {.seat = "1a2b3c4d", .pad = 5};
using Bytes = std::array<std::uint8_t, hid::report_bytes>;

std::int16_t i16(const std::uint8_t* from) {
  return static_cast<std::int16_t>(load_u16_le(from));
}

Bytes report(HidPad& pad, const PadState& state, std::uint64_t now_ns = 0) {
  Bytes bytes;
  bytes.fill(0xEE);
  pad.report(state, now_ns, bytes);
  return bytes;
}

std::vector<std::uint8_t> feature(HidPad& pad, std::uint8_t number) {
  Bytes bytes{};
  const std::size_t size = pad.feature(number, bytes);
  return {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)};
}

struct Taken {
  bool understood = false;
  PadDemand demand;
  std::vector<std::uint8_t> answer;
};
Taken take(HidPad& pad, const std::vector<std::uint8_t>& output, const PadState& state = {}) {
  Taken taken;
  Bytes answer{};
  std::size_t bytes = 0;
  taken.understood = pad.take(output, state, taken.demand, answer, bytes);
  taken.answer.assign(answer.begin(), answer.begin() + static_cast<std::ptrdiff_t>(bytes));
  return taken;
}

PadState busy_state() {
  PadState state;
  state.buttons = pad_button::a | pad_button::y | pad_button::up | pad_button::right | pad_button::left_shoulder |
                  pad_button::start | pad_button::right_stick | pad_button::guide | pad_button::touchpad |
                  pad_button::share;
  state.left_trigger = 255;
  state.right_trigger = 0;
  state.left_x = 32767;
  state.left_y = 32767;
  state.right_x = -32768;
  state.right_y = -32768;
  state.rotation_deg_s = {90, -180, 2000};
  state.acceleration_m_s2 = {9.80665f, -9.80665f, 0};
  state.touches[1] = {.down = true, .contact = 3, .x = 1, .y = 0.5f};
  state.battery = PadBattery::discharging;
  state.battery_percent = 45;
  return state;
}

// As the driver does it: from a count to its own unit.
struct Calibrated {
  std::array<double, 3> rotation, acceleration;
};
Calibrated calibrate(const std::vector<std::uint8_t>& calibration, const std::uint8_t* gyro,
                     const std::uint8_t* accel) {
  Calibrated result{};
  const int speed_2x = i16(&calibration[19]) + i16(&calibration[21]);
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const int bias = i16(&calibration[1 + axis * 2]);
    const int plus = i16(&calibration[7 + axis * 4]), minus = i16(&calibration[9 + axis * 4]);
    const int denominator = std::abs(plus - bias) + std::abs(minus - bias);
    REQUIRE(denominator != 0);
    result.rotation[axis] = double(speed_2x) * 1024 * i16(gyro + axis * 2) / denominator / 1024;
    const int acc_plus = i16(&calibration[23 + axis * 4]), acc_minus = i16(&calibration[25 + axis * 4]);
    const int range_2g = acc_plus - acc_minus;
    REQUIRE(range_2g != 0);
    result.acceleration[axis] = 2.0 * (i16(accel + axis * 2) - (acc_plus - range_2g / 2)) / range_2g;
  }
  return result;
}

void check_motion(const Calibrated& motion) {
  CHECK(motion.rotation[0] == doctest::Approx(90));
  CHECK(motion.rotation[1] == doctest::Approx(-180));
  CHECK(motion.rotation[2] == doctest::Approx(2000));
  CHECK(motion.acceleration[0] == doctest::Approx(1));
  CHECK(motion.acceleration[1] == doctest::Approx(-1));
  CHECK(motion.acceleration[2] == doctest::Approx(0));
}

struct Point {
  bool down;
  unsigned x, y;
};
Point point(const std::uint8_t* from) {
  return {(from[0] & 0x80) == 0, from[1] | (from[2] & 0x0Fu) << 8, from[2] >> 4 | static_cast<unsigned>(from[3]) << 4};
}

}  // namespace

TEST_CASE("a DualSense at rest and in full use") {
  const auto pad = make_dualsense(place);
  const Bytes rest = report(*pad, {});
  CHECK(rest[0] == 1);
  for (const std::size_t stick : {1, 2, 3, 4}) { CHECK(rest[stick] == 0x80); }
  CHECK(rest[8] == 8);
  CHECK(rest[9] == 0);
  CHECK(rest[10] == 0);
  CHECK_FALSE(point(&rest[33]).down);
  CHECK_FALSE(point(&rest[37]).down);
  CHECK(rest[53] == 0x2A);  // full

  const Bytes busy = report(*pad, busy_state(), 3'000'000);
  CHECK(busy[1] == 255);
  CHECK(busy[2] == 0);
  CHECK(busy[3] == 0);
  CHECK(busy[4] == 255);
  CHECK(busy[5] == 255);
  CHECK(busy[6] == 0);
  CHECK(busy[7] == rest[7] + 1);
  CHECK(busy[8] == (1 | 0x20 | 0x80));            // up and right, cross, triangle
  CHECK(busy[9] == (0x01 | 0x04 | 0x20 | 0x80));  // L1, L2, options, R3
  CHECK(busy[10] == (0x01 | 0x02 | 0x04));        // PS, touchpad, microphone
  CHECK(load_u32_le(&busy[28]) == 9000);          // thirds of a microsecond
  CHECK_FALSE(point(&busy[33]).down);
  CHECK(point(&busy[37]).down);
  CHECK(point(&busy[37]).x == 1919);
  CHECK(point(&busy[37]).y == 539);
  CHECK(busy[53] == 4);
  check_motion(calibrate(feature(*pad, 0x05), &busy[16], &busy[22]));
}

TEST_CASE("a DualSense answers what drivers ask, with lengths that they want") {
  const auto pad = make_dualsense(place);
  CHECK(feature(*pad, 0x05).size() == 41);
  const auto pairing = feature(*pad, 0x09);
  REQUIRE(pairing.size() == 20);
  CHECK(std::vector(pairing.begin() + 1, pairing.begin() + 7) ==
        std::vector<std::uint8_t>{0x05, 0x4D, 0x3C, 0x2B, 0x1A, 0x02});
  const auto firmware = feature(*pad, 0x20);
  REQUIRE(firmware.size() == 64);
  CHECK(load_u16_le(&firmware[44]) >= 0x0215);  // the second way of rumbling
  CHECK(feature(*pad, 0x77).empty());
}

TEST_CASE("what programs tell a DualSense: motors, light, triggers, each only when it is meant") {
  const auto pad = make_dualsense(place);
  std::vector<std::uint8_t> output(63);
  output[0] = 2;
  output[1] = 0x02;
  output[39] = 0x04;
  output[3] = 0x20;  // right
  output[4] = 0xFF;  // left
  Taken taken = take(*pad, output);
  CHECK(taken.understood);
  CHECK(taken.demand.rumble == Rumble{.low = 0xFFFF, .high = 0x2020});
  CHECK_FALSE(taken.demand.light);
  CHECK_FALSE(taken.demand.left_trigger);

  std::vector<std::uint8_t> light(48);
  light[0] = 2;
  light[2] = 0x04;
  light[45] = 1;
  light[46] = 2;
  light[47] = 3;
  taken = take(*pad, light);
  CHECK(taken.demand.light == PadLight{.red = 1, .green = 2, .blue = 3});
  CHECK_FALSE(taken.demand.rumble);

  std::vector<std::uint8_t> triggers(48);
  triggers[0] = 2;
  triggers[1] = 0x08;
  triggers[22] = 0x21;
  triggers[32] = 9;
  taken = take(*pad, triggers);
  CHECK(taken.demand.left_trigger == TriggerEffect{.mode = 0x21, .parameters = {0, 0, 0, 0, 0, 0, 0, 0, 0, 9}});
  CHECK_FALSE(taken.demand.right_trigger);

  std::vector<std::uint8_t> nothing(48);
  nothing[0] = 2;
  CHECK(take(*pad, nothing).demand.rumble == Rumble{});

  CHECK_FALSE(take(*pad, {}).understood);
  CHECK_FALSE(take(*pad, std::vector<std::uint8_t>(47, 2)).understood);
  CHECK_FALSE(take(*pad, std::vector<std::uint8_t>(4096, 3)).understood);
}

TEST_CASE("a DualShock 4 at rest and in full use") {
  const auto pad = make_dualshock4(place);
  const Bytes rest = report(*pad, {});
  CHECK(rest[0] == 1);
  CHECK(rest[5] == 8);
  CHECK(rest[30] == (0x10 | 11));  // at the cable, full
  CHECK(rest[33] == 1);
  CHECK_FALSE(point(&rest[35]).down);

  const Bytes busy = report(*pad, busy_state(), 16'000'000);
  CHECK(busy[1] == 255);
  CHECK(busy[2] == 0);
  CHECK(busy[5] == (1 | 0x20 | 0x80));
  CHECK(busy[6] == (0x01 | 0x04 | 0x20 | 0x80));
  CHECK((busy[7] & 3) == 3);
  CHECK((busy[7] >> 2) == (rest[7] >> 2) + 1);
  CHECK(busy[8] == 255);
  CHECK(busy[9] == 0);
  CHECK(load_u16_le(&busy[10]) == 3000);  // 16/3 of a microsecond
  CHECK(busy[30] == 4);
  CHECK(point(&busy[39]).down);
  CHECK(point(&busy[39]).x == 1919);
  CHECK(point(&busy[39]).y == 470);
  check_motion(calibrate(feature(*pad, 0x02), &busy[13], &busy[19]));

  CHECK(feature(*pad, 0x02).size() == 37);
  CHECK(feature(*pad, 0x12).size() == 16);
  CHECK(feature(*pad, 0x12)[1] == 5);
  CHECK(feature(*pad, 0xA3).size() == 49);
  CHECK(feature(*pad, 0x03).empty());
}

TEST_CASE("what programs tell a DualShock 4") {
  const auto pad = make_dualshock4(place);
  std::vector<std::uint8_t> output(32);
  output[0] = 5;
  output[1] = 0x03;
  output[4] = 0x10;
  output[5] = 0x80;
  output[6] = 10;
  output[7] = 20;
  output[8] = 30;
  const Taken taken = take(*pad, output);
  CHECK(taken.demand.rumble == Rumble{.low = 0x8080, .high = 0x1010});
  CHECK(taken.demand.light == PadLight{.red = 10, .green = 20, .blue = 30});
  CHECK_FALSE(take(*pad, std::vector<std::uint8_t>(31, 5)).understood);
  CHECK_FALSE(take(*pad, std::vector<std::uint8_t>(32, 2)).understood);
}

namespace {

// Twelve bits at a place, as the driver extracts them.
int twelve(const std::uint8_t* from, bool second) {
  return second ? from[1] >> 4 | from[2] << 4 : from[0] | (from[1] & 0x0F) << 8;
}

std::vector<std::uint8_t> command(std::uint8_t number, std::vector<std::uint8_t> data = {}) {
  std::vector<std::uint8_t> output = {1, 0, 0, 1, 0x40, 0x40, 0, 1, 0x40, 0x40, number};
  output.insert(output.end(), data.begin(), data.end());
  return output;
}
std::vector<std::uint8_t> flash(HidPad& pad, std::uint32_t address, std::uint8_t bytes) {
  const auto low = static_cast<std::uint8_t>(address), high = static_cast<std::uint8_t>(address >> 8);
  const Taken taken = take(pad, command(0x10, {low, high, 0, 0, bytes}));
  REQUIRE(taken.answer.size() == 64);
  CHECK(taken.answer[0] == 0x21);
  CHECK(taken.answer[13] == 0x90);
  CHECK(taken.answer[14] == 0x10);
  CHECK(taken.answer[15] == low);
  CHECK(taken.answer[19] == bytes);
  return {taken.answer.begin() + 20, taken.answer.begin() + 20 + bytes};
}

}  // namespace

TEST_CASE("a Switch Pro Controller at rest and in full use") {
  const auto pad = make_switch_pro(place);
  const Bytes rest = report(*pad, {});
  CHECK(rest[0] == 0x30);
  CHECK(rest[2] == 0x81);  // full, powered
  CHECK(rest[12] != 0);    // or the driver sends no rumble
  for (const bool second : {false, true}) {
    CHECK(twelve(&rest[6], second) == 2048);
    CHECK(twelve(&rest[9], second) == 2048);
  }
  CHECK(i16(&rest[17]) == 4096);  // z: one g upwards

  PadState state = busy_state();
  state.acceleration_m_s2 = {};
  const Bytes busy = report(*pad, state);
  CHECK(busy[1] == rest[1] + 1);
  CHECK(busy[2] == 0x41);                         // 45 percent
  CHECK(busy[3] == (0x02 | 0x04));                // X above, B below: by their place
  CHECK(busy[4] == (0x02 | 0x04 | 0x10 | 0x20));  // plus, right stick, home, capture
  CHECK(busy[5] == (0x02 | 0x04 | 0x40 | 0x80));  // up, right, L, ZL
  CHECK(twelve(&busy[6], false) == 4095);
  CHECK(twelve(&busy[6], true) == 4095);
  CHECK(twelve(&busy[9], false) == 1);
  CHECK(twelve(&busy[9], true) == 1);
  for (std::size_t sample = 0; sample < 3; ++sample) {
    const std::uint8_t* const gyro = &busy[19 + sample * 12];
    CHECK(i16(gyro) == -28571);
    CHECK(i16(gyro + 2) == -1286);
    CHECK(i16(gyro + 4) == -2571);
  }
}

TEST_CASE("a Switch Pro Controller shakes hands, tells what it is, and lets its memory be read") {
  const auto pad = make_switch_pro(place);
  for (const std::uint8_t asked : {0x01, 0x02, 0x03}) {
    const Taken taken = take(*pad, {0x80, asked});
    REQUIRE(taken.answer.size() == 64);
    CHECK(taken.answer[0] == 0x81);
    CHECK(taken.answer[1] == asked);
  }
  CHECK(take(*pad, {0x80, 0x04}).understood);
  CHECK(take(*pad, {0x80, 0x04}).answer.empty());

  const Taken info = take(*pad, command(0x02));
  CHECK(info.answer[0] == 0x21);
  CHECK(info.answer[13] == 0x82);
  CHECK(info.answer[14] == 0x02);
  CHECK(info.answer[17] == 3);  // a Pro Controller
  CHECK(info.answer[19] == 0x02);
  CHECK(info.answer[24] == 5);

  CHECK(flash(*pad, 0x8010, 2) == std::vector<std::uint8_t>{0xFF, 0xFF});  // nobody has calibrated it
  const auto left = flash(*pad, 0x603D, 9), right = flash(*pad, 0x6046, 9);
  CHECK(twelve(&left[0], false) == 2047);
  CHECK(twelve(&left[3], true) == 2048);
  CHECK(twelve(&left[6], false) == 2047);
  CHECK(twelve(&right[0], false) == 2048);
  CHECK(twelve(&right[3], true) == 2047);
  CHECK(twelve(&right[6], true) == 2047);
  const auto motion = flash(*pad, 0x6020, 24);
  CHECK(i16(&motion[0]) == 0);
  CHECK(i16(&motion[6]) == 0x4000);
  CHECK(i16(&motion[18]) == 13371);
  CHECK(flash(*pad, 0xFFFFFFF0, 0x1D) == std::vector<std::uint8_t>(0x1D, 0xFF));

  CHECK(take(*pad, command(0x40, {1})).demand.motion == true);
  CHECK(take(*pad, command(0x40, {0})).demand.motion == false);
  CHECK(take(*pad, command(0x30, {1})).answer[13] == 0x80);

  CHECK_FALSE(take(*pad, {}).understood);
  CHECK_FALSE(take(*pad, {0x80}).understood);
  CHECK_FALSE(take(*pad, {0x10, 0, 0, 0, 0, 0, 0, 0, 0}).understood);
  CHECK_FALSE(take(*pad, {1, 0, 0, 0, 0, 0, 0, 0, 0, 0}).understood);
  CHECK_FALSE(take(*pad, command(0x10, {0x20, 0x60, 0, 0})).understood);
  CHECK_FALSE(take(*pad, command(0x10, {0x20, 0x60, 0, 0, 0x1E})).understood);
  CHECK_FALSE(take(*pad, command(0x40)).understood);
}

TEST_CASE("a Switch Pro Controller's actuators are motors: as the kernel tells them, and as SDL does") {
  const auto pad = make_switch_pro(place);
  const auto near = [](std::uint16_t value, double wanted) { return std::abs(value - wanted * 65535) < 65535 * 0.01; };
  // drivers/hid/hid-nintendo.c: 320 Hz and 160 Hz; amplitude 1003 and 0 of 1003.
  const std::vector<std::uint8_t> left_full = {0x10, 0, 0x00, 0x01 + 0xC8, 0x40, 0x72, 0x00, 0x01, 0x40, 0x40};
  Rumble rumble = *take(*pad, left_full).demand.rumble;
  CHECK(near(rumble.low, 1));
  CHECK(rumble.high == 0);
  // Amplitudes 230, 117 and 47 of 1000: a step of each slope.
  const std::vector<std::uint8_t> both = {0x10, 0, 0x00, 0x40, 0x40, 0x50, 0x00, 0x20, 0x40, 0x48};
  rumble = *take(*pad, both).demand.rumble;
  CHECK(near(rumble.low, 0.230));
  CHECK(near(rumble.high, 0.117));
  // The same to both: high and low of each.
  const std::vector<std::uint8_t> same = {0x10, 0, 0x00, 0x14, 0x40, 0x50, 0x00, 0x14, 0x40, 0x50};
  rumble = *take(*pad, same).demand.rumble;
  CHECK(near(rumble.low, 0.230));
  CHECK(near(rumble.high, 0.047));
  // A step that is odd has its last bit beside the frequency.
  const std::vector<std::uint8_t> odd = {0x10, 0, 0x00, 0x00, 0xC0, 0x47, 0x00, 0x00, 0xC0, 0x47};
  CHECK(near(take(*pad, odd).demand.rumble->low, 0.112));
  const std::vector<std::uint8_t> rest = {0x10, 0, 0x00, 0x01, 0x40, 0x40, 0x00, 0x01, 0x40, 0x40};
  CHECK(take(*pad, rest).demand.rumble == Rumble{});
}

TEST_CASE("a pad's address is its own: another one for each pad and seat, and never a vendor's") {
  CHECK(pad_address({.seat = "1a2b3c4d", .pad = 0}) == std::array<std::uint8_t, 6>{2, 0x1A, 0x2B, 0x3C, 0x4D, 0});
  CHECK(pad_address({.seat = "1a2b3c4d", .pad = 15}) != pad_address({.seat = "1a2b3c4d", .pad = 0}));
  CHECK(pad_address({.seat = "1a2b3c4e", .pad = 0}) != pad_address({.seat = "1a2b3c4d", .pad = 0}));
  CHECK(pad_path({.seat = "1a2b3c4d", .pad = 15}) == "punktfunk/1a2b3c4d/pad15");
}
