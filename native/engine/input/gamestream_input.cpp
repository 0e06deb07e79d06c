// Input packets as GameStream clients send them (docs/gamestream.md, 9): u32 BE size, u32 LE magic, body. Mouse values
// are big-endian, all else little-endian.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <iterator>

#include "core/packet/bytes.h"
#include "engine/input/input.h"
#include "engine/input/utf8.h"

namespace punktfunk {
namespace {

constexpr std::size_t header_bytes = 8;
constexpr unsigned max_pads = 16;
constexpr std::uint8_t last_touch_event = 7;  // 9.6: cancel all
constexpr std::uint8_t last_button = 5;       // 9.4: X2

constexpr std::uint32_t magic_key_down = 0x03, magic_button_down = 0x08;

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

using Body = std::span<const std::uint8_t>;

Status parse_key(Body b, InputEvent& e) {
  e.down = e.magic == magic_key_down;
  e.key_flags = b[0];
  e.code = b[1];  // the low byte is the Windows virtual key; the high byte is usually 0x80 and means nothing (9.2)
  e.modifiers = b[3];
  return Status::ok;
}

Status parse_mouse_absolute(Body body, InputEvent& e) {
  const std::uint8_t* b = body.data();
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

Status parse_mouse_relative(Body b, InputEvent& e) {
  e.x = i16be(b.data());
  e.y = i16be(b.data() + 2);
  return Status::ok;
}

Status parse_button(Body b, InputEvent& e) {
  e.down = e.magic == magic_button_down;
  e.code = b[0];
  return b[0] >= 1 && b[0] <= last_button ? Status::ok : Status::unsupported;
}

Status parse_scroll_vertical(Body b, InputEvent& e) {
  e.y = i16be(b.data());
  return Status::ok;
}

Status parse_scroll_horizontal(Body b, InputEvent& e) {
  e.x = i16be(b.data());
  return Status::ok;
}

Status parse_haptics(Body b, InputEvent& e) {
  e.down = load_u16_le(b.data()) != 0;
  return Status::ok;
}

Status parse_text(Body body, InputEvent& e) {
  const Utf8CodePoint decoded = decode_utf8(body);
  if (decoded.bytes == 0 || decoded.bytes != body.size() || is_control(decoded.value)) { return Status::malformed; }
  e.text = decoded.value;
  return Status::ok;
}

Status parse_pad_state(Body body, InputEvent& e) {
  const std::uint8_t* b = body.data();
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

Status parse_touch(Body body, InputEvent& e) {
  const std::uint8_t* b = body.data();
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

Status parse_pen(Body body, InputEvent& e) {
  const std::uint8_t* b = body.data();
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

Status parse_touchpad(Body body, InputEvent& e) {
  const std::uint8_t* b = body.data();
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

Status parse_motion(Body body, InputEvent& e) {
  const std::uint8_t* b = body.data();
  if (b[0] >= max_pads) { return Status::malformed; }
  if (b[1] != 1 && b[1] != 2) { return Status::unsupported; }
  e.pad = b[0];
  e.motion_type = b[1];
  e.fx = f32le(b + 4);
  e.fy = f32le(b + 8);
  e.fz = f32le(b + 12);
  return all_finite(e.fx, e.fy, e.fz) ? Status::ok : Status::malformed;
}

Status parse_arrival(Body b, InputEvent& e) {
  e.pad = b[0];
  e.pad_type = b[1];
  e.pad_capabilities = load_u16_le(&b[2]);
  e.pad_buttons = load_u32_le(&b[4]);
  return b[0] < max_pads ? Status::ok : Status::malformed;
}

Status parse_battery(Body b, InputEvent& e) {
  e.pad = b[0];
  e.battery_state = b[1];
  e.battery_percent = b[2];
  return b[0] < max_pads ? Status::ok : Status::malformed;
}

struct Packet {
  std::uint32_t magic;
  InputKind kind;
  std::size_t body_bytes;  // 0: as long as its code point
  Status (*parse)(Body body, InputEvent& e);
};
constexpr Packet packets[] = {
    {magic_key_down, InputKind::key, 6, parse_key},
    {0x04, InputKind::key, 6, parse_key},
    {0x05, InputKind::mouse_absolute, 10, parse_mouse_absolute},
    {0x07, InputKind::mouse_relative, 4, parse_mouse_relative},
    {magic_button_down, InputKind::mouse_button, 1, parse_button},
    {0x09, InputKind::mouse_button, 1, parse_button},
    {0x0A, InputKind::scroll_vertical, 6, parse_scroll_vertical},
    {0x0C, InputKind::pad_state, 26, parse_pad_state},
    {0x0D, InputKind::haptics_enable, 2, parse_haptics},
    {0x17, InputKind::text, 0, parse_text},
    {0x55000001, InputKind::scroll_horizontal, 2, parse_scroll_horizontal},
    {0x55000002, InputKind::touch, 28, parse_touch},
    {0x55000003, InputKind::pen, 28, parse_pen},
    {0x55000004, InputKind::pad_arrival, 8, parse_arrival},
    {0x55000005, InputKind::pad_touchpad, 20, parse_touchpad},
    {0x55000006, InputKind::pad_motion, 16, parse_motion},
    {0x55000007, InputKind::pad_battery, 4, parse_battery},
};

}  // namespace

Status parse_gamestream_input(std::span<const std::uint8_t> packet, InputEvent& event) noexcept {
  event = InputEvent{};
  if (packet.size() < header_bytes || load_u32_be(packet.data()) != packet.size() - 4) { return Status::malformed; }
  event.magic = load_u32_le(packet.data() + 4);
  const Body body = packet.subspan(header_bytes);
  const Packet* known =
      std::find_if(std::begin(packets), std::end(packets), [&](const Packet& one) { return one.magic == event.magic; });
  if (known == std::end(packets)) {
    event.kind = InputKind::unknown;
    return Status::unsupported;
  }
  if (known->body_bytes != 0 && body.size() != known->body_bytes) { return Status::malformed; }
  event.kind = known->kind;
  return known->parse(body, event);
}

}  // namespace punktfunk
