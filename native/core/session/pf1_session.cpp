#include "core/session/pf1_session.h"

namespace punktfunk::pf1 {

Status check(const SessionConfig& config) noexcept {
  bool any = false;
  for (const StreamConfig& stream : config.streams) {
    if (stream.max_frame_bytes == 0) { continue; }
    any = true;
    if (!stream_shape_ok(config.datagram_bytes, stream.max_frame_bytes, stream.parity_percent)) {
      return Status::invalid_argument;
    }
  }
  const bool good = any && aead_suite_ok(config.suite) && config.first_frame != 0 && config.frame_interval_ns > 0 &&
                    config.spread >= 0 && config.spread <= 1 && config.max_rate_bps >= 0;
  return good ? Status::ok : Status::invalid_argument;
}

Status make_crypto(SessionConfig& config, Direction own, std::optional<PacketSealer>& sealer,
                   std::optional<PacketOpener>& opener) {
  PacketCryptoConfig crypto{config.suite, config.secret, own, config.first_epoch, config.first_packet_number};
  sealer.emplace(crypto);
  crypto.direction = own == Direction::host_to_client ? Direction::client_to_host : Direction::host_to_client;
  crypto.first_epoch = config.peer_epoch;
  opener.emplace(crypto);
  wipe(crypto.secret);
  wipe(config.secret);
  return sealer->status() != Status::ok ? sealer->status() : opener->status();
}

}  // namespace punktfunk::pf1
