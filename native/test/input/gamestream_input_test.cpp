// The input parser against every input message that a real client was recorded sending, the bodies of
// docs/gamestream.md, Appendix A, and bytes that must be refused.
#include "engine/input/input.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

using namespace punktfunk;

namespace {

std::vector<std::uint8_t> from_hex(const std::string& hex) {
  std::vector<std::uint8_t> bytes;
  std::string digits;
  for (char c : hex) {
    if (c != ' ') { digits += c; }
  }
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    bytes.push_back(static_cast<std::uint8_t>(std::stoi(digits.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

// Header around a body: u32 BE size, u32 LE magic.
std::vector<std::uint8_t> packet(std::uint32_t magic, const std::string& body_hex) {
  const auto body = from_hex(body_hex);
  const auto size = static_cast<std::uint32_t>(body.size() + 4);
  std::vector<std::uint8_t> bytes;
  for (int shift = 24; shift >= 0; shift -= 8) { bytes.push_back(static_cast<std::uint8_t>(size >> shift)); }
  for (int shift = 0; shift < 32; shift += 8) { bytes.push_back(static_cast<std::uint8_t>(magic >> shift)); }
  bytes.insert(bytes.end(), body.begin(), body.end());
  return bytes;
}

InputEvent parsed(std::uint32_t magic, const std::string& body_hex) {
  InputEvent event;
  REQUIRE(parse_gamestream_input(packet(magic, body_hex), event) == Status::ok);
  return event;
}

Status status_of(std::uint32_t magic, const std::string& body_hex) {
  InputEvent event;
  return parse_gamestream_input(packet(magic, body_hex), event);
}

using Expected = std::map<std::string, double>;

// What the parameters of a recorded input should look like in an InputEvent; false when the field is not known here.
bool field(const std::string& kind, const std::string& name, const InputEvent& e, double& value) {
  const bool pad = kind.starts_with("controller");
  const std::map<std::string, double> fields = {
      {"virtualKey", e.code},
      {"modifiers", e.modifiers},
      {"flags", e.key_flags},
      {"codepoint", e.text},
      {"dx", e.x},
      {"dy", e.y},
      {"referenceWidth", e.reference_width},
      {"referenceHeight", e.reference_height},
      {"button", e.code},
      {"down", e.down},
      {"amount", kind == "scroll" ? e.y : e.x},
      {"pad", e.pad},
      {"mask", e.pad_mask},
      {"supportedButtons", e.pad_buttons},
      {"capabilities", e.pad_capabilities},
      {"buttons", pad ? e.pad_buttons : e.pen_buttons},
      {"leftTrigger", e.left_trigger},
      {"rightTrigger", e.right_trigger},
      {"leftX", e.left_x},
      {"leftY", e.left_y},
      {"rightX", e.right_x},
      {"rightY", e.right_y},
      {"event", e.touch_event},
      {"pointerId", e.pointer_id},
      {"pressureOrDistance", e.pressure},
      {"pressure", e.pressure},
      {"contactMajor", e.contact_major},
      {"contactMinor", e.contact_minor},
      {"rotation", e.rotation},
      {"tool", e.pen_tool},
      {"tilt", e.pen_tilt},
      {"touchpad", e.touchpad_index},
      {"state", e.battery_state},
      {"percent", e.battery_percent},
      {"type", kind == "controller_motion" ? e.motion_type : e.pad_type},
      {"z", e.fz},
      {"x", kind == "mouse_absolute" ? e.x : e.fx},
      {"y", kind == "mouse_absolute" ? e.y : e.fy},
  };
  const auto found = fields.find(name);
  if (found == fields.end()) { return false; }
  value = found->second;
  return true;
}

const std::map<std::string, InputKind> kinds = {
    {"haptics_enable", InputKind::haptics_enable},
    {"mouse_relative", InputKind::mouse_relative},
    {"mouse_absolute", InputKind::mouse_absolute},
    {"mouse_button_down", InputKind::mouse_button},
    {"mouse_button_up", InputKind::mouse_button},
    {"key_down", InputKind::key},
    {"key_up", InputKind::key},
    {"text", InputKind::text},
    {"scroll", InputKind::scroll_vertical},
    {"horizontal_scroll", InputKind::scroll_horizontal},
    {"touch", InputKind::touch},
    {"pen", InputKind::pen},
    {"controller_arrival", InputKind::pad_arrival},
    {"controller_state", InputKind::pad_state},
    {"controller_touch", InputKind::pad_touchpad},
    {"controller_motion", InputKind::pad_motion},
    {"controller_battery", InputKind::pad_battery},
};

}  // namespace

TEST_CASE("every recorded input message decodes to what the client was told to send") {
  std::ifstream file(PUNKTFUNK_TESTDATA "/control/input.txt");
  REQUIRE(file.is_open());
  int messages = 0, values = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) { continue; }
    CAPTURE(line);
    std::istringstream words(line);
    std::string hex, kind, pair;
    words >> hex >> kind;
    const auto bytes = from_hex(hex);
    InputEvent event;
    REQUIRE(parse_gamestream_input(bytes, event) == Status::ok);
    REQUIRE(kinds.count(kind) == 1);
    CHECK(event.kind == kinds.at(kind));
    if (kind.ends_with("_down")) { CHECK(event.down); }
    if (kind.ends_with("_up")) { CHECK_FALSE(event.down); }
    while (words >> pair) {
      const auto split = pair.find('=');
      const std::string name = pair.substr(0, split);
      // An arrival carries no mask (the state packet after it does).
      if (kind == "controller_arrival" && name == "mask") { continue; }
      double actual = 0;
      CAPTURE(name);
      REQUIRE(field(kind, name, event, actual));
      CHECK(actual == doctest::Approx(std::stod(pair.substr(split + 1))).epsilon(1e-6));
      ++values;
    }
    ++messages;

    // Cut or grown by a byte, the same packet is refused; a size field that lies too.
    InputEvent ignored;
    CHECK(parse_gamestream_input(std::span(bytes).first(bytes.size() - 1), ignored) == Status::malformed);
    auto longer = bytes;
    longer.push_back(0);
    CHECK(parse_gamestream_input(longer, ignored) == Status::malformed);
    longer[3] = static_cast<std::uint8_t>(longer[3] + 1);
    CHECK(parse_gamestream_input(longer, ignored) == Status::malformed);
  }
  CHECK(messages == 108);
  CHECK(values > 350);
}

TEST_CASE("bodies of appendix A") {
  CHECK(parsed(0x0D, "0100").down);
  const auto move = parsed(0x07, "0005 fff9");
  CHECK((move.x == 5 && move.y == -7));
  const auto position = parsed(0x05, "0064 0032 0000 04ff 02cf");
  CHECK(
      (position.x == 100 && position.y == 50 && position.reference_width == 1280 && position.reference_height == 720));
  CHECK(parsed(0x08, "01").code == 1);
  CHECK(parsed(0x0A, "0078 0078 0000").y == 120);
  CHECK(parsed(0x55000001, "ff88").x == -120);
  const auto key = parsed(0x03, "00 4180 00 0000");
  CHECK((key.down && key.code == 0x41 && key.modifiers == 0));
  CHECK(parsed(0x17, "c3a9").text == U'é');
  const auto arrival = parsed(0x55000004, "00 02 ffff ff010000");
  CHECK((arrival.pad == 0 && arrival.pad_type == 2 && arrival.pad_capabilities == 0xFFFF &&
         arrival.pad_buttons == 0x1FF));
  const auto pad = parsed(0x0C, "1a00 0000 0100 1400 0010 80 ff 0000 0000 0000 0000 9c00 2100 5500");
  CHECK((pad.pad_buttons == 0x211000 && pad.left_trigger == 128 && pad.right_trigger == 255 && pad.pad_mask == 1));
  const auto touch = parsed(0x55000002, "01 00 ffff 07000000 0000003f 0000803e 0000403f 00000000 00000000");
  CHECK((touch.touch_event == 1 && touch.pointer_id == 7 && touch.fx == 0.5f && touch.fy == 0.25f &&
         touch.pressure == 0.75f));
  const auto battery = parsed(0x55000007, "00 02 4d 00");
  CHECK((battery.battery_state == 2 && battery.battery_percent == 77));
}

TEST_CASE("what cannot be right is refused") {
  InputEvent event;
  CHECK(parse_gamestream_input({}, event) == Status::malformed);
  CHECK(parse_gamestream_input(from_hex("00000004"), event) == Status::malformed);
  CHECK(status_of(0x55000008, "00") == Status::unsupported);
  CHECK(status_of(0xFFFFFFFF, "") == Status::unsupported);
  CHECK(status_of(0x05, "0001 0001 0000 0000 02cf") == Status::malformed);  // zero reference
  CHECK(status_of(0x05, "0001 0001 0000 04ff ffff") == Status::malformed);  // negative reference
  CHECK(status_of(0x08, "00") == Status::unsupported);
  CHECK(status_of(0x08, "06") == Status::unsupported);
  CHECK(status_of(0x55000004, "10 02 ffff ff010000") == Status::malformed);  // pad 16
  CHECK(status_of(0x0C, "1a00 1000 0100 1400 0010 80 ff 0000 0000 0000 0000 9c00 2100 5500") == Status::malformed);
  const std::string not_finite[] = {"0000c07f", "0000807f", "000080ff"};
  for (const auto& value : not_finite) {
    CAPTURE(value);
    CHECK(status_of(0x55000002, "01 00 ffff 07000000" + value + "0000803e 0000403f 00000000 00000000") ==
          Status::malformed);
    CHECK(status_of(0x55000002, "01 00 ffff 07000000 00000000 0000803e 0000403f 00000000" + value) ==
          Status::malformed);
    CHECK(status_of(0x55000003, "01 01 00 00 00000000" + value + "00000000 ffff ff 00 00000000 00000000") ==
          Status::malformed);
    CHECK(status_of(0x55000005, "00 01 00 00 07000000 00000000 00000000" + value) == Status::malformed);
    CHECK(status_of(0x55000006, "00 01 0000 00000000 00000000" + value) == Status::malformed);
  }
  CHECK(status_of(0x55000002, "08 00 ffff 07000000 0000003f 0000803e 0000403f 00000000 00000000") ==
        Status::unsupported);
  CHECK(status_of(0x55000006, "00 03 0000 00000000 00000000 00000000") == Status::unsupported);
}

TEST_CASE("text is exactly one code point that can be typed") {
  CHECK(parsed(0x17, "61").text == U'a');
  CHECK(parsed(0x17, "f09f9880").text == U'😀');
  CHECK(parsed(0x17, "f48fbfbf").text == 0x10FFFF);
  const std::string refused[] = {
      "",         "00",       "0a",       "7f",   "c285",  // nothing, NUL, line feed, DEL, C1
      "80",       "c3",       "c3a961",   "6161",          // a tail alone, cut short, two code points
      "c0af",     "e080af",   "f08080af", "c1bf",          // overlong
      "eda080",   "edbfbf",                                // surrogates
      "f4908080", "f8888080", "ff",                        // above U+10FFFF
  };
  for (const auto& hex : refused) {
    CAPTURE(hex);
    CHECK(status_of(0x17, hex) == Status::malformed);
  }
}
