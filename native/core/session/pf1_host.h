// The host's end of a punktfunk/1 data plane, sans-I/O: frames and datagrams go in with the time, datagrams and events
// come out. One thread. Allocation-free after construction.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "core/session/pf1_feedback.h"
#include "core/session/pf1_session.h"
#include "core/status.h"

namespace punktfunk::pf1 {

struct HostEvent {
  enum class Kind : std::uint8_t { feedback, recovery_wanted, client_silent, client_back };
  Kind kind = Kind::feedback;
  Feedback feedback;         // feedback, recovery_wanted
  std::uint64_t rtt_ns = 0;  // feedback: 0 = not known
  double packet_loss = 0;    // feedback: since the feedback before it, 0 to 1
};

struct HostStats {
  std::uint64_t frames = 0, frames_cut = 0;  // cut: dropped before all of it was sent, because younger ones came
  std::uint64_t datagrams = 0, bytes = 0;
  std::uint64_t data_shards = 0, parity_shards = 0;
  std::uint64_t feedback = 0, refused = 0;
  std::uint64_t rtt_ns = 0;
};

class Host {
 public:
  explicit Host(const SessionConfig& config);
  ~Host();
  Host(Host&&) noexcept;
  Host& operator=(Host&&) noexcept;

  [[nodiscard]] Status status() const noexcept;

  // The next frame of a stream, in its slices. The bytes are copied. At most two frames a stream wait to be sent: of a
  // third the oldest's rest is dropped and counted. Errors: invalid_argument (no such stream, empty, too large),
  // exhausted.
  Status submit_frame(std::size_t stream, std::span<const std::span<const std::uint8_t>> slices, const FrameInfo& info,
                      std::uint64_t now_ns) noexcept;
  // The same while the frame is still being encoded: the packets of a slice leave before the next one exists, the
  // parity grows with them and is sent after the last one. expected_bytes settles how much parity there is; the frame
  // may have more or fewer (at most max_frame_bytes). A frame whose last slice never comes ends, cut, with the next one
  // of its stream, begun or submitted. Errors of begin_frame: invalid_argument (no such stream), exhausted; of
  // submit_slice: wrong_state (no frame begun), invalid_argument (empty, too many, too large: the frame stays as it
  // was).
  Status begin_frame(std::size_t stream, std::size_t expected_bytes, const FrameInfo& info,
                     std::uint64_t now_ns) noexcept;
  Status submit_slice(std::size_t stream, std::span<const std::uint8_t> slice, bool last) noexcept;
  // Number that the next frame of a stream gets.
  [[nodiscard]] std::uint32_t next_frame(std::size_t stream) const noexcept;

  // ok: one datagram to send now, valid until the next call. again: nothing before next_ns. exhausted: the session
  // needs a new secret.
  Status poll_datagram(std::uint64_t now_ns, std::span<const std::uint8_t>& datagram) noexcept;
  // When poll_datagram or poll_event has something next, as far as is known now; UINT64_MAX = only after other input.
  [[nodiscard]] std::uint64_t next_ns() const noexcept;

  // A datagram from the client: refused (status says why, counted) or taken.
  Status feed_datagram(std::span<const std::uint8_t> datagram, std::uint64_t now_ns) noexcept;
  // ok or again. At most 16 wait; of more the oldest are dropped.
  Status poll_event(std::uint64_t now_ns, HostEvent& event) noexcept;

  [[nodiscard]] const HostStats& stats() const noexcept;
  // For a checkpoint: of the next packet. A successor in another process starts one epoch above.
  [[nodiscard]] std::uint64_t packet_number() const noexcept;
  [[nodiscard]] std::uint16_t epoch() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace punktfunk::pf1
