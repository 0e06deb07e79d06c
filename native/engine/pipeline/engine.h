// One stream, assembled: source → converter → encoder → packetizer → socket, sound, control and input. Native threads
// only.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "base/result.h"
#include "contract/messages.h"

namespace punktfunk {

// Takes each message for the host. Called on engine threads; must not block. The last one is Ended.
using TellHost = std::function<void(const contract::EngineMessage&)>;

class Engine {
 public:
  // Opens sockets, capture, encoder, audio, input and starts the threads; blocks until the desktop has granted the
  // capture or refused it. Without audio or input it runs and tells a problem. With a checkpoint that holds a stream it
  // goes on with that one.
  static Result<std::unique_ptr<Engine>, Failure> start(const contract::Start&, TellHost);
  virtual ~Engine() = default;
  // termination_reason 0 = none (the client left by itself). Idempotent; joins every thread. Not from within an event.
  // An engine that ended as "failed" leaves its control connection to its successor: let the process exit then, and do
  // not destroy it.
  virtual void stop(std::uint32_t termination_reason) = 0;
};

}  // namespace punktfunk
