#include "engine/pipeline/engine.h"

#include <arpa/inet.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "base/clock.h"
#include "engine/pipeline/checkpoint_file.h"
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

std::string capture_name(const VideoTarget& target) {
  if (const auto* w = std::get_if<WlrootsTarget>(&target)) {
    return "wlroots " + (w->output.empty() ? std::string("output") : w->output);
  }
  return std::holds_alternative<PortalTarget>(target) ? "portal" : "synthetic";
}

std::string dotted(std::uint32_t ipv4_network_order) {
  char text[INET_ADDRSTRLEN];
  return inet_ntop(AF_INET, &ipv4_network_order, text, sizeof text);
}

double ms(std::uint64_t ns) {
  return static_cast<double>(ns) / 1e6;
}

class EngineImpl final : public Engine {
 public:
  EngineImpl(const EngineConfig& config, EngineEvents events) : config_(config), events_(std::move(events)) {
    config_.control.bind_address = config.bind_address;
    config_.control.port = config.control_port;
    config_.control.client_address = config.client_address;
    config_.control.key = config.key;
  }

  ~EngineImpl() override {
    stop(0);
    if (control_) { control_->stop(); }
  }

  bool start(std::string& error) {
    error = encoder_config_error(config_.encoder);
    if (!error.empty()) { return false; }
    checkpoint_ = CheckpointFile::open(config_.checkpoint_path, error);
    if (!checkpoint_ || !open_sockets(error)) { return false; }
    make_threads();
    if (!video_thread_->ok() || !send_thread_->ok() || !supervisor_.ok()) {
      error = "This process has no file descriptors left.";
      return false;
    }
    if (!video_thread_->start(error) || !start_control(error)) { return false; }
    if (send_thread_->start() != Status::ok) {
      error = "Packets of " + std::to_string(config_.packet_size) + " bytes with " +
              std::to_string(config_.fec_percent) + " % parity cannot be made.";
      return false;
    }
    start_audio();
    events_.listening(video_->port(), audio_endpoint_ ? audio_endpoint_->port() : 0, control_->port());
    supervisor_.start(supervisor_thread_name, [this](const std::stop_token&) { supervise(); });
    return true;
  }

  void stop(std::uint32_t termination_reason) override {
    finish("stopped", termination_reason);
    const std::lock_guard join(join_);
    supervisor_.stop();
  }

 private:
  bool open_sockets(std::string& error) {
    UdpEndpointConfig c;
    c.bind_address = config_.bind_address;
    c.port = config_.video_port;
    c.ping_payload = config_.ping_payload;
    c.client_address = config_.client_address;
    video_ = UdpEndpoint::open(c, error);
    if (!video_) { return false; }
    if (config_.audio_enabled) {
      c.port = config_.audio_port;
      audio_endpoint_ = UdpEndpoint::open(c, error);
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
    const EncoderConfig& e = config_.encoder;
    ring_ = std::make_unique<AccessUnitRing>(max_access_unit_bytes(e));
    VideoThreadConfig video{
        e, [this](std::string& error) { return open_source(error); },
        [this](std::string& error) { return open_h264_encoder(config_.module_dir, config_.encoder, error); }};
    video_thread_ = std::make_unique<VideoThread>(
        std::move(video), *ring_, counters_,
        VideoThreadEvents{
            [this] { send_thread_->unit_ready(); },
            [this](const std::string& sentence) { events_.problem("capture_interrupted", sentence, false); },
            [this](const std::string& code, const std::string& sentence) { fail(code, sentence); }});
    gamestream::VideoPacketizerConfig packets{.packet_size = config_.packet_size,
                                              .fec_percent = config_.fec_percent,
                                              .min_parity_shards = config_.min_parity_shards,
                                              .reinforce_small_frames = true,
                                              .max_access_unit_bytes = ring_->capacity()};
    if (config_.encrypt_video) { packets.key = config_.key; }
    send_thread_ = std::make_unique<SendThread>(
        packets, e.fps, *ring_, *video_, audio_endpoint_.get(), **checkpoint_, counters_,
        SendThreadEvents{[this] { video_thread_->open_gate(); }, [this] { video_thread_->slot_free(); },
                         [this] { video_thread_->request_idr(); },
                         [this] {
                           events_.first_frame(config_.encoder.width, config_.encoder.height,
                                               video_thread_->encoder_name(), capture_name(config_.target));
                         }});
  }

  std::unique_ptr<FrameSource> open_source(std::string& error) {
    const SourceConfig wanted{config_.encoder.width, config_.encoder.height, config_.encoder.fps};
    if (const auto* target = std::get_if<WlrootsTarget>(&config_.target)) {
      return open_wlroots(*target, wanted, open_output_timeout_ms, error);
    }
    if (const auto* target = std::get_if<SyntheticTarget>(&config_.target)) {
      return open_synthetic(*target, wanted, error);
    }
    auto& portal = std::get<PortalTarget>(config_.target);
    std::string token;
    auto source = open_portal(portal, wanted, open_portal_timeout_ms, token, error);
    if (!token.empty()) {  // a token serves once: the next opening needs the new one
      portal.restore_token = token;
      events_.restore_token(token);
    }
    return source;
  }

  bool start_control(std::string& error) {
    std::unique_ptr<InputBackend> input;
    if (config_.input) {
      std::string why;
      const auto problem = [this](const std::string& code, const std::string& sentence) {
        events_.problem(code, sentence, false);
      };
      input = open_wlroots_input(*config_.input, open_input_timeout_ms, why, problem);
      if (!input) { events_.problem("input_unavailable", why, false); }
    }
    ControlEvents events;
    events.connected = [this] {
      connected_ns_ = monotonic_ns();
      events_.client_connected();
    };
    events.started = [] {};  // the video ping says where to send, and says it later
    events.request_idr = [this] { video_thread_->request_idr(); };
    events.invalidate = [this](std::uint32_t, std::uint32_t) {
      video_thread_->request_idr();
    };  // never advertised; an IDR answers it
    events.fec_status = [](std::uint32_t, bool) {};
    events.goodbye = [this] { events_.client_leaving(); };
    events.forged_goodbye = [this] {
      events_.problem("forged_goodbye",
                      "Somebody on the network told this host in the client's name that it left. It stays.", false);
    };
    events.problem = [this](const std::string& code, const std::string& sentence) {
      events_.problem(code, sentence, false);
    };
    events.ended = [this](const std::string& reason) {
      const bool known = reason == "client_quit" || reason == "client_timeout" || reason == "connect_timeout";
      if (known) {
        finish(reason, 0);
      } else {
        fail("control_failed", "The control connection broke: " + reason + ".");
      }
    };
    if (!config_.ping_payload.empty()) {
      config_.control.last_ping_ms = [this] { return last_ping_ms(); };
    }
    control_ = ControlStream::start(config_.control, std::move(input), checkpoint_->get(), std::move(events), error);
    return control_ != nullptr;
  }

  [[nodiscard]] std::int64_t last_ping_ms() const {
    const std::uint64_t audio = audio_endpoint_ ? audio_endpoint_->last_ping_ns() : 0;
    return static_cast<std::int64_t>(std::max(video_->last_ping_ns(), audio) / 1'000'000);
  }

  void start_audio() {
    if (!config_.audio_enabled) { return; }
    std::string why;
    config_.audio.problem = [this](const std::string& code, const std::string& sentence) {
      events_.problem(code, sentence, false);
    };
    audio_ = AudioStream::start(config_.audio, *audio_endpoint_, checkpoint_->get(), why);
    if (!audio_) { return events_.problem("sound_unavailable", why, false); }
    if (audio_->priority() == Granted::nothing) {
      events_.problem("sound_without_priority",
                      "The thread that sends the sound got no priority: it may stutter while the processor is busy. "
                      "`doctor` says what to do.",
                      false);
    }
  }

  // Any thread. The first reason counts.
  void finish(const std::string& reason, std::uint32_t termination_reason) {
    const std::lock_guard lock(mutex_);
    if (!end_.empty()) { return; }
    end_ = reason;
    termination_reason_ = termination_reason;
    changed_.notify_all();
  }

  void fail(const std::string& code, const std::string& sentence) {
    events_.problem(code, sentence, true);
    finish("failed", 0);
  }

  void supervise() {
    auto next = std::chrono::steady_clock::now();
    std::unique_lock lock(mutex_);
    while (end_.empty()) {
      next += std::chrono::seconds(1);
      if (changed_.wait_until(lock, next, [this] { return !end_.empty(); })) { break; }
      lock.unlock();
      report();
      lock.lock();
    }
    const std::string reason = end_;
    lock.unlock();
    close_all(reason);
    events_.ended(reason);
  }

  // After a failure the control connection stays as it is, in the checkpoint: the engine that follows takes it up.
  void close_all(const std::string& reason) {
    if (reason != "failed") {
      if (termination_reason_ != 0) { control_->terminate(termination_reason_, farewell_ms); }
      control_->stop();
    }
    if (audio_) { audio_->stop(); }
    video_thread_->stop();
    send_thread_->stop();
  }

  void report() {
    EngineStats s = collect();
    events_.stats(s);
    const auto video = video_->stats();
    if (!video.gso && !std::exchange(gso_told_, true)) {
      events_.problem(
          "gso_unavailable",
          "The kernel does not segment UDP packets (GSO): they are sent one by one, which costs more CPU time.", false);
    }
    tell_foreign_pings(*video_);
    if (audio_endpoint_) { tell_foreign_pings(*audio_endpoint_); }
    const std::uint64_t connected = connected_ns_;
    if (connected != 0 && !video_->has_peer() && monotonic_ns() - connected > no_ping_ns &&
        !std::exchange(ping_told_, true)) {
      events_.problem("no_video_ping",
                      "The client is connected but nothing from it reaches UDP port " + std::to_string(video_->port()) +
                          ": open that port in the firewall.",
                      false);
    }
  }

  // A client that moves pings from elsewhere a few times before it is followed: that is not worth a word.
  void tell_foreign_pings(const UdpEndpoint& endpoint) {
    const auto stats = endpoint.stats();
    if (stats.foreign_pings <= moving_pings || std::exchange(foreign_told_, true)) { return; }
    events_.problem("foreign_pings",
                    dotted(stats.last_foreign_ipv4) +
                        " sends pings that are the client's: somebody repeats them to be sent its picture or sound. "
                        "They are not followed.",
                    false);
  }

  // What a counter grew by since the last report. The CPU time of a name shrinks when one of its threads ends.
  static std::uint64_t grown(std::uint64_t now, std::uint64_t& before) {
    return now - std::min(now, std::exchange(before, now));
  }

  static StageLatency taken(Histogram& histogram) {
    const Histogram::Summary s = histogram.take();
    return {s.p50_ns, s.p95_ns, s.p99_ns, s.max_ns};
  }

  EngineStats collect() {
    EngineStats s{};
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
    s.capture = taken(counters_.capture);
    s.convert = taken(counters_.convert);
    s.encode = taken(counters_.encode);
    s.protect = taken(counters_.protect);
    s.send = taken(counters_.send);
    s.total = taken(counters_.total);
    const CpuTimes cpu = cpu_times();
    s.cpu_video_ms = ms(grown(cpu.video_ns, last_.cpu.video_ns));
    s.cpu_send_ms = ms(grown(cpu.send_ns, last_.cpu.send_ns));
    s.cpu_control_ms = ms(grown(cpu.control_ns, last_.cpu.control_ns));
    s.cpu_audio_ms = ms(grown(cpu.audio_ns, last_.cpu.audio_ns));
    s.cpu_process_ms = ms(grown(cpu.process_ns, last_.cpu.process_ns));
    s.cpu_capture_ms = ms(grown(counters_.cpu_capture_ns.load(), last_.cpu_capture));
    s.cpu_convert_ms = ms(grown(counters_.cpu_convert_ns.load(), last_.cpu_convert));
    s.cpu_protect_ms = ms(grown(counters_.cpu_protect_ns.load(), last_.cpu_protect));
    if (audio_) { s.audio = audio_->stats(); }
    s.control = control_->stats();
    return s;
  }

  struct Last {
    std::uint64_t at_ns = monotonic_ns();
    std::uint64_t captured = 0, dropped = 0, encoded = 0, sent = 0, idr = 0, bytes = 0, datagrams = 0, would_block = 0;
    std::uint64_t cpu_capture = 0, cpu_convert = 0, cpu_protect = 0;
    CpuTimes cpu = cpu_times();
  };

  EngineConfig config_;
  EngineEvents events_;
  std::atomic<std::uint64_t> connected_ns_{0};
  std::mutex mutex_, join_;
  std::condition_variable changed_;
  std::string end_;  // why, once it ends
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

std::unique_ptr<Engine> Engine::start(const EngineConfig& config, EngineEvents events, std::string& error) {
  auto engine = std::make_unique<EngineImpl>(config, std::move(events));
  if (!engine->start(error)) { return nullptr; }
  return engine;
}

}  // namespace punktfunk
