#include "engine/pipeline/video_thread.h"

#include <utility>

#include "base/assert.h"
#include "base/clock.h"
#include "base/poll_until.h"
#include "engine/threads/threads.h"

namespace punktfunk {
namespace {

constexpr std::uint64_t reopen_pause_ns = 200'000'000;

}  // namespace

VideoThread::VideoThread(VideoThreadConfig config, MediaSender& sender, VideoCounters& counters,
                         VideoThreadEvents events)
    : config_(std::move(config)),
      sender_(sender),
      counters_(counters),
      events_(std::move(events)),
      schedule_(config_.fps) {}

Result<void, Failure> VideoThread::start() {
  std::promise<Result<void, Failure>> opened;
  auto outcome = opened.get_future();
  worker_.start(video_thread_name, [this, opened = std::move(opened)](std::stop_token stop) mutable {
    stop_ = std::move(stop);
    run(opened);
  });
  return outcome.get();
}

void VideoThread::open_gate() {
  gate_ = true;
  worker_.wake().signal();
}

void VideoThread::request_idr() {
  idr_ = true;
  worker_.wake().signal();
}

void VideoThread::run(std::promise<Result<void, Failure>>& opened) {
  enter_thread(video_urgency);
  auto outcome = open();
  const bool ready = outcome.has_value();
  opened.set_value(std::move(outcome));
  while (ready && wait() && take_picture() && encode_if_due()) {}
  source_.reset();
  path_.reset();
}

Result<void, Failure> VideoThread::open() {
  auto path = config_.open_path();
  if (!path) { return std::move(path).error(); }
  path_ = *std::move(path);
  auto source = config_.open_source();
  if (!source) { return std::move(source).error(); }
  source_ = *std::move(source);
  encoder_name_ = path_->name();
  return {};
}

// When the loop has something to do of its own accord.
std::uint64_t VideoThread::next_due_ns() {
  if (!have_picture_ || !gate_ || !sender_.has_room()) { return never_ns; }
  return fresh_ || idr_ ? schedule_.slot_ns() : std::max(schedule_.slot_ns(), schedule_.repeat_ns());
}

bool VideoThread::wait() {
  pollfd fds[] = {{worker_.wake().fd(), POLLIN, 0}, {source_->poll_fd(), POLLIN, 0}};
  poll_until(fds, next_due_ns());
  if (fds[0].revents != 0) { worker_.wake().clear(); }
  if (stop_.stop_requested()) { return false; }
  const std::uint64_t before = thread_cpu_ns();
  const bool running = source_->dispatch();
  add(counters_.cpu_capture_ns, thread_cpu_ns() - before);
  return running || reopen();
}

// The output may have been reset or have changed its mode: it is asked for again for a while.
bool VideoThread::reopen() {
  const Failure why = *source_->failure();
  events_.interrupted(why);
  source_.reset();
  const std::uint64_t give_up_ns = monotonic_ns() + std::uint64_t{config_.reopen_for_ms} * 1'000'000;
  while (!stop_.stop_requested()) {
    auto source = config_.open_source();
    if (source) {
      source_ = *std::move(source);
      source_dropped_ = 0;
      new_source_ = true;
      return true;
    }
    if (monotonic_ns() >= give_up_ns) {
      events_.interrupted(source.error());
      events_.failed(why);
      return false;
    }
    const std::uint64_t again_ns = monotonic_ns() + reopen_pause_ns;
    while (!stop_.stop_requested() && monotonic_ns() < again_ns) {
      pollfd fd{worker_.wake().fd(), POLLIN, 0};
      poll_until({&fd, 1}, again_ns);
      worker_.wake().clear();
    }
  }
  return false;
}

// Each picture is converted as it comes, also when no slot is open for it yet: the next one then only adds what it
// damaged.
bool VideoThread::take_picture() {
  const std::uint64_t cpu_before = thread_cpu_ns();
  Frame frame;
  if (!source_->next(frame)) { return true; }
  if (new_source_) {
    frame.damage = {0, 0, static_cast<std::int32_t>(frame.width), static_cast<std::int32_t>(frame.height)};
  }
  new_source_ = false;
  const std::uint64_t taken_ns = monotonic_ns(), cpu_taken = thread_cpu_ns();
  const Status status = path_->take(frame);
  const std::uint64_t now = monotonic_ns(), cpu_converted = thread_cpu_ns();
  const std::uint64_t arrived_ns = frame.arrived_ns;
  counters_.capture.add(taken_ns - std::min(taken_ns, frame.ready_ns));
  counters_.convert.add(now - taken_ns);
  const std::uint64_t replaced = fresh_ ? 1 : 0, dropped = source_->dropped_frames();
  add(counters_.dropped, replaced + dropped - source_dropped_);
  source_dropped_ = dropped;
  source_->release(frame);
  if (status != Status::ok) {
    events_.failed(problem::capture_unusable(status_text(status)));
    return false;
  }
  const bool running = source_->dispatch();  // asks for the following picture before this one is encoded
  add(counters_.cpu_capture_ns, cpu_taken - cpu_before + thread_cpu_ns() - cpu_converted);
  add(counters_.cpu_convert_ns, cpu_converted - cpu_taken);
  add(counters_.captured, 1);
  have_picture_ = fresh_ = true;
  arrived_ns_ = arrived_ns;
  encode_from_ns_ = now;
  return running || reopen();
}

bool VideoThread::encode_if_due() {
  const std::uint64_t now = monotonic_ns();
  if (next_due_ns() > now) { return true; }
  const bool idr = idr_.exchange(false), fresh = fresh_;
  if (!fresh) { encode_from_ns_ = now; }
  PF_ASSERT(have_picture_ && sender_.has_room());
  sender_.begin({.arrived_ns = fresh ? arrived_ns_ : now, .repeated = !fresh});
  const SliceSink sink{[](void* self, const Slice& slice) { static_cast<VideoThread*>(self)->take(slice); }, this};
  const Status status = path_->encode(idr, sink);
  if (status != Status::ok) {
    events_.failed(problem::encode_failed(encoder_name_, status_text(status)));
    return false;
  }
  schedule_.encoded(now, fresh || idr);
  fresh_ = false;
  return true;
}

// Counted before it leaves: who has received a frame finds it counted.
void VideoThread::take(const Slice& slice) {
  if (slice.last) {
    counters_.encode.add(monotonic_ns() - encode_from_ns_);
    add(counters_.encoded, 1);
    if (slice.idr) { add(counters_.idr, 1); }
  }
  sender_.take(slice);
}

}  // namespace punktfunk
