// One interface for every way to get pictures. A source lives on one thread: it is made, polled and destroyed there.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"
#include "contract/messages.h"
#include "contract/problems.h"
#include "engine/capture/frame.h"

namespace punktfunk {

struct SourceConfig {
  std::uint32_t width = 0, height = 0;  // wanted stream size
  std::uint32_t fps = 60;
};

class FrameSource {
 public:
  virtual ~FrameSource() = default;

  // File descriptor to poll for reading; stable for the source's life. dispatch() when readable, and after next()
  // returned.
  [[nodiscard]] virtual int poll_fd() const = 0;
  // Handles what is pending without blocking. Returns false when the source has ended: output gone, session closed by
  // the user, compositor gone (failure() says which).
  virtual bool dispatch() = 0;
  // The newest complete frame not handed out before, or false. An older one that nobody took is dropped and counted.
  // The source asks its producer for the following frame before it returns, so that capture of n+1 overlaps encoding of
  // n.
  virtual bool next(Frame& frame) = 0;
  // The frame after the newest is not wanted before this time. Who says so once says it for each frame; a source that
  // orders its frames orders none without, and needs a dispatch() at that time. Others give what comes.
  virtual void want_from(std::uint64_t /*time_ns*/) {}
  // Gives the frame's buffer back. Every frame from next() is released exactly once.
  virtual void release(const Frame& frame) = 0;

  [[nodiscard]] virtual std::uint64_t dropped_frames() const = 0;
  // What a producer has shown that sends pictures of its own accord, whether they came or not. Nothing: it does not
  // tell, or each picture has to be ordered.
  [[nodiscard]] virtual std::optional<std::uint64_t> shown_frames() const = 0;
  // Why it has ended; nothing while it runs.
  [[nodiscard]] virtual const std::optional<Failure>& failure() const = 0;
};

// They may block up to timeout_ms for the first answer.
using OpenedSource = Result<std::unique_ptr<FrameSource>, Failure>;

OpenedSource open_wlroots(const contract::WlrootsTarget&, unsigned timeout_ms);
// restore_token_out receives the token to keep for next time (may stay empty).
OpenedSource open_portal(const contract::PortalTarget&, const SourceConfig&, unsigned timeout_ms,
                         std::string& restore_token_out);
// remote: the connection to the daemon that has the node; none: the session's own.
OpenedSource open_pipewire(const contract::PipeWireNodeTarget&, UniqueFd remote, const SourceConfig&,
                           unsigned timeout_ms);
OpenedSource open_synthetic(const contract::SyntheticTarget&, const SourceConfig&);

}  // namespace punktfunk
