// Outcomes of the core. Functions return a Status instead of throwing: nothing may unwind across the C ABI.
#pragma once

#include <cstdint>

namespace punktfunk {

enum class [[nodiscard]] Status : std::int32_t {
  ok = 0,
  again = 1,              // nothing to deliver now
  invalid_argument = -1,  // a shape, size or pointer that can never be right
  buffer_too_small = -2,
  unrecoverable = -3,  // more was lost than the parity can repair
  malformed = -4,      // bytes from outside that do not parse
  not_authentic = -5,  // a tag that does not verify
  replayed = -6,       // a packet number seen before or too old
  exhausted = -7,      // a counter or a bound is used up
  wrong_state = -8,    // the call does not fit the object's life
  unsupported = -9,    // this machine or build lacks what is asked
  internal = -10,
};

// One sentence in English, never null, static storage.
const char* status_text(Status status) noexcept;

}  // namespace punktfunk
