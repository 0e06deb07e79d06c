#include "client/video_receiver.h"

#include <atomic>
#include <mutex>
#include <stop_token>

#include "base/clock.h"
#include "base/worker.h"

namespace punktfunk::client {

namespace {

// An IDR may be lost too: while none has come, it is asked for again after this long.
constexpr std::uint64_t idr_patience_ns = 200'000'000;

class ThreadedVideoReceiver final : public VideoReceiver {
 public:
  ThreadedVideoReceiver(const VideoReceiverConfig& config, VideoEvents events, std::unique_ptr<MediaSocket> socket)
      : events_(std::move(events)), socket_(std::move(socket)), reassembler_(config.reassembly), loss_(config.loss) {}

  bool begin(const PictureSinkConfig& config, std::string& error) {
    sink_ = PictureSink::start(config, [this] { decode_failed_ = true; }, error);
    if (!sink_) { return false; }
    worker_.start("pf-client-video", [this](const std::stop_token& stop) { run(stop); });
    return true;
  }

  void stop() override {
    worker_.stop();
    if (sink_) { sink_->stop(); }
  }

  VideoSummary summary() const override {
    VideoSummary result;
    {
      const std::lock_guard lock(mutex_);
      result = counted_;
      result.frame_gap_ms = frame_gap_ms_.percentiles();
      result.frame_bytes = frame_bytes_.percentiles();
      result.host_latency_ms = host_latency_ms_.percentiles();
    }
    result.pictures = sink_->summary();
    return result;
  }

  std::vector<DecodedPicture> take_pictures() override { return sink_->take_pictures(); }

 private:
  void run(const std::stop_token& stop) {
    constexpr int wait_ms = 100;
    while (!stop.stop_requested()) {
      if (!socket_->receive(worker_.wake(), wait_ms,
                            [this](std::span<const std::uint8_t> datagram) { take(datagram); })) {
        return;
      }
      if (decode_failed_.exchange(false)) { want_idr(); }
      const std::lock_guard lock(mutex_);
      counted_.reassembly = reassembler_.stats();
      counted_.datagrams_received = socket_->datagrams();
      counted_.kernel_drops = socket_->kernel_drops();
      counted_.wire_bytes = socket_->bytes();
    }
  }

  void take(std::span<const std::uint8_t> datagram) {
    if (loss_.drop()) {
      const std::lock_guard lock(mutex_);
      ++counted_.datagrams_dropped;
      return;
    }
    const std::uint64_t lost_before = reassembler_.stats().frames_lost;
    gamestream::ReassembledFrame frame;
    const std::uint64_t read_ns = monotonic_ns();
    const Status status = reassembler_.feed(datagram, frame);
    const std::uint64_t now = monotonic_ns();
    {
      const std::lock_guard lock(mutex_);
      if (counted_.first_datagram_ns == 0) { counted_.first_datagram_ns = now; }
    }
    if (reassembler_.stats().frames_lost != lost_before) { want_idr(); }
    if (status == Status::ok) { deliver(frame, read_ns, now); }
  }

  void deliver(const gamestream::ReassembledFrame& frame, std::uint64_t read_ns, std::uint64_t now) {
    if (decode_failed_.exchange(false)) { want_idr(); }
    const bool idr = frame.type == gamestream::FrameType::idr;
    if (idr) { waiting_for_idr_ = false; }
    {
      const std::lock_guard lock(mutex_);
      if (counted_.frames++ == 0) {
        counted_.first_frame_ns = now;
        counted_.first_frame_index = frame.frame_index;
      } else {
        frame_gap_ms_.add(static_cast<double>(now - counted_.last_frame_ns) / 1e6);
      }
      counted_.last_frame_ns = now;
      counted_.last_frame_index = frame.frame_index;
      counted_.access_unit_bytes += frame.access_unit.size();
      frame_bytes_.add(static_cast<double>(frame.access_unit.size()));
      if (frame.host_latency_tenths_ms != 0) { host_latency_ms_.add(frame.host_latency_tenths_ms / 10.0); }
      if (idr) { ++counted_.idr_frames; }
      if (waiting_for_idr_) { ++counted_.frames_skipped; }
    }
    if (waiting_for_idr_) {
      want_idr();
      return;
    }
    const Arrival arrival{.frame_index = frame.frame_index,
                          .host_latency_tenths_ms = frame.host_latency_tenths_ms,
                          .received_ns = read_ns,
                          .whole_ns = now};
    if (!sink_->push(frame.access_unit, arrival)) { want_idr(); }
    if (!decodable_ && events_.first_frame) { events_.first_frame(); }
    decodable_ = true;
  }

  // Nothing more can be decoded before an IDR comes.
  void want_idr() {
    const std::uint64_t now = monotonic_ns();
    if (waiting_for_idr_ && now - idr_requested_ns_ < idr_patience_ns) { return; }
    const bool again = idr_requested_ns_ != 0 || !waiting_for_idr_;
    waiting_for_idr_ = true;
    // The very first IDR was asked for by start A: it is only waited for.
    idr_requested_ns_ = now;
    if (!again) { return; }
    {
      const std::lock_guard lock(mutex_);
      ++counted_.idr_requests;
    }
    if (events_.request_idr) { events_.request_idr(); }
  }

  const VideoEvents events_;
  const std::unique_ptr<MediaSocket> socket_;
  gamestream::VideoReassembler reassembler_;
  LossModel loss_;
  std::unique_ptr<PictureSink> sink_;
  bool waiting_for_idr_ = true;
  bool decodable_ = false;  // an IDR has come
  std::uint64_t idr_requested_ns_ = 0;
  std::atomic<bool> decode_failed_ = false;
  mutable std::mutex mutex_;  // guards what is measured
  VideoSummary counted_;
  Samples frame_gap_ms_, frame_bytes_, host_latency_ms_;

  Worker worker_;
};

}  // namespace

std::unique_ptr<VideoReceiver> VideoReceiver::start(const VideoReceiverConfig& config, VideoEvents events,
                                                    std::string& error) {
  auto socket = MediaSocket::open(config.socket, error);
  if (!socket) { return nullptr; }
  auto receiver = std::make_unique<ThreadedVideoReceiver>(config, std::move(events), std::move(socket));
  if (!receiver->begin(config.sink, error)) { return nullptr; }
  return receiver;
}

}  // namespace punktfunk::client
