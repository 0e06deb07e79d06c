// The client's end of a punktfunk/1 data plane, sans-I/O: datagrams go in with the time; frames, feedback datagrams and
// events come out. One thread. Allocation-free after construction.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "core/reassembly/pf1_reassembler.h"
#include "core/session/pf1_session.h"
#include "core/status.h"

namespace punktfunk::pf1 {

struct ClientFrame {
  std::size_t stream = 0;
  ReassembledFrame frame;
  bool clean =
      true;  // false: frames before it were lost and no recovery point has come since; what it shows may be damaged
};

struct ClientEvent {
  enum class Kind : std::uint8_t { frames_lost, recovered, host_silent, host_back };
  Kind kind = Kind::frames_lost;
  std::size_t stream = 0;
  std::uint32_t first = 0, last = 0;  // frames_lost: the range; recovered: the frame that ends it
};

struct ClientStats {
  std::uint64_t datagrams = 0, bytes = 0;
  std::uint64_t not_authentic = 0, replayed = 0, malformed = 0;
  std::uint64_t feedback = 0;
  std::array<ReassemblyStats, max_streams> streams{};
};

class Client {
 public:
  explicit Client(const SessionConfig& config);
  ~Client();
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;

  [[nodiscard]] Status status() const noexcept;

  // ok: taken, and next_frame has a frame. again: taken. Else refused and counted.
  Status feed_datagram(std::span<const std::uint8_t> datagram, std::uint64_t now_ns) noexcept;
  // The frame that the last feed_datagram completed: ok once, then again. Valid until the next feed_datagram.
  Status next_frame(ClientFrame& frame) noexcept;

  // Feedback: at once when frames were lost, else every 100 ms once packets come. As for Host.
  Status poll_datagram(std::uint64_t now_ns, std::span<const std::uint8_t>& datagram) noexcept;
  [[nodiscard]] std::uint64_t next_ns() const noexcept;
  // ok or again. At most 16 wait; of more the oldest are dropped.
  Status poll_event(std::uint64_t now_ns, ClientEvent& event) noexcept;

  [[nodiscard]] ClientStats stats() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace punktfunk::pf1
