#include "core/status.h"

namespace punktfunk {

const char* status_text(Status status) noexcept {
  switch (status) {
    case Status::ok:
      return "ok";
    case Status::again:
      return "nothing to deliver now";
    case Status::invalid_argument:
      return "an argument has a shape or size that is never valid";
    case Status::buffer_too_small:
      return "the buffer given is too small for the result";
    case Status::unrecoverable:
      return "more shards were lost than the parity can repair";
    case Status::malformed:
      return "the bytes do not parse as this format";
    case Status::not_authentic:
      return "the authentication tag does not verify";
    case Status::replayed:
      return "the packet number was seen before or is too old";
    case Status::exhausted:
      return "a counter or a bound is used up; rekey or start anew";
    case Status::wrong_state:
      return "the call does not fit the object's state";
    case Status::unsupported:
      return "this machine or build lacks what is asked";
    case Status::internal:
      return "an internal error";
  }
  return "an unknown status";
}

}  // namespace punktfunk
