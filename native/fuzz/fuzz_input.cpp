// GameStream input packets (docs/gamestream.md, 9): whatever the bytes, the parser stays inside them, and what it
// accepts keeps its promises.
#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "engine/input/input.h"
#include "engine/input/utf8.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  punktfunk::InputEvent event;
  if (punktfunk::parse_gamestream_input({data, size}, event) != punktfunk::Status::ok) { return 0; }
  const float floats[] = {event.fx, event.fy, event.fz, event.pressure, event.contact_major, event.contact_minor};
  for (float value : floats) {
    if (!std::isfinite(value)) { std::abort(); }
  }
  using punktfunk::InputKind;
  if (event.kind == InputKind::text && punktfunk::is_control(event.text)) { std::abort(); }
  if (event.kind == InputKind::mouse_absolute && (event.reference_width < 2 || event.reference_height < 2)) {
    std::abort();
  }
  if (event.kind == InputKind::mouse_button && (event.code < 1 || event.code > 5)) { std::abort(); }
  if (event.pad > 15) { std::abort(); }
  return 0;
}
