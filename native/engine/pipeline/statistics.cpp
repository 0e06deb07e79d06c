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
  // All fields by name: the compiler says here when the contract has another one.
  auto& [interval_s, frames_captured, frames_dropped, frames_encoded, frames_sent, idr_frames, bytes_sent,
         datagrams_sent, send_would_block, latencies, cpu_ms, sound, messages] = s;
  const MediaSender::Stats sent = sender.take_stats();
  interval_s = static_cast<double>(grown(monotonic_ns(), at_ns_)) / 1e9;
  frames_captured = grown(video.captured, captured_);
  frames_dropped = grown(video.dropped + sent.frames_cut_short, dropped_);
  frames_encoded = grown(video.encoded, encoded_);
  frames_sent = grown(sent.frames_sent, sent_.frames_sent);
  idr_frames = grown(video.idr, idr_);
  bytes_sent = grown(sent.bytes, sent_.bytes);
  datagrams_sent = grown(sent.datagrams, sent_.datagrams);
  send_would_block = grown(sent.would_block, sent_.would_block);
  latencies = {latency(video.capture.take()),
               latency(video.convert.take()),
               latency(video.encode.take()),
               latency(sent.protect),
               latency(sent.send),
               latency(sent.total)};
  const CpuTimes cpu = cpu_times();
  cpu_ms.video = ms(grown(cpu.video_ns, cpu_.video_ns));
  cpu_ms.send = ms(grown(cpu.send_ns, cpu_.send_ns));
  cpu_ms.control = ms(grown(cpu.control_ns, cpu_.control_ns));
  cpu_ms.audio = ms(grown(cpu.audio_ns, cpu_.audio_ns));
  cpu_ms.process = ms(grown(cpu.process_ns, cpu_.process_ns));
  cpu_ms.capture = ms(grown(video.cpu_capture_ns, cpu_capture_));
  cpu_ms.convert = ms(grown(video.cpu_convert_ns, cpu_convert_));
  cpu_ms.protect = ms(grown(sent.cpu_protect_ns, sent_.cpu_protect_ns));
  if (audio != nullptr) {
    const AudioStream::Stats a = audio->stats();
    sound = {a.packets, a.bytes, a.underruns, a.overruns};
  }
  messages = control.stats();
  return s;
}

}  // namespace punktfunk
