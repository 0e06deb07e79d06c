// The same link by the kernel: a shell script of tc(8) for whoever has root and netem.
#pragma once

#include <string>

#include "impair/link.h"

namespace punktfunk {

// Puts the timeline on what leaves by the device, until it is interrupted; then takes it off again. What netem cannot
// do is said in comments. device: checked, see is_device_name().
std::string netem_script(const Timeline& timeline, const std::string& device);

// What Linux takes as the name of an interface, and a shell as one plain word.
bool is_device_name(const std::string& name);

}  // namespace punktfunk
