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
  return {us(s.p50_ns), us(s.p95_ns), us(s.p99_ns), us(s.max_ns), us(s.sum_ns), {s.counts.begin(), s.counts.end()}};
}

std::uint32_t whole_us(std::uint64_t from_ns, std::uint64_t to_ns) {
  return static_cast<std::uint32_t>((to_ns - std::min(to_ns, from_ns)) / 1000);
}

contract::FrameTimes frame_times(const SentPicture& picture) {
  const PictureTimes& t = picture.times;
  return {.frame = picture.frame,
          .sent_at_us = t.sent_ns / 1000,
          .capture_us = whole_us(t.presented_ns, t.taken_ns),
          .convert_us = whole_us(t.taken_ns, t.converted_ns),
          .wait_us = whole_us(t.converted_ns, t.begun_ns),
          .encode_us = whole_us(t.begun_ns, t.encoded_ns),
          .protect_us = whole_us(t.encoded_ns, t.protected_ns),
          .send_us = whole_us(t.protected_ns, t.sent_ns),
          .bytes = picture.bytes,
          .idr = picture.idr};
}

// Nothing, where nobody looks at them.
std::optional<std::vector<contract::FrameTimes>> frames_of(SentPictures& pictures) {
  std::vector<contract::FrameTimes> frames;
  pictures.drain([&](const SentPicture& picture) { frames.push_back(frame_times(picture)); });
  if (!pictures.watched()) { return std::nullopt; }
  return frames;
}

}  // namespace

contract::Statistics StatisticsTaker::take(VideoCounters& video, MediaSender& sender, const AudioStream* audio,
                                           const ControlLink& control) {
  contract::Statistics s;
  // All fields by name: the compiler says here when the contract has another one.
  auto& [interval_s, bitrate_kbps, frames_shown, frames_captured, frames_dropped, frames_encoded, frames_sent,
         frames_repeated, frames_cut_short, idr_frames, bytes_sent, datagrams_sent, parity_datagrams, send_would_block,
         latencies, cpu_ms, sound, messages, frames] = s;
  const MediaSender::Stats sent = sender.take_stats();
  frames = frames_of(sender.sent_pictures());
  bitrate_kbps = video.bitrate_kbps;
  interval_s = static_cast<double>(grown(monotonic_ns(), at_ns_)) / 1e9;
  const std::uint64_t shown = grown(video.shown, shown_);
  if (video.shown_known) { frames_shown = shown; }
  frames_captured = grown(video.captured, captured_);
  frames_dropped = grown(video.dropped, dropped_);
  frames_encoded = grown(video.encoded, encoded_);
  frames_sent = grown(sent.frames_sent, sent_.frames_sent);
  frames_repeated = grown(sent.frames_repeated, sent_.frames_repeated);
  frames_cut_short = grown(sent.frames_cut_short, sent_.frames_cut_short);
  idr_frames = grown(video.idr, idr_);
  bytes_sent = grown(sent.bytes, sent_.bytes);
  datagrams_sent = grown(sent.datagrams, sent_.datagrams);
  parity_datagrams = grown(sent.parity_datagrams, sent_.parity_datagrams);
  send_would_block = grown(sent.would_block, sent_.would_block);
  const StageHistograms::Summaries& of = sent.latency;
  latencies = {latency(of.capture), latency(of.convert), latency(of.wait), latency(of.encode),
               latency(of.protect), latency(of.send),    latency(of.total)};
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
