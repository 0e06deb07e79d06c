// What the relay is told while it runs, and answers.
#pragma once

#include <string_view>

#include "impair/relay.h"

namespace punktfunk::impair {

// Does what one line of standard input says, and answers with one line on standard output.
void obey(Relay& relay, std::string_view order);

}  // namespace punktfunk::impair
