// What is told to people about input that a client sends and this host does nothing with.
#pragma once

#include <string>

#include "engine/input/input.h"

namespace punktfunk {

struct InputNotice {
  std::string code;      // stable, one for each kind of input: said once a stream
  std::string sentence;  // for people
};

// Of an event that inject() or the parser did not take. Never empty: what is dropped has a name.
InputNotice notice_of_ignored(const InputEvent& event, Injected why);

}  // namespace punktfunk
