// Video from the wire to whole access units: receive, lose on purpose, repair, and after loss wait for an IDR as stock
// clients do (docs/gamestream.md, 6.9). One thread; decoding is the sink's.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "client/loss_model.h"
#include "client/media_socket.h"
#include "client/picture_sink.h"
#include "client/samples.h"
#include "core/reassembly/gamestream_video.h"

namespace punktfunk::client {

struct VideoReceiverConfig {
  MediaSocketConfig socket;
  gamestream::VideoReassemblerConfig reassembly;
  PictureSinkConfig sink;
  LossConfig loss;
};

// Called on the receiver's or the sink's thread; must not block.
struct VideoEvents {
  std::function<void()> request_idr;
  std::function<void()> first_frame;
};

struct VideoSummary {
  gamestream::VideoReassemblyStats reassembly;
  PictureSummary pictures;
  std::uint64_t datagrams_received = 0, datagrams_dropped = 0, kernel_drops = 0, wire_bytes = 0;
  std::uint64_t frames = 0, idr_frames = 0, frames_skipped = 0, idr_requests = 0;
  std::uint64_t access_unit_bytes = 0;
  std::uint64_t first_datagram_ns = 0, first_frame_ns = 0, last_frame_ns = 0;  // 0 = none yet
  std::uint32_t first_frame_index = 0, last_frame_index = 0;
  Percentiles frame_gap_ms;
  Percentiles frame_bytes;
  Percentiles host_latency_ms;  // as the frame headers say, presentation to send; frames that say 0 are left out
};

class VideoReceiver {
 public:
  // Null and a sentence on failure. Pings start at once.
  static std::unique_ptr<VideoReceiver> start(const VideoReceiverConfig& config, VideoEvents events,
                                              std::string& error);
  virtual ~VideoReceiver() = default;
  virtual void stop() = 0;  // joins the threads; any thread but theirs
  [[nodiscard]] virtual VideoSummary summary() const = 0;
  [[nodiscard]] virtual std::vector<DecodedPicture> take_pictures() = 0;  // as the sink's
};

}  // namespace punktfunk::client
