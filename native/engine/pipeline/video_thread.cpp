#include "engine/pipeline/video_thread.h"

#include <algorithm>
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
      schedule_(config_.fps),
      wire_rate_(config_.fps, config_.bitrate_kbps),
      unordered_(config_.fps) {
  counters_.bitrate_kbps = config_.bitrate_kbps;
}

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

void VideoThread::set_bitrate(std::uint32_t bitrate_kbps) {
  wanted_bitrate_kbps_ = bitrate_kbps;
  worker_.wake().signal();
}

bool VideoThread::encode_smaller(std::size_t most_bytes) {
  lowered_kbps_ = wire_rate_.too_large(monotonic_ns(), counters_.bitrate_kbps, most_bytes);
  request_idr();
  return lowered_kbps_.has_value();
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
  if (idr_) { return schedule_.slot_ns(); }
  return fresh_ ? schedule_.due_ns() : std::max(schedule_.slot_ns(), schedule_.repeat_ns());
}

bool VideoThread::wait() {
  pollfd fds[] = {{worker_.wake().fd(), POLLIN, 0}, {source_->poll_fd(), POLLIN, 0}};
  poll_until(fds, std::min(next_due_ns(), want_from_ns_));
  if (fds[0].revents != 0) { worker_.wake().clear(); }
  if (stop_.stop_requested()) { return false; }
  change_bitrate();
  const std::uint64_t before = thread_cpu_ns();
  if (monotonic_ns() >= want_from_ns_) { want_from_ns_ = never_ns; }
  const bool running = source_->dispatch();
  add(counters_.cpu_capture_ns, thread_cpu_ns() - before);
  return running || reopen();
}

void VideoThread::change_bitrate() {
  if (const std::uint32_t asked_kbps = wanted_bitrate_kbps_.exchange(0); asked_kbps != 0) {
    lowered_kbps_.reset();
    if (set_rate(asked_kbps)) { wire_rate_.ask(asked_kbps); }
  }
  if (const auto lowered_kbps = std::exchange(lowered_kbps_, std::nullopt)) { set_rate(*lowered_kbps); }
}

bool VideoThread::set_rate(std::uint32_t bitrate_kbps) {
  const Status status = path_->set_bitrate_kbps(bitrate_kbps);
  if (status != Status::ok) {
    const char* const why = status == Status::unsupported ? "it is more than this encoder takes" : status_text(status);
    events_.bitrate_set(counters_.bitrate_kbps, problem::bitrate_refused(path_->name(), bitrate_kbps, why));
    return false;
  }
  counters_.bitrate_kbps = bitrate_kbps;
  events_.bitrate_set(bitrate_kbps, std::nullopt);
  return true;
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
      source_dropped_ = source_shown_ = 0;
      unordered_.forget();
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
  times_ = {.presented_ns = frame.presented_ns, .taken_ns = taken_ns, .converted_ns = now};
  count(frame);
  source_->release(frame);
  if (status != Status::ok) {
    events_.failed(problem::capture_unusable(status_text(status)));
    return false;
  }
  add(counters_.cpu_capture_ns, cpu_taken - cpu_before + thread_cpu_ns() - cpu_converted);
  add(counters_.cpu_convert_ns, cpu_converted - cpu_taken);
  have_picture_ = fresh_ = true;
  schedule_.arrived(now);
  // It is encoded at once, and asks for the picture after it then; or that one may come before it is encoded.
  return next_due_ns() <= now || want_next(schedule_.slot_ns());
}

// The compositor composes and copies the picture then, also while this thread is busy.
bool VideoThread::want_next(std::uint64_t from_ns) {
  const std::uint64_t before = thread_cpu_ns();
  want_from_ns_ = from_ns;
  source_->want_from(from_ns);
  const bool running = source_->dispatch();
  add(counters_.cpu_capture_ns, thread_cpu_ns() - before);
  return running || reopen();
}

void VideoThread::count(const Frame& frame) {
  const std::uint64_t all_dropped = source_->dropped_frames();
  const std::uint64_t dropped = all_dropped - std::exchange(source_dropped_, all_dropped), replaced = fresh_ ? 1 : 0;
  add(counters_.captured, 1);
  add(counters_.dropped, dropped + replaced);
  const std::optional<std::uint64_t> shown = source_->shown_frames();
  counters_.shown_known = shown || frame.ordered_ns != 0;
  if (shown) {
    add(counters_.shown, *shown - std::exchange(source_shown_, *shown));
  } else if (frame.ordered_ns != 0) {
    add(counters_.shown, 1 + std::max(dropped, unordered_.before(frame.ordered_ns, frame.presented_ns)));
  }
}

bool VideoThread::encode_if_due() {
  const std::uint64_t now = monotonic_ns();
  if (next_due_ns() > now) { return true; }
  const bool idr = idr_.exchange(false), fresh = fresh_;
  times_.begun_ns = now;
  if (!fresh) { times_.presented_ns = now; }
  PF_ASSERT(have_picture_ && sender_.has_room());
  schedule_.encoded(now, fresh || idr);
  fresh_ = false;
  // The next picture is wanted in its slot, so that it is young; one whose slot comes while this thread encodes is
  // ordered now.
  const std::uint64_t slot_ns = schedule_.slot_ns();
  if (!want_next(slot_ns > now + encode_took_ns_ ? slot_ns : now)) { return false; }
  if (const auto raised_kbps = wire_rate_.raised(now, counters_.bitrate_kbps)) { set_rate(*raised_kbps); }
  sender_.begin({.times = times_, .repeated = !fresh});
  const SliceSink sink{[](void* self, const Slice& slice) { static_cast<VideoThread*>(self)->take(slice); }, this};
  const Status status = path_->encode(idr, sink);
  if (status != Status::ok) {
    events_.failed(problem::encode_failed(encoder_name_, status_text(status)));
    return false;
  }
  encode_took_ns_ = monotonic_ns() - now;
  const std::uint64_t picture_bytes = std::uint64_t{counters_.bitrate_kbps} * 1000 / 8 / config_.fps;
  if (!fresh && !idr && encoded_bytes_ < picture_bytes / 8) { schedule_.hardly_finer(); }
  return true;
}

// Counted before it leaves: who has received a frame finds it counted.
void VideoThread::take(const Slice& slice) {
  encoded_bytes_ = (slice.first ? 0 : encoded_bytes_) + slice.bytes.size();
  if (slice.last) {
    add(counters_.encoded, 1);
    if (slice.idr) { add(counters_.idr, 1); }
  }
  sender_.take(slice);
}

}  // namespace punktfunk
