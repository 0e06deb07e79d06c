// What the rooms count, as the host is told it once a second.
#pragma once

#include "base/clock.h"
#include "contract/messages.h"
#include "engine/audio/audio.h"
#include "engine/control/control_link.h"
#include "engine/pipeline/counters.h"
#include "engine/threads/threads.h"
#include "engine/transport/media_sender.h"

namespace punktfunk {

// The supervisor's.
class StatisticsTaker {
 public:
  // Since the last call, or since this was made. audio may be null.
  contract::Statistics take(VideoCounters& video, MediaSender& sender, const AudioStream* audio,
                            const ControlLink& control);

 private:
  std::uint64_t at_ns_ = monotonic_ns();
  CpuTimes cpu_ = cpu_times();
  std::uint64_t shown_ = 0, captured_ = 0, dropped_ = 0, encoded_ = 0, idr_ = 0, cpu_capture_ = 0, cpu_convert_ = 0;
  MediaSender::Stats sent_;
};

}  // namespace punktfunk
