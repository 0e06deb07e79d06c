// What this engine can do on this machine, found by trying: in a process of its own, since a library may end it.
#pragma once

#include <string>

#include "contract/messages.h"

namespace punktfunk {

[[nodiscard]] contract::Capabilities capabilities(const std::string& module_dir);

}  // namespace punktfunk
