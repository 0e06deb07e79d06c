// Access units out of the ring, as protected packets, paced, to the client; and the pings that say where that is.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <stop_token>

#include "base/worker.h"
#include "core/pacing/pacer.h"
#include "core/packet/gamestream_video.h"
#include "engine/checkpoint.h"
#include "engine/pipeline/counters.h"
#include "engine/pipeline/ring.h"
#include "engine/transport/udp.h"

namespace punktfunk {

// Called on the send thread; must not block.
struct SendThreadEvents {
  std::function<void()> video_peer;   // the client's video address is known (again: it moved)
  std::function<void()> slot_free;    // the video thread may be waiting for it
  std::function<void()> cut_short;    // a frame could not be sent whole: an IDR is needed
  std::function<void()> first_frame;  // was sent
};

class SendThread {
 public:
  // Reads the pings of both sockets; audio may be null. The packetizer starts where the checkpoint stands.
  SendThread(const gamestream::VideoPacketizerConfig& packets, std::uint32_t fps, AccessUnitRing& ring,
             UdpEndpoint& video, UdpEndpoint* audio, Checkpoint& checkpoint, PipelineCounters& counters,
             SendThreadEvents events);

  // invalid_argument: the packets' configuration cannot be.
  Status start();
  void stop() { worker_.stop(); }
  // False: this process has no file descriptors left.
  [[nodiscard]] bool ok() const { return worker_.ok(); }
  // Any thread. An access unit lies in the ring.
  void unit_ready() const { worker_.wake().signal(); }

 private:
  void run();
  void read_pings();
  void send(AccessUnit& unit);
  [[nodiscard]] std::uint32_t rtp_time(std::uint64_t at_ns);

  AccessUnitRing& ring_;
  UdpEndpoint& video_;
  UdpEndpoint* audio_;
  Checkpoint& checkpoint_;
  PipelineCounters& counters_;
  SendThreadEvents events_;
  gamestream::VideoPacketizer packetizer_;
  Pacer pacer_;
  std::uint64_t frame_deadline_ns_;
  bool any_sent_ = false;
  std::stop_token stop_;

  Worker worker_;
};

}  // namespace punktfunk
