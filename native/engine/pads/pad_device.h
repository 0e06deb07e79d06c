// A gamepad that the kernel shows to programs.
//
// Shapes: the client's state in, what programs want of the pad out. Thread: the control thread alone. Ownership: a
// device exists as long as its object; the kernel removes it with the descriptor, so also when the engine dies.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "engine/input/pad_feedback.h"
#include "engine/pads/pad_state.h"

namespace punktfunk {

// What a program did to a pad; pad numbers are not filled in.
struct PadDemand {
  std::optional<Rumble> rumble;
  std::optional<PadLight> light;
  std::optional<TriggerEffect> left_trigger, right_trigger;
  std::optional<bool> motion;  // whether somebody reads the sensors
};

// Why the kernel gives none.
struct NoDevice {
  std::string path;    // "/dev/uhid"
  std::string reason;  // strerror
};

class PadDevice {
 public:
  virtual ~PadDevice() = default;
  virtual void update(const PadState& state) = 0;
  // What the device takes of a pad (pad_ability): everything else of its client has no place here.
  [[nodiscard]] virtual std::uint16_t abilities() const = 0;
  // Readable: serve() answers what programs ask.
  [[nodiscard]] virtual int fd() const = 0;
  virtual void serve(PadDemand& demand) = 0;
  // When tick() wants to be called (CLOCK_MONOTONIC); 0 = never.
  [[nodiscard]] virtual std::uint64_t due_ns() const = 0;
  virtual void tick(std::uint64_t now_ns, PadDemand& demand) = 0;
};

// Where a pad is: told to programs as far as its device can.
struct PadPlace {
  std::string seat;  // the client, as 8 hexadecimal digits
  std::uint8_t pad = 0;
};

// "punktfunk/1a2b3c4d/pad0": as `phys`, by which udev rules and people tell seats apart.
std::string pad_path(const PadPlace& place);
// An address that belongs to no vendor and is the same whenever this client's pad comes back; as printed, first byte
// first. Drivers take two pads of one address for the same pad.
std::array<std::uint8_t, 6> pad_address(const PadPlace& place);

}  // namespace punktfunk
