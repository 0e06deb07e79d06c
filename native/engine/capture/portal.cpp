// Capture through the desktop portal: a portal session that gives leave, and the PipeWire stream that it names.
#include <sys/epoll.h>

#include <cerrno>
#include <cstring>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "engine/capture/portal_session.h"
#include "engine/capture/source.h"

namespace punktfunk {

namespace {

class PortalSource final : public FrameSource {
 public:
  PortalSource(std::unique_ptr<PortalSession> session, std::unique_ptr<FrameSource> stream)
      : session_(std::move(session)), stream_(std::move(stream)), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    for (const int fd : {session_->poll_fd(), stream_->poll_fd()}) {
      epoll_event readable{};
      readable.events = EPOLLIN;
      if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &readable) != 0) {
        error_ = std::string("The capture cannot wait for the desktop: ") + strerror(errno) + ".";
      }
    }
  }

  int poll_fd() const override { return epoll_.get(); }
  bool dispatch() override {
    if (!error_.empty()) { return false; }
    // The session first: when the desktop ends it, the stream's own error is a consequence.
    if (!session_->dispatch()) {
      error_ = session_->error();
    } else if (!stream_->dispatch()) {
      error_ = session_->dispatch() ? stream_->error() : session_->error();
    }
    return error_.empty();
  }
  bool next(Frame& frame) override { return stream_->next(frame); }
  void release(const Frame& frame) override { stream_->release(frame); }
  SourceState state() const override { return error_.empty() ? stream_->state() : SourceState::ended; }
  std::uint64_t dropped_frames() const override { return stream_->dropped_frames(); }
  const std::string& error() const override { return error_; }

 private:
  std::unique_ptr<PortalSession> session_;
  std::unique_ptr<FrameSource> stream_;  // destroyed before the session is closed
  UniqueFd epoll_;
  std::string error_;
};

}  // namespace

std::unique_ptr<FrameSource> open_portal(const PortalTarget& target, const SourceConfig& config, unsigned timeout_ms,
                                         std::string& restore_token_out, std::string& error) {
  const std::uint64_t deadline_ns = monotonic_ns() + std::uint64_t{timeout_ms} * 1'000'000;
  auto session = PortalSession::open(target.restore_token, deadline_ns, error);
  if (session == nullptr) { return nullptr; }
  restore_token_out = session->restore_token();
  const std::uint64_t now_ns = monotonic_ns();
  const auto remaining_ms = now_ns < deadline_ns ? static_cast<unsigned>((deadline_ns - now_ns) / 1'000'000) : 0;
  auto stream = open_pipewire({.remote_fd = session->take_remote_fd(), .node_id = session->node_id()}, config,
                              remaining_ms, error);
  if (stream == nullptr) { return nullptr; }
  auto source = std::make_unique<PortalSource>(std::move(session), std::move(stream));
  error = source->error();
  if (!error.empty()) { return nullptr; }
  return source;
}

}  // namespace punktfunk
