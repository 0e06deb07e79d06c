// A pad that is a HID device: what it says of itself, how it reports, what it answers. Pure but for its own counters;
// engine/pads/uhid_pad.cpp carries it to the kernel.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "engine/pads/hid_values.h"
#include "engine/pads/pad_device.h"

namespace punktfunk {

struct HidIdentity {
  const char* name = "";
  std::uint16_t vendor = 0, product = 0, version = 0;
  std::span<const std::uint8_t> descriptor;
};

class HidPad {
 public:
  virtual ~HidPad() = default;
  [[nodiscard]] virtual HidIdentity identity() const = 0;
  [[nodiscard]] virtual std::uint16_t abilities() const = 0;
  // How often it reports with nothing new. Reports get lost while a driver takes the device over.
  [[nodiscard]] virtual unsigned interval_ms() const = 0;
  // The report of a state, whole.
  virtual void report(const PadState& state, std::uint64_t now_ns, hid::Report to) = 0;
  // The bytes of a feature report, its number first; 0 = there is none.
  virtual std::size_t feature(std::uint8_t number, hid::Report to) = 0;
  // A report from a program, its number first. False: it is none of this pad's, or too short. `answer` is filled, and
  // answer_bytes set, when the pad reports back at once.
  virtual bool take(std::span<const std::uint8_t> output, const PadState& state, PadDemand& demand, hid::Report answer,
                    std::size_t& answer_bytes) = 0;
};

std::unique_ptr<HidPad> make_dualsense(const PadPlace& place);
std::unique_ptr<HidPad> make_dualshock4(const PadPlace& place);
std::unique_ptr<HidPad> make_switch_pro(const PadPlace& place);

}  // namespace punktfunk
