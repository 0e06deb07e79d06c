// The gamepads of one client: what it says of them becomes devices of the kernel, and what programs want of those goes
// back to it.
//
// Shapes: typed events in (engine/input/input.h), feedback out; protocols are no matter here. Thread: the control
// thread alone. Ownership: owns the devices; they go with it, or with the engine. The number and kind of each pad stays
// in the checkpoint, of which the engine that follows makes the same ones.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "engine/checkpoint.h"
#include "engine/input/input.h"
#include "engine/input/input_router.h"
#include "engine/pads/pad_device.h"

namespace punktfunk {

inline constexpr InputKinds pad_kinds = {InputKind::pad_arrival, InputKind::pad_state, InputKind::pad_touchpad,
                                         InputKind::pad_motion, InputKind::pad_battery};

// What a pad is made as.
enum class PadModel : std::uint8_t { xbox, dualsense, dualshock4, switch_pro };

// A pad as its client announced it. One that never was (old clients only send its state) is of an unknown type.
struct PadAnnouncement {
  PadType type = PadType::unknown;
  std::uint16_t abilities = 0;
  bool paddles = false;

  bool operator==(const PadAnnouncement&) const = default;
};

// The device that has most of what the client's pad has.
PadModel model_for(contract::Gamepad setting, const PadAnnouncement& announced);

using OpenPad = std::function<Result<std::unique_ptr<PadDevice>, NoDevice>(PadModel, const PadPlace&, bool paddles)>;
Result<std::unique_ptr<PadDevice>, NoDevice> open_pad(PadModel model, const PadPlace& place, bool paddles);

// Makes those again that the checkpoint names.
std::unique_ptr<InputBackend> open_pads(const contract::Pads& config, std::span<KeptPad, max_pads> kept,
                                        InputProblem problem, OpenPad open = open_pad);

}  // namespace punktfunk
