#include "core/session/pf1_session.h"

namespace punktfunk::pf1 {

Status check(const SessionConfig& config) noexcept {
  bool any = false;
  for (const StreamConfig& stream : config.streams) {
    if (stream.max_frame_bytes == 0) {
      continue;
    }
    any = true;
    if (!stream_shape_ok(config.datagram_bytes, stream.max_frame_bytes, stream.parity_percent)) {
      return Status::invalid_argument;
    }
  }
  const bool good = any && aead_suite_ok(config.suite) && config.first_frame != 0 && config.frame_interval_ns > 0 &&
                    config.spread >= 0 && config.spread <= 1 && config.max_rate_bps >= 0;
  return good ? Status::ok : Status::invalid_argument;
}

}  // namespace punktfunk::pf1
