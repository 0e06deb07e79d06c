// Capture and encoding on one thread of their own: pictures in, slices out to the sender.
#pragma once

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "base/result.h"
#include "base/worker.h"
#include "contract/problems.h"
#include "engine/capture/source.h"
#include "engine/encode/video_path.h"
#include "engine/pipeline/counters.h"
#include "engine/pipeline/schedule.h"
#include "engine/pipeline/unordered.h"
#include "engine/pipeline/wire_rate.h"
#include "engine/transport/media_sender.h"

namespace punktfunk {

// Both are called on the video thread, where source and path live.
using OpenSource = std::function<OpenedSource()>;
using OpenPath = std::function<Result<std::unique_ptr<VideoPath>, Failure>()>;

struct VideoThreadConfig {
  std::uint32_t fps = 60;
  std::uint32_t bitrate_kbps = 15000;  // that the path is opened with
  OpenSource open_source;
  OpenPath open_path;
  unsigned reopen_for_ms = 5000;  // how long a source that ended (mode change, output reset) may take to come back
};

// Called on the video thread; must not block.
struct VideoThreadEvents {
  std::function<void(const Failure& failure)> interrupted;  // the source ended; it is opened again
  std::function<void(const Failure& failure)> failed;       // and the thread is over
  // What set_bitrate() came to: pictures have this rate from now on, or, with a failure, go on with it.
  std::function<void(std::uint32_t bitrate_kbps, const std::optional<Failure>& failure)> bitrate_set;
};

class VideoThread {
 public:
  VideoThread(VideoThreadConfig config, MediaSender& sender, VideoCounters& counters, VideoThreadEvents events);

  // Opens path and source. No access unit is made before open_gate().
  Result<void, Failure> start();
  void stop() { worker_.stop(); }
  // False: this process has no file descriptors left.
  [[nodiscard]] bool ok() const { return worker_.ok(); }

  // Any thread. The client can be reached: the first access unit is an IDR of the newest picture.
  void open_gate();
  // Any thread. The next access unit is an IDR, at once if a slot is free, also of a still picture.
  void request_idr();
  // Any thread. Of two that come at once the later one counts.
  void set_bitrate(std::uint32_t bitrate_kbps);
  // The video thread, from the sender's events. What was encoded last cannot be sent and is left out: what is encoded
  // instead, an IDR, gets fewer bits. False: it cannot.
  bool encode_smaller(std::size_t most_bytes);
  // Any thread. The sender has room again.
  void sender_ready() const { worker_.wake().signal(); }
  // After start(): what encodes.
  [[nodiscard]] const std::string& encoder_name() const { return encoder_name_; }

 private:
  void run(std::promise<Result<void, Failure>>& opened);
  Result<void, Failure> open();
  bool wait();
  bool reopen();
  void change_bitrate();
  bool set_rate(std::uint32_t bitrate_kbps);
  bool take_picture();
  void count(const Frame& frame);
  bool encode_if_due();
  bool want_next(std::uint64_t from_ns);
  void take(const Slice& slice);
  [[nodiscard]] std::uint64_t next_due_ns();

  VideoThreadConfig config_;
  MediaSender& sender_;
  VideoCounters& counters_;
  VideoThreadEvents events_;
  std::atomic<bool> gate_{false}, idr_{true};
  std::atomic<std::uint32_t> wanted_bitrate_kbps_{0};  // 0: the one that it has
  std::string encoder_name_;

  // video thread only
  std::unique_ptr<FrameSource> source_;
  std::unique_ptr<VideoPath> path_;
  FrameSchedule schedule_;
  WireRate wire_rate_;
  std::optional<std::uint32_t> lowered_kbps_;  // for the next picture, since the wire was too narrow for the last
  std::uint64_t source_dropped_ = 0, source_shown_ = 0;
  UnorderedPictures unordered_;
  bool new_source_ = true;  // its first picture is converted whole
  bool have_picture_ = false;
  bool fresh_ = false;                     // the picture was never encoded
  PictureTimes times_;                     // of the picture that is encoded next
  std::uint64_t want_from_ns_ = never_ns;  // when the source has to be dispatched for the picture after this one
  std::uint64_t encode_took_ns_ = 0;       // the last time
  std::size_t encoded_bytes_ = 0;          // of the picture encoded last
  std::stop_token stop_;

  Worker worker_;
};

}  // namespace punktfunk
