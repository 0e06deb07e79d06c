// One interface for every way to get pictures. A source lives on one thread: it is made, polled and destroyed there.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "engine/capture/frame.h"

namespace punktfunk {

enum class SourceState {
  running,
  idle,   // the desktop shows nothing new; that is healthy
  ended,  // output gone, session closed by the user, compositor gone: see error()
};

struct SourceConfig {
  std::uint32_t width = 0, height = 0;  // wanted stream size
  std::uint32_t fps = 60;
  bool show_cursor = true;
};

class FrameSource {
 public:
  virtual ~FrameSource() = default;

  // File descriptor to poll for reading; stable for the source's life. dispatch() when readable, and after next()
  // returned.
  [[nodiscard]] virtual int poll_fd() const = 0;
  // Handles what is pending without blocking. Returns false when the source has ended (error() says why).
  virtual bool dispatch() = 0;
  // The newest complete frame not handed out before, or false. An older one that nobody took is dropped and counted.
  // The source asks its producer for the following frame before it returns, so that capture of n+1 overlaps encoding of
  // n.
  virtual bool next(Frame& frame) = 0;
  // Gives the frame's buffer back. Every frame from next() is released exactly once.
  virtual void release(const Frame& frame) = 0;

  [[nodiscard]] virtual SourceState state() const = 0;
  [[nodiscard]] virtual std::uint64_t dropped_frames() const = 0;
  // A sentence: what happened and what to do. Empty while running.
  [[nodiscard]] virtual const std::string& error() const = 0;
};

// Each maker returns null and a sentence when it cannot start. They may block up to timeout_ms for the first answer.
struct WlrootsTarget {
  std::string wayland_display;
  std::string output;
};  // output name, empty = the first
struct PortalTarget {
  std::string restore_token;
};  // XDG ScreenCast
struct PipeWireTarget {
  int remote_fd = -1;
  std::uint32_t node_id = 0;
};  // fd is owned by the source; -1 = default daemon
struct SyntheticTarget {
  bool moving = true;
};  // a painted, numbered picture for tests and bench

std::unique_ptr<FrameSource> open_wlroots(const WlrootsTarget&, const SourceConfig&, unsigned timeout_ms,
                                          std::string& error);
// restore_token_out receives the token to keep for next time (may stay empty).
std::unique_ptr<FrameSource> open_portal(const PortalTarget&, const SourceConfig&, unsigned timeout_ms,
                                         std::string& restore_token_out, std::string& error);
std::unique_ptr<FrameSource> open_pipewire(const PipeWireTarget&, const SourceConfig&, unsigned timeout_ms,
                                           std::string& error);
std::unique_ptr<FrameSource> open_synthetic(const SyntheticTarget&, const SourceConfig&, std::string& error);

}  // namespace punktfunk
