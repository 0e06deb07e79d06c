// The way to one client and back beside the media: what it asks for and does, and what we tell it.
//
// Shapes: the client's messages come as events, ours go as ToClient; how either is written is the link's. Thread: a
// link has one of its own, on which events are called; tell_client() may be called from any. Ownership: a link owns its
// socket and the input router, whose backends live on its thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <variant>

#include "contract/messages.h"
#include "engine/input/pad_feedback.h"

namespace punktfunk {

// Ours. A link leaves out what its protocol cannot say.
struct HdrMode {
  bool on = false;
};
using ToClient = std::variant<HdrMode, Rumble>;

// Called on the link's thread; must not block. Each may be empty.
struct ControlEvents {
  std::function<void()> connected;
  std::function<void()> started;  // the client is ready for media
  std::function<void()> request_idr;
  std::function<void(std::uint32_t first, std::uint32_t last)> invalidate;
  std::function<void()> goodbye;         // the client says that it leaves; within a second it ends, or was forged
  std::function<void()> forged_goodbye;  // somebody else said that the client left; it stays
  // Input that comes and is of no use here: once a code.
  std::function<void(const Failure& failure)> problem;
  // One of these is the last.
  std::function<void(contract::Ending reason)> ended;  // client_quit, client_timeout, connect_timeout
  std::function<void(const Failure& failure)> failed;
};

class ControlLink {
 public:
  virtual ~ControlLink() = default;
  [[nodiscard]] virtual std::uint16_t port() const = 0;
  // Queues a message and returns; each thread's own arrive in its order. False when the client will not get it: none is
  // there, or it takes less than is said to it. Any thread but a real-time one.
  virtual bool tell_client(const ToClient& message) = 0;
  // Tells the client that we end and how, waits for at most linger_ms until it knows, then ends the thread. Any thread
  // but the link's.
  virtual void terminate(contract::Farewell farewell, unsigned linger_ms) = 0;
  // Lifts held input, disconnects and joins the thread without a word about why. Any thread but the link's.
  virtual void stop() = 0;
  [[nodiscard]] virtual contract::ControlStatistics stats() const = 0;
};

}  // namespace punktfunk
