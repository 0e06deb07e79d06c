// The kernel's doors for gamepads.
#pragma once

#include <memory>

#include "base/result.h"
#include "engine/pads/hid_pad.h"
#include "engine/pads/pad_device.h"

namespace punktfunk {

// An Xbox pad through /dev/uinput, as the kernel's xpad driver would have made it: Series X|S, or the Elite 2 for a
// client's pad with paddles.
Result<std::unique_ptr<PadDevice>, NoDevice> open_xbox_pad(const PadPlace& place, bool paddles);

// A HID device through /dev/uhid; the kernel's driver for it asks and answers from the first serve() on.
Result<std::unique_ptr<PadDevice>, NoDevice> open_hid_pad(const PadPlace& place, std::unique_ptr<HidPad> pad);

}  // namespace punktfunk
