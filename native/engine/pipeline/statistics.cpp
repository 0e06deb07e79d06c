#include "engine/pipeline/statistics.h"

#include <algorithm>
#include <utility>

namespace punktfunk {
namespace {

double ms(std::uint64_t ns) {
  return static_cast<double>(ns) / 1e6;
}
double us(std::uint64_t ns) {
  return static_cast<double>(ns) / 1e3;
}

// What a counter grew by since the last report. The CPU time of a name shrinks when one of its threads ends.
std::uint64_t grown(std::uint64_t now, std::uint64_t& before) {
  return now - std::min(now, std::exchange(before, now));
}

contract::StageLatency latency(const Histogram::Summary& s) {
  return {us(s.p50_ns), us(s.p95_ns), us(s.p99_ns), us(s.max_ns)};
}

}  // namespace

contract::Statistics StatisticsTaker::take(VideoCounters& video, MediaSender& sender, const AudioStream* audio,
                                           const ControlLink& control) {
  contract::Statistics s;
  const MediaSender::Stats sent = sender.take_stats();
  s.interval_s = static_cast<double>(grown(monotonic_ns(), at_ns_)) / 1e9;
  s.frames_captured = grown(video.captured, captured_);
  s.frames_dropped = grown(video.dropped + sent.frames_cut_short, dropped_);
  s.frames_encoded = grown(video.encoded, encoded_);
  s.frames_sent = grown(sent.frames_sent, sent_.frames_sent);
  s.idr_frames = grown(video.idr, idr_);
  s.bytes_sent = grown(sent.bytes, sent_.bytes);
  s.datagrams_sent = grown(sent.datagrams, sent_.datagrams);
  s.send_would_block = grown(sent.would_block, sent_.would_block);
  s.latency = {latency(video.capture.take()),
               latency(video.convert.take()),
               latency(video.encode.take()),
               latency(sent.protect),
               latency(sent.send),
               latency(sent.total)};
  const CpuTimes cpu = cpu_times();
  s.cpu_ms.video = ms(grown(cpu.video_ns, cpu_.video_ns));
  s.cpu_ms.send = ms(grown(cpu.send_ns, cpu_.send_ns));
  s.cpu_ms.control = ms(grown(cpu.control_ns, cpu_.control_ns));
  s.cpu_ms.audio = ms(grown(cpu.audio_ns, cpu_.audio_ns));
  s.cpu_ms.process = ms(grown(cpu.process_ns, cpu_.process_ns));
  s.cpu_ms.capture = ms(grown(video.cpu_capture_ns, cpu_capture_));
  s.cpu_ms.convert = ms(grown(video.cpu_convert_ns, cpu_convert_));
  s.cpu_ms.protect = ms(grown(sent.cpu_protect_ns, sent_.cpu_protect_ns));
  if (audio != nullptr) {
    const AudioStream::Stats a = audio->stats();
    s.audio = {a.packets, a.bytes, a.underruns, a.overruns};
  }
  s.control = control.stats();
  return s;
}

}  // namespace punktfunk
