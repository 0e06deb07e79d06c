// A link in words, as people write it and the relay is told: `loss=2% bursts=1% burst=20 delay=20ms rate=10mbit`. Words
// are parted by spaces or commas; `clean` says nothing, and neither does no word at all.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "impair/link.h"

namespace punktfunk {

// A sentence about the first word that is not understood.
Result<LinkConfig, std::string> parse_link(std::string_view words);

// The words that parse_link makes this link of.
std::string words_of(const LinkConfig& link);

}  // namespace punktfunk
