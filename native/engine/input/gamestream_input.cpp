// Input packets as GameStream clients send them (docs/gamestream.md, 9): u32 BE size, u32 LE magic, body. Mouse values
// are big-endian, all else little-endian.
#include <cmath>
#include <cstring>

#include "core/packet/bytes.h"
#include "engine/input/input.h"
#include "engine/input/utf8.h"

namespace punktfunk {
namespace {

constexpr std::size_t header_bytes = 8;
constexpr unsigned max_pads = 16;
constexpr std::uint8_t last_touch_event = 7;  // 9.6: cancel all
constexpr std::uint8_t last_button = 5;       // 9.4: X2

enum Magic : std::uint32_t {
  magic_key_down = 0x03,
  magic_key_up = 0x04,
  magic_mouse_absolute = 0x05,
  magic_mouse_relative = 0x07,
  magic_button_down = 0x08,
  magic_button_up = 0x09,
  magic_scroll = 0x0A,
  magic_pad_state = 0x0C,
  magic_haptics_enable = 0x0D,
  magic_text = 0x17,
  magic_horizontal_scroll = 0x55000001,
  magic_touch = 0x55000002,
  magic_pen = 0x55000003,
  magic_pad_arrival = 0x55000004,
  magic_pad_touchpad = 0x55000005,
  magic_pad_motion = 0x55000006,
  magic_pad_battery = 0x55000007,
};

// Body size of each fixed-size packet; 0 for text, which is as long as its code point; negative for unknown magics.
int body_bytes(std::uint32_t magic) {
  switch (magic) {
    case magic_key_down:
    case magic_key_up:
      return 6;
    case magic_mouse_absolute:
      return 10;
    case magic_mouse_relative:
      return 4;
    case magic_button_down:
    case magic_button_up:
      return 1;
    case magic_scroll:
      return 6;
    case magic_pad_state:
      return 26;
    case magic_haptics_enable:
      return 2;
    case magic_text:
      return 0;
    case magic_horizontal_scroll:
      return 2;
    case magic_touch:
    case magic_pen:
      return 28;
    case magic_pad_arrival:
      return 8;
    case magic_pad_touchpad:
      return 20;
    case magic_pad_motion:
      return 16;
    case magic_pad_battery:
      return 4;
    default:
      return -1;
  }
}

std::int16_t i16be(const std::uint8_t* p) {
  return static_cast<std::int16_t>(load_u16_be(p));
}
std::int16_t i16le(const std::uint8_t* p) {
  return static_cast<std::int16_t>(load_u16_le(p));
}
float f32le(const std::uint8_t* p) {
  const std::uint32_t bits = load_u32_le(p);
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

template <typename... Floats>
bool all_finite(Floats... values) {
  return (std::isfinite(values) && ...);
}

Status parse_mouse_absolute(const std::uint8_t* b, InputEvent& e) {
  const int last_x = i16be(b + 6), last_y = i16be(b + 8);
  if (last_x <= 0 || last_y <= 0) {
    return Status::malformed;  // a position in nothing (9.4: zero reference is ignored)
  }
  e.x = i16be(b);
  e.y = i16be(b + 2);
  e.reference_width = last_x + 1;
  e.reference_height = last_y + 1;
  return Status::ok;
}

Status parse_text(std::span<const std::uint8_t> body, InputEvent& e) {
  const Utf8CodePoint decoded = decode_utf8(body);
  if (decoded.bytes == 0 || decoded.bytes != body.size() || is_control(decoded.value)) { return Status::malformed; }
  e.text = decoded.value;
  return Status::ok;
}

Status parse_pad_state(const std::uint8_t* b, InputEvent& e) {
  const unsigned pad = load_u16_le(b + 2);
  if (pad >= max_pads) { return Status::malformed; }
  e.pad = static_cast<std::uint8_t>(pad);
  e.pad_mask = load_u16_le(b + 4);
  e.pad_buttons = load_u16_le(b + 8) | static_cast<std::uint32_t>(load_u16_le(b + 22)) << 16;
  e.left_trigger = b[10];
  e.right_trigger = b[11];
  e.left_x = i16le(b + 12);
  e.left_y = i16le(b + 14);
  e.right_x = i16le(b + 16);
  e.right_y = i16le(b + 18);
  return Status::ok;
}

Status parse_touch(const std::uint8_t* b, InputEvent& e) {
  if (b[0] > last_touch_event) { return Status::unsupported; }
  e.touch_event = b[0];
  e.rotation = load_u16_le(b + 2);
  e.pointer_id = load_u32_le(b + 4);
  e.fx = f32le(b + 8);
  e.fy = f32le(b + 12);
  e.pressure = f32le(b + 16);
  e.contact_major = f32le(b + 20);
  e.contact_minor = f32le(b + 24);
  return all_finite(e.fx, e.fy, e.pressure, e.contact_major, e.contact_minor) ? Status::ok : Status::malformed;
}

Status parse_pen(const std::uint8_t* b, InputEvent& e) {
  if (b[0] > last_touch_event) { return Status::unsupported; }
  e.touch_event = b[0];
  e.pen_tool = b[1];
  e.pen_buttons = b[2];
  e.fx = f32le(b + 4);
  e.fy = f32le(b + 8);
  e.pressure = f32le(b + 12);
  e.rotation = load_u16_le(b + 16);
  e.pen_tilt = b[18];
  e.contact_major = f32le(b + 20);
  e.contact_minor = f32le(b + 24);
  return all_finite(e.fx, e.fy, e.pressure, e.contact_major, e.contact_minor) ? Status::ok : Status::malformed;
}

Status parse_touchpad(const std::uint8_t* b, InputEvent& e) {
  if (b[0] >= max_pads) { return Status::malformed; }
  if (b[1] > last_touch_event) { return Status::unsupported; }
  e.pad = b[0];
  e.touch_event = b[1];
  e.touchpad_index = b[3];
  e.pointer_id = load_u32_le(b + 4);
  e.fx = f32le(b + 8);
  e.fy = f32le(b + 12);
  e.pressure = f32le(b + 16);
  return all_finite(e.fx, e.fy, e.pressure) ? Status::ok : Status::malformed;
}

Status parse_motion(const std::uint8_t* b, InputEvent& e) {
  if (b[0] >= max_pads) { return Status::malformed; }
  if (b[1] != 1 && b[1] != 2) { return Status::unsupported; }
  e.pad = b[0];
  e.motion_type = b[1];
  e.fx = f32le(b + 4);
  e.fy = f32le(b + 8);
  e.fz = f32le(b + 12);
  return all_finite(e.fx, e.fy, e.fz) ? Status::ok : Status::malformed;
}

Status parse_body(std::uint32_t magic, std::span<const std::uint8_t> body, InputEvent& e) {
  const std::uint8_t* b = body.data();
  switch (magic) {
    case magic_key_down:
    case magic_key_up:
      e.kind = InputKind::key;
      e.down = magic == magic_key_down;
      e.key_flags = b[0];
      e.code = b[1];  // the low byte is the Windows virtual key; the high byte is usually 0x80 and means nothing (9.2)
      e.modifiers = b[3];
      return Status::ok;
    case magic_mouse_absolute:
      e.kind = InputKind::mouse_absolute;
      return parse_mouse_absolute(b, e);
    case magic_mouse_relative:
      e.kind = InputKind::mouse_relative;
      e.x = i16be(b);
      e.y = i16be(b + 2);
      return Status::ok;
    case magic_button_down:
    case magic_button_up:
      e.kind = InputKind::mouse_button;
      e.down = magic == magic_button_down;
      e.code = b[0];
      return b[0] >= 1 && b[0] <= last_button ? Status::ok : Status::unsupported;
    case magic_scroll:
      e.kind = InputKind::scroll_vertical;
      e.y = i16be(b);
      return Status::ok;
    case magic_horizontal_scroll:
      e.kind = InputKind::scroll_horizontal;
      e.x = i16be(b);
      return Status::ok;
    case magic_text:
      e.kind = InputKind::text;
      return parse_text(body, e);
    case magic_haptics_enable:
      e.kind = InputKind::haptics_enable;
      e.down = load_u16_le(b) != 0;
      return Status::ok;
    case magic_touch:
      e.kind = InputKind::touch;
      return parse_touch(b, e);
    case magic_pen:
      e.kind = InputKind::pen;
      return parse_pen(b, e);
    case magic_pad_arrival:
      e.kind = InputKind::pad_arrival;
      e.pad = b[0];
      e.pad_type = b[1];
      e.pad_capabilities = load_u16_le(b + 2);
      e.pad_buttons = load_u32_le(b + 4);
      return b[0] < max_pads ? Status::ok : Status::malformed;
    case magic_pad_state:
      e.kind = InputKind::pad_state;
      return parse_pad_state(b, e);
    case magic_pad_touchpad:
      e.kind = InputKind::pad_touchpad;
      return parse_touchpad(b, e);
    case magic_pad_motion:
      e.kind = InputKind::pad_motion;
      return parse_motion(b, e);
    case magic_pad_battery:
      e.kind = InputKind::pad_battery;
      e.pad = b[0];
      e.battery_state = b[1];
      e.battery_percent = b[2];
      return b[0] < max_pads ? Status::ok : Status::malformed;
    default:
      return Status::unsupported;
  }
}

}  // namespace

Status parse_gamestream_input(std::span<const std::uint8_t> packet, InputEvent& event) noexcept {
  event = InputEvent{};
  if (packet.size() < header_bytes || load_u32_be(packet.data()) != packet.size() - 4) { return Status::malformed; }
  const std::uint32_t magic = load_u32_le(packet.data() + 4);
  const auto body = packet.subspan(header_bytes);
  const int expected = body_bytes(magic);
  event.magic = magic;
  if (expected < 0) {
    event.kind = InputKind::unknown;
    return Status::unsupported;
  }
  if (expected > 0 && body.size() != static_cast<std::size_t>(expected)) { return Status::malformed; }
  return parse_body(magic, body, event);
}

}  // namespace punktfunk
