#include "core/session/pf1_feedback.h"

#include <cstring>

#include "core/packet/bytes.h"
#include "core/packet/pf1_layout.h"

namespace punktfunk::pf1 {
namespace {

constexpr std::size_t at_feedback_stream = 0, at_newest_frame = 4, at_lost_first = 8, at_lost_last = 12,
                      at_newest_packet = 16, at_received = 24, at_age = 32, at_frames_lost = 36, at_repaired = 40;

}  // namespace

void write_feedback(const Feedback& f, std::span<std::uint8_t> body) noexcept {
  std::uint8_t* p = body.data();
  std::memset(p, 0, feedback_body_bytes);
  p[at_feedback_stream] = f.stream;
  store_u32_le(p + at_newest_frame, f.newest_frame);
  store_u32_le(p + at_lost_first, f.lost_first);
  store_u32_le(p + at_lost_last, f.lost_last);
  store_u64_le(p + at_newest_packet, f.newest_packet);
  store_u64_le(p + at_received, f.packets_received);
  store_u32_le(p + at_age, f.newest_packet_age_us);
  store_u32_le(p + at_frames_lost, f.frames_lost);
  store_u32_le(p + at_repaired, f.shards_repaired);
}

Status parse_feedback(std::span<const std::uint8_t> body, Feedback& f) noexcept {
  if (body.size() < feedback_body_bytes) { return Status::malformed; }
  const std::uint8_t* p = body.data();
  f.stream = p[at_feedback_stream];
  f.newest_frame = load_u32_le(p + at_newest_frame);
  f.lost_first = load_u32_le(p + at_lost_first);
  f.lost_last = load_u32_le(p + at_lost_last);
  f.newest_packet = load_u64_le(p + at_newest_packet);
  f.packets_received = load_u64_le(p + at_received);
  f.newest_packet_age_us = load_u32_le(p + at_age);
  f.frames_lost = load_u32_le(p + at_frames_lost);
  f.shards_repaired = load_u32_le(p + at_repaired);
  const bool range_ok = f.lost_first <= f.lost_last && (f.lost_first != 0 || f.lost_last == 0);
  return range_ok && f.stream < max_streams ? Status::ok : Status::malformed;
}

}  // namespace punktfunk::pf1
