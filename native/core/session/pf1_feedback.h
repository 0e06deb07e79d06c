// What a punktfunk/1 client tells the host about the data plane (docs/punktfunk1.md, "Feedback"): 64 bytes, sealed like
// everything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/status.h"

namespace punktfunk::pf1 {

inline constexpr std::size_t feedback_body_bytes = 64;

struct Feedback {
  std::uint8_t stream = 0;                      // that the frame numbers are of
  std::uint32_t newest_frame = 0;               // complete; 0 = none yet
  std::uint32_t lost_first = 0, lost_last = 0;  // asks for a recovery point; 0 = nothing is missing
  std::uint64_t newest_packet = 0;              // highest packet number that came
  std::uint32_t newest_packet_age_us = 0;       // since it came, until this was sent
  std::uint64_t packets_received = 0;           // since the session began, each once
  std::uint32_t frames_lost = 0, shards_repaired = 0;
};

// body: feedback_body_bytes.
void write_feedback(const Feedback& feedback, std::span<std::uint8_t> body) noexcept;
// Longer bodies are of newer clients: the rest is ignored.
Status parse_feedback(std::span<const std::uint8_t> body, Feedback& feedback) noexcept;

}  // namespace punktfunk::pf1
