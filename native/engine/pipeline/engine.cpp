#include "engine/pipeline/engine.h"

#include <arpa/inet.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "contract/cut.h"
#include "engine/pipeline/checkpoint_file.h"
#include "engine/pipeline/configs.h"
#include "engine/pipeline/send_thread.h"
#include "engine/pipeline/video_thread.h"
#include "engine/threads/threads.h"

namespace punktfunk {
namespace {

constexpr unsigned open_output_timeout_ms = 3000;
// A person may have to answer the portal's dialog; the client waits 15 s for the reply to ANNOUNCE (GameStream
// note, 5.1).
constexpr unsigned open_portal_timeout_ms = 12'000;
constexpr unsigned open_input_timeout_ms = 2000;
constexpr unsigned farewell_ms = 300;
constexpr std::uint64_t no_ping_ns = 5'000'000'000;  // after the control connection; the client gives up after 10 s
constexpr std::uint64_t moving_pings = 8;            // in four seconds, when a client's address changes
// An access unit larger than this is dropped and an IDR follows: far above what the encoder's rate control lets
// through, and not a picture's size, of which memory would have to be held several times.
constexpr std::size_t max_frame_budgets = 16, min_access_unit_bytes = 512 << 10;

std::size_t max_access_unit_bytes(const EncoderConfig& e) {
  const std::size_t budget = std::size_t{e.bitrate_kbps} * 1000 / 8 / e.fps,
                    raw = std::size_t{e.width} * e.height * 3 / 2;
  return std::max(min_access_unit_bytes, std::min(budget * max_frame_budgets, raw));
}

std::string capture_name(const contract::VideoTarget& target) {
  if (const auto* w = std::get_if<contract::WlrootsTarget>(&target)) {
    return "wlroots " + (w->output.empty() ? std::string("output") : w->output);
  }
  if (std::holds_alternative<contract::SyntheticTarget>(target)) { return "synthetic"; }
  return std::holds_alternative<contract::PortalTarget>(target) ? "portal" : "pipewire";
}

// The failure of a room that still gives a code and a sentence.
Failure said(std::string_view code, std::string_view sentence) {
  for (std::size_t i = 0; i < problem_codes; ++i) {
    const auto known = static_cast<ProblemCode>(i);
    if (text(known) != code) { continue; }
    Failure failure{known, {}};
    failure.parameters.resize(parameter_names(known).size());
    if (!failure.parameters.empty()) { failure.parameters[0] = contract::cut(sentence); }
    return failure;
  }
  return problem::start_failed(sentence);
}

std::string dotted(std::uint32_t ipv4_network_order) {
  char text[INET_ADDRSTRLEN];
  return inet_ntop(AF_INET, &ipv4_network_order, text, sizeof text);
}

double ms(std::uint64_t ns) {
  return static_cast<double>(ns) / 1e6;
}

double us(std::uint64_t ns) {
  return static_cast<double>(ns) / 1e3;
}

class EngineImpl final : public Engine {
 public:
  EngineImpl(const contract::Start& start, TellHost tell)
      : start_(start), transport_(std::get<contract::GameStreamTransport>(start.transport)), tell_(std::move(tell)) {}

  ~EngineImpl() override {
    stop(0);
    if (control_) { control_->stop(); }
  }

  Result<void, Failure> start() {
    std::string error = encoder_config_error(encoder_);
    if (!error.empty()) { return problem::start_failed(error); }
    auto checkpoint = CheckpointFile::open(start_.checkpoint_path);
    if (!checkpoint) { return checkpoint.error(); }
    checkpoint_ = std::move(*checkpoint);
    if (!open_sockets(error)) { return problem::start_failed(error); }
    make_threads();
    if (!video_thread_->ok() || !send_thread_->ok() || !supervisor_.ok()) { return problem::no_descriptors(); }
    if (!video_thread_->start(error) || !start_control(error)) { return problem::start_failed(error); }
    if (send_thread_->start() != Status::ok) {
      return problem::packets_impossible(transport_.packet_size, transport_.fec_percent);
    }
    start_audio();
    tell_(contract::Listening{video_->port(), audio_endpoint_ ? audio_endpoint_->port() : std::uint16_t{0},
                              control_->port()});
    supervisor_.start(supervisor_thread_name, [this](const std::stop_token&) { supervise(); });
    return {};
  }

  void stop(std::uint32_t termination_reason) override {
    finish(contract::Ending::stopped, termination_reason);
    const std::lock_guard join(join_);
    supervisor_.stop();
  }

 private:
  bool open_sockets(std::string& error) {
    video_ = UdpEndpoint::open(endpoint_config(transport_, transport_.video_port), error);
    if (!video_) { return false; }
    if (start_.audio) {
      audio_endpoint_ = UdpEndpoint::open(endpoint_config(transport_, transport_.audio_port), error);
      if (!audio_endpoint_) { return false; }
    }
    const auto restore = [](UdpEndpoint& endpoint, const Checkpoint::Peer& saved) {
      if (saved.port != 0) {
        endpoint.set_peer({saved.ipv4, static_cast<std::uint16_t>(saved.port), saved.ping_counter});
      }
    };
    restore(*video_, (*checkpoint_)->video_peer);
    if (audio_endpoint_) { restore(*audio_endpoint_, (*checkpoint_)->audio_peer); }
    return true;
  }

  void make_threads() {
    ring_ = std::make_unique<AccessUnitRing>(max_access_unit_bytes(encoder_));
    VideoThreadConfig video{
        encoder_, [this](std::string& error) { return open_source(error); },
        [this](std::string& error) { return open_h264_encoder(start_.module_dir, encoder_, error); }};
    video_thread_ = std::make_unique<VideoThread>(
        std::move(video), *ring_, counters_,
        VideoThreadEvents{
            [this] { send_thread_->unit_ready(); },
            [this](const std::string& sentence) { trouble(problem::capture_interrupted(sentence)); },
            [this](const std::string& code, const std::string& sentence) { fail(said(code, sentence)); }});
    gamestream::VideoPacketizerConfig packets{.packet_size = transport_.packet_size,
                                              .fec_percent = transport_.fec_percent,
                                              .min_parity_shards = transport_.min_parity_shards,
                                              .reinforce_small_frames = true,
                                              .max_access_unit_bytes = ring_->capacity()};
    if (transport_.encrypt_video) { packets.key = key_of(transport_); }
    send_thread_ = std::make_unique<SendThread>(
        packets, encoder_.fps, *ring_, *video_, audio_endpoint_.get(), **checkpoint_, counters_,
        SendThreadEvents{[this] { video_thread_->open_gate(); }, [this] { video_thread_->slot_free(); },
                         [this] { video_thread_->request_idr(); },
                         [this] {
                           tell_(contract::FirstFrame{start_.video.width, start_.video.height,
                                                      video_thread_->encoder_name(),
                                                      capture_name(start_.video.target)});
                         }});
  }

  std::unique_ptr<FrameSource> open_source(std::string& error) {
    const SourceConfig wanted = source_config(start_.video);
    if (const auto* target = std::get_if<contract::WlrootsTarget>(&start_.video.target)) {
      return open_wlroots({target->wayland_display, target->output}, wanted, open_output_timeout_ms, error);
    }
    if (const auto* target = std::get_if<contract::SyntheticTarget>(&start_.video.target)) {
      return open_synthetic({target->moving}, wanted, error);
    }
    if (const auto* target = std::get_if<contract::PipeWireNodeTarget>(&start_.video.target)) {
      return open_pipewire({-1, target->node_id}, wanted, open_output_timeout_ms, error);
    }
    auto& portal = std::get<contract::PortalTarget>(start_.video.target);
    std::string token;
    auto source = open_portal({portal.restore_token}, wanted, open_portal_timeout_ms, token, error);
    if (!token.empty()) {  // a token serves once: the next opening needs the new one
      portal.restore_token = token;
      tell_(contract::RestoreToken{token});
    }
    return source;
  }

  bool start_control(std::string& error) {
    std::unique_ptr<InputBackend> input;
    if (start_.input) {
      std::string why;
      const auto& target = std::get<contract::WlrootsInputTarget>(*start_.input);
      input = open_wlroots_input(input_target(target), open_input_timeout_ms, why, trouble_said());
      if (!input) { trouble(problem::input_unavailable(why)); }
    }
    ControlEvents events;
    events.connected = [this] {
      connected_ns_ = monotonic_ns();
      tell_(contract::ClientConnected{});
    };
    events.started = [] {};  // the video ping says where to send, and says it later
    events.request_idr = [this] { video_thread_->request_idr(); };
    events.invalidate = [this](std::uint32_t, std::uint32_t) {
      video_thread_->request_idr();
    };  // never advertised; an IDR answers it
    events.fec_status = [](std::uint32_t, bool) {};
    events.goodbye = [this] { tell_(contract::ClientLeaving{}); };
    events.forged_goodbye = [this] { trouble(problem::forged_goodbye()); };
    events.problem = trouble_said();
    events.ended = [this](const std::string& reason) {
      if (reason == "client_quit") { return finish(contract::Ending::client_quit); }
      if (reason == "client_timeout") { return finish(contract::Ending::client_timeout); }
      if (reason == "connect_timeout") { return finish(contract::Ending::connect_timeout); }
      fail(problem::control_failed(reason));
    };
    ControlConfig control = control_config(transport_);
    if (!transport_.ping_payload.empty()) {
      control.last_ping_ms = [this] { return last_ping_ms(); };
    }
    control_ = ControlStream::start(control, std::move(input), checkpoint_->get(), std::move(events), error);
    return control_ != nullptr;
  }

  [[nodiscard]] std::int64_t last_ping_ms() const {
    const std::uint64_t audio = audio_endpoint_ ? audio_endpoint_->last_ping_ns() : 0;
    return static_cast<std::int64_t>(std::max(video_->last_ping_ns(), audio) / 1'000'000);
  }

  void start_audio() {
    if (!start_.audio) { return; }
    std::string why;
    AudioConfig config = audio_config(*start_.audio, transport_);
    config.problem = trouble_said();
    audio_ = AudioStream::start(config, *audio_endpoint_, checkpoint_->get(), why);
    if (!audio_) { return trouble(problem::sound_unavailable(why)); }
    if (audio_->priority() == Granted::nothing) { trouble(problem::sound_without_priority()); }
  }

  void trouble(Failure failure) { tell_(contract::Problem{std::move(failure), false}); }

  // For rooms that still give a code and a sentence.
  std::function<void(const std::string&, const std::string&)> trouble_said() {
    return [this](const std::string& code, const std::string& sentence) { trouble(said(code, sentence)); };
  }

  // Any thread. The first reason counts.
  void finish(contract::Ending reason, std::uint32_t termination_reason = 0) {
    const std::lock_guard lock(mutex_);
    if (end_) { return; }
    end_ = reason;
    termination_reason_ = termination_reason;
    changed_.notify_all();
  }

  void fail(Failure failure) {
    tell_(contract::Problem{std::move(failure), true});
    finish(contract::Ending::failed);
  }

  void supervise() {
    auto next = std::chrono::steady_clock::now();
    std::unique_lock lock(mutex_);
    while (!end_) {
      next += std::chrono::seconds(1);
      if (changed_.wait_until(lock, next, [this] { return end_.has_value(); })) { break; }
      lock.unlock();
      report();
      lock.lock();
    }
    const contract::Ending reason = *end_;
    lock.unlock();
    close_all(reason);
    tell_(contract::Ended{reason});
  }

  // After a failure the control connection stays as it is, in the checkpoint: the engine that follows takes it up.
  void close_all(contract::Ending reason) {
    if (reason != contract::Ending::failed) {
      if (termination_reason_ != 0) { control_->terminate(termination_reason_, farewell_ms); }
      control_->stop();
    }
    if (audio_) { audio_->stop(); }
    video_thread_->stop();
    send_thread_->stop();
  }

  void report() {
    tell_(collect());
    const auto video = video_->stats();
    if (!video.gso && !std::exchange(gso_told_, true)) { trouble(problem::gso_unavailable()); }
    tell_foreign_pings(*video_);
    if (audio_endpoint_) { tell_foreign_pings(*audio_endpoint_); }
    const std::uint64_t connected = connected_ns_;
    if (connected != 0 && !video_->has_peer() && monotonic_ns() - connected > no_ping_ns &&
        !std::exchange(ping_told_, true)) {
      trouble(problem::no_video_ping(video_->port()));
    }
  }

  // A client that moves pings from elsewhere a few times before it is followed: that is not worth a word.
  void tell_foreign_pings(const UdpEndpoint& endpoint) {
    const auto stats = endpoint.stats();
    if (stats.foreign_pings <= moving_pings || std::exchange(foreign_told_, true)) { return; }
    trouble(problem::foreign_pings(dotted(stats.last_foreign_ipv4)));
  }

  // What a counter grew by since the last report. The CPU time of a name shrinks when one of its threads ends.
  static std::uint64_t grown(std::uint64_t now, std::uint64_t& before) {
    return now - std::min(now, std::exchange(before, now));
  }

  static contract::StageLatency taken(Histogram& histogram) {
    const Histogram::Summary s = histogram.take();
    return {us(s.p50_ns), us(s.p95_ns), us(s.p99_ns), us(s.max_ns)};
  }

  contract::Statistics collect() {
    contract::Statistics s;
    const std::uint64_t now = monotonic_ns();
    s.interval_s = static_cast<double>(grown(now, last_.at_ns)) / 1e9;
    s.frames_captured = grown(counters_.captured.load(), last_.captured);
    s.frames_dropped = grown(counters_.dropped.load() + counters_.cut_short.load(), last_.dropped);
    s.frames_encoded = grown(counters_.encoded.load(), last_.encoded);
    s.frames_sent = grown(counters_.sent.load(), last_.sent);
    s.idr_frames = grown(counters_.idr.load(), last_.idr);
    const auto video = video_->stats();
    s.bytes_sent = grown(video.bytes, last_.bytes);
    s.datagrams_sent = grown(video.datagrams, last_.datagrams);
    s.send_would_block = grown(video.would_block, last_.would_block);
    s.latency.capture = taken(counters_.capture);
    s.latency.convert = taken(counters_.convert);
    s.latency.encode = taken(counters_.encode);
    s.latency.protect = taken(counters_.protect);
    s.latency.send = taken(counters_.send);
    s.latency.total = taken(counters_.total);
    const CpuTimes cpu = cpu_times();
    s.cpu_ms.video = ms(grown(cpu.video_ns, last_.cpu.video_ns));
    s.cpu_ms.send = ms(grown(cpu.send_ns, last_.cpu.send_ns));
    s.cpu_ms.control = ms(grown(cpu.control_ns, last_.cpu.control_ns));
    s.cpu_ms.audio = ms(grown(cpu.audio_ns, last_.cpu.audio_ns));
    s.cpu_ms.process = ms(grown(cpu.process_ns, last_.cpu.process_ns));
    s.cpu_ms.capture = ms(grown(counters_.cpu_capture_ns.load(), last_.cpu_capture));
    s.cpu_ms.convert = ms(grown(counters_.cpu_convert_ns.load(), last_.cpu_convert));
    s.cpu_ms.protect = ms(grown(counters_.cpu_protect_ns.load(), last_.cpu_protect));
    if (audio_) {
      const auto a = audio_->stats();
      s.audio = {a.packets, a.bytes, a.underruns, a.overruns};
    }
    const auto c = control_->stats();
    s.control = {c.messages, c.refused, c.replayed, c.input_events, c.input_ignored, c.idr_requests, c.round_trip_ms};
    return s;
  }

  struct Last {
    std::uint64_t at_ns = monotonic_ns();
    std::uint64_t captured = 0, dropped = 0, encoded = 0, sent = 0, idr = 0, bytes = 0, datagrams = 0, would_block = 0;
    std::uint64_t cpu_capture = 0, cpu_convert = 0, cpu_protect = 0;
    CpuTimes cpu = cpu_times();
  };

  contract::Start start_;
  contract::GameStreamTransport transport_;
  EncoderConfig encoder_ = encoder_config(start_.video);
  TellHost tell_;
  std::atomic<std::uint64_t> connected_ns_{0};
  std::mutex mutex_, join_;
  std::condition_variable changed_;
  std::optional<contract::Ending> end_;
  std::uint32_t termination_reason_ = 0;
  std::unique_ptr<CheckpointFile> checkpoint_;
  std::unique_ptr<UdpEndpoint> video_, audio_endpoint_;
  PipelineCounters counters_;
  std::unique_ptr<AccessUnitRing> ring_;
  std::unique_ptr<VideoThread> video_thread_;
  std::unique_ptr<SendThread> send_thread_;
  std::unique_ptr<ControlStream> control_;
  std::unique_ptr<AudioStream> audio_;

  Worker supervisor_;
  // supervisor only
  Last last_;
  bool gso_told_ = false, ping_told_ = false, foreign_told_ = false;
};

}  // namespace

Result<std::unique_ptr<Engine>, Failure> Engine::start(const contract::Start& message, TellHost tell) {
  auto engine = std::make_unique<EngineImpl>(message, std::move(tell));
  auto started = engine->start();
  if (!started) { return std::move(started).error(); }
  return std::unique_ptr<Engine>(std::move(engine));
}

}  // namespace punktfunk
