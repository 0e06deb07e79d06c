// Capture through the desktop portal: a portal session that gives leave, and the PipeWire stream that it names.
#include <sys/epoll.h>

#include <utility>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "engine/capture/portal_session.h"
#include "engine/capture/source.h"

namespace punktfunk {

namespace {

class PortalSource final : public FrameSource {
 public:
  // epoll: ready when one of the two is.
  PortalSource(std::unique_ptr<PortalSession> session, std::unique_ptr<FrameSource> stream, UniqueFd epoll)
      : session_(std::move(session)), stream_(std::move(stream)), epoll_(std::move(epoll)) {}

  int poll_fd() const override { return epoll_.get(); }
  bool dispatch() override {
    if (failure_) { return false; }
    // The session first: when the desktop ends it, the stream's own failure is a consequence.
    if (!session_->dispatch()) {
      failure_ = session_->failure();
    } else if (!stream_->dispatch()) {
      failure_ = session_->dispatch() ? stream_->failure() : session_->failure();
    }
    return !failure_;
  }
  bool next(Frame& frame) override { return stream_->next(frame); }
  void release(const Frame& frame) override { stream_->release(frame); }
  std::uint64_t dropped_frames() const override { return stream_->dropped_frames(); }
  std::optional<std::uint64_t> shown_frames() const override { return stream_->shown_frames(); }
  const std::optional<Failure>& failure() const override { return failure_; }

 private:
  std::unique_ptr<PortalSession> session_;
  std::unique_ptr<FrameSource> stream_;  // destroyed before the session is closed
  UniqueFd epoll_;
  std::optional<Failure> failure_;
};

}  // namespace

OpenedSource open_portal(const contract::PortalTarget& target, const SourceConfig& config, unsigned timeout_ms,
                         std::string& restore_token_out) {
  const std::uint64_t deadline_ns = monotonic_ns() + std::uint64_t{timeout_ms} * 1'000'000;
  auto session = PortalSession::open(target.restore_token, deadline_ns);
  if (!session) { return std::move(session).error(); }
  restore_token_out = (*session)->restore_token();
  const std::uint64_t now_ns = monotonic_ns();
  const auto remaining_ms = now_ns < deadline_ns ? static_cast<unsigned>((deadline_ns - now_ns) / 1'000'000) : 0;
  auto stream = open_pipewire({(*session)->node_id()}, (*session)->take_remote_fd(), config, remaining_ms);
  if (!stream) { return stream; }
  UniqueFd epoll(epoll_create1(EPOLL_CLOEXEC));
  for (const int fd : {(*session)->poll_fd(), (*stream)->poll_fd()}) {
    epoll_event readable{.events = EPOLLIN, .data = {}};
    if (!epoll || epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd, &readable) != 0) { return problem::no_descriptors(); }
  }
  return std::make_unique<PortalSource>(std::move(*session), std::move(*stream), std::move(epoll));
}

}  // namespace punktfunk
