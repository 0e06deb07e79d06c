// What is told to people about input that a client sends and this host does nothing with.
#pragma once

#include "contract/problems.h"
#include "engine/input/input.h"

namespace punktfunk {

// Of an event that inject() or the parser did not take: what is dropped has a name, one for each kind of input.
Failure ignored_input(const InputEvent& event, Injected why);

}  // namespace punktfunk
