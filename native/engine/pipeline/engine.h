// One stream, assembled: source → converter → encoder → packetizer → socket, sound, control and input. Native threads
// only.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "contract/messages.h"

namespace punktfunk {

// Takes each message for the host. Called on engine threads; must not block. The last one is Ended.
using TellHost = std::function<void(const contract::EngineMessage&)>;

class Engine {
 public:
  // Opens sockets, capture, encoder, audio, input and starts their threads, on a thread of its own: a desktop may take
  // seconds to grant the capture. Then Listening is told, or a problem and the end. Without audio or input it runs and
  // tells a problem. With a checkpoint that holds a stream it goes on with that one.
  static std::unique_ptr<Engine> start(contract::Start, TellHost);
  // Joins every thread. An engine that ended as "failed" leaves its control connection to its successor: let the
  // process exit then, and do not destroy it.
  virtual ~Engine() = default;
  // Asks it to end, at any time and from any thread; Ended is told when everything is closed. The first reason counts.
  virtual void stop(contract::Farewell farewell) = 0;
  // Any thread, and what they are asked for before Listening is not done; of set_bitrate() BitrateSet tells.
  virtual void request_idr() = 0;
  virtual void set_bitrate(std::uint32_t bitrate_kbps) = 0;
  virtual void watch_frames(bool on) = 0;
};

}  // namespace punktfunk
