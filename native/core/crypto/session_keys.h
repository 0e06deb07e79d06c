// The key schedule of punktfunk/1 (docs/punktfunk1.md, "Keys"): from the session's secret, one key a direction and an
// epoch.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "core/crypto/aead.h"
#include "core/status.h"

namespace punktfunk {

inline constexpr std::size_t session_secret_bytes = 32;
using SessionSecret = std::array<std::uint8_t, session_secret_bytes>;

enum class Direction : std::uint8_t { host_to_client = 0, client_to_host = 1 };

// Overwrites bytes so that no optimiser leaves them.
void wipe(std::span<std::uint8_t> bytes) noexcept;

// key: aead_key_bytes(suite) long.
Status derive_packet_key(const SessionSecret& secret, AeadSuite suite, Direction direction, std::uint16_t epoch,
                         std::span<std::uint8_t> key) noexcept;

// Remembers, in this process, up to which epoch a secret was used for sealing in a direction, so that a session made
// anew with an old secret cannot repeat a nonce. exhausted when `epoch` or a later one was claimed before. Thread-safe.
// The last 1024 secrets are kept. Across processes the epoch must come from where the predecessor left it (epoch + 1).
Status claim_epoch(const SessionSecret& secret, Direction direction, std::uint16_t epoch) noexcept;

}  // namespace punktfunk
