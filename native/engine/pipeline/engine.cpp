#include "engine/pipeline/engine.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "engine/control/gamestream_link.h"
#include "engine/pipeline/checkpoint_file.h"
#include "engine/pipeline/configs.h"
#include "engine/pipeline/statistics.h"
#include "engine/pipeline/video_thread.h"
#include "engine/threads/threads.h"
#include "engine/transport/gamestream_sender.h"

namespace punktfunk {
namespace {

constexpr unsigned open_output_timeout_ms = 3000;
// A person may have to answer the portal's dialog; the client waits 15 s for the reply to ANNOUNCE (docs/gamestream.md,
// 5.1).
constexpr unsigned open_portal_timeout_ms = 12'000;
constexpr unsigned open_input_timeout_ms = 2000;
constexpr unsigned farewell_ms = 300;
constexpr std::uint64_t no_ping_ns = 5'000'000'000;  // after the control connection; the client gives up after 10 s

// For each kind of target, so that the compiler asks for that of a new one.
std::string capture_name(const contract::WlrootsTarget& target) {
  return "wlroots " + (target.output.empty() ? std::string("output") : target.output);
}
std::string capture_name(const contract::PortalTarget&) {
  return "portal";
}
std::string capture_name(const contract::PipeWireNodeTarget&) {
  return "pipewire";
}
std::string capture_name(const contract::SyntheticTarget&) {
  return "synthetic";
}

class EngineImpl final : public Engine {
 public:
  EngineImpl(const contract::Start& start, TellHost tell)
      : start_(start), transport_(std::get<contract::GameStreamTransport>(start.transport)), tell_(std::move(tell)) {}

  ~EngineImpl() override {
    stop(0);
    if (control_) { control_->stop(); }
    if (sender_) { sender_->stop(); }  // its events go to the video thread
  }

  Result<void, Failure> start() {
    if (auto checked = check_encoder_config(encoder_config(start_.video)); !checked) { return checked; }
    auto checkpoint = CheckpointFile::open(start_.checkpoint_path);
    if (!checkpoint) { return checkpoint.error(); }
    checkpoint_ = std::move(*checkpoint);
    if (auto opened = open_sender(); !opened) { return opened; }
    make_video();
    if (!video_thread_->ok() || !supervisor_.ok()) { return problem::no_descriptors(); }
    if (auto started = video_thread_->start(); !started) { return started; }
    if (auto started = start_control(); !started) { return started; }
    sender_->start();
    start_audio();
    tell_(contract::Listening{sender_->video_port(), sender_->sound_port(), control_->port()});
    supervisor_.start(supervisor_thread_name, [this](const std::stop_token&) { supervise(); });
    return {};
  }

  void stop(std::uint32_t termination_reason) override {
    finish(contract::Ending::stopped, termination_reason);
    const std::lock_guard join(join_);
    supervisor_.stop();
  }

 private:
  Result<void, Failure> open_sender() {
    MediaSenderEvents events;
    events.reachable = [this] { video_thread_->open_gate(); };
    events.ready = [this] { video_thread_->sender_ready(); };
    events.idr_needed = [this] { video_thread_->request_idr(); };
    events.first_frame = [this] {
      tell_(contract::FirstFrame{
          start_.video.width, start_.video.height, video_thread_->encoder_name(),
          std::visit([](const auto& target) { return capture_name(target); }, start_.video.target)});
    };
    events.problem = [this](const Failure& failure) { trouble(failure); };
    auto opened = GamestreamSender::open(sender_config(start_, transport_), **checkpoint_, std::move(events));
    if (!opened) { return std::move(opened).error(); }
    sender_ = *std::move(opened);
    return {};
  }

  void make_video() {
    VideoThreadConfig config{start_.video.fps, [this] { return open_source(); },
                             [this] { return open_software_path(start_.module_dir, encoder_config(start_.video)); }};
    VideoThreadEvents events;
    events.interrupted = [this](const Failure& failure) { trouble(failure); };
    events.failed = [this](const Failure& failure) { fail(failure); };
    video_thread_ = std::make_unique<VideoThread>(std::move(config), *sender_, counters_, std::move(events));
  }

  OpenedSource open_source() {
    const SourceConfig wanted = source_config(start_.video);
    return std::visit([&](auto& target) { return open(target, wanted); }, start_.video.target);
  }
  static OpenedSource open(const contract::WlrootsTarget& target, const SourceConfig&) {
    return open_wlroots(target, open_output_timeout_ms);
  }
  static OpenedSource open(const contract::SyntheticTarget& target, const SourceConfig& wanted) {
    return open_synthetic(target, wanted);
  }
  static OpenedSource open(const contract::PipeWireNodeTarget& target, const SourceConfig& wanted) {
    return open_pipewire(target, {}, wanted, open_output_timeout_ms);
  }
  OpenedSource open(contract::PortalTarget& target, const SourceConfig& wanted) {
    std::string token;
    auto source = open_portal(target, wanted, open_portal_timeout_ms, token);
    if (!token.empty()) {  // a token serves once: the next opening needs the new one
      target.restore_token = token;
      tell_(contract::RestoreToken{token});
    }
    return source;
  }

  Result<std::unique_ptr<InputBackend>, Failure> open(const contract::WlrootsInputTarget& target) {
    return open_wlroots_input(target, open_input_timeout_ms, [this](const Failure& failure) { trouble(failure); });
  }

  Result<void, Failure> start_control() {
    InputRouter input;
    if (start_.input) {
      auto desktop = std::visit([&](const auto& target) { return open(target); }, *start_.input);
      if (desktop) {
        input.add(pointer_and_keyboard_kinds, std::move(*desktop));
      } else {
        trouble(desktop.error());
      }
    }
    ControlEvents events;
    events.connected = [this] {
      connected_ns_ = monotonic_ns();
      tell_(contract::ClientConnected{});
    };
    events.request_idr = [this] { video_thread_->request_idr(); };
    events.invalidate = [this](std::uint32_t, std::uint32_t) {
      video_thread_->request_idr();
    };  // never advertised; an IDR answers it
    events.goodbye = [this] { tell_(contract::ClientLeaving{}); };
    events.forged_goodbye = [this] { trouble(problem::forged_goodbye()); };
    events.problem = [this](const Failure& failure) { trouble(failure); };
    events.ended = [this](contract::Ending reason) { finish(reason); };
    events.failed = [this](const Failure& failure) { fail(failure); };
    GamestreamLinkConfig control = link_config(transport_);
    if (!transport_.ping_payload.empty()) {
      control.last_ping_ms = [this] { return static_cast<std::int64_t>(sender_->last_ping_ns() / 1'000'000); };
    }
    auto link = start_gamestream_link(control, std::move(input), checkpoint_->get(), std::move(events));
    if (!link) { return std::move(link).error(); }
    control_ = *std::move(link);
    return {};
  }

  void start_audio() {
    if (!start_.audio) { return; }
    AudioConfig config = audio_config(*start_.audio);
    config.problem = [this](const Failure& failure) { trouble(failure); };
    auto audio = AudioStream::start(config, *sender_);
    if (!audio) { return trouble(audio.error()); }
    audio_ = *std::move(audio);
    if (audio_->priority() == Granted::nothing) { trouble(problem::sound_without_priority()); }
  }

  void trouble(Failure failure) { tell_(contract::Problem{std::move(failure), false}); }

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
    sender_->stop();
  }

  void report() {
    tell_(statistics_.take(counters_, *sender_, audio_.get(), *control_));
    const std::uint64_t connected = connected_ns_;
    if (connected != 0 && !sender_->reachable() && monotonic_ns() - connected > no_ping_ns &&
        !std::exchange(ping_told_, true)) {
      trouble(problem::no_video_ping(sender_->video_port()));
    }
  }

  contract::Start start_;
  contract::GameStreamTransport transport_;
  TellHost tell_;
  std::atomic<std::uint64_t> connected_ns_{0};
  std::mutex mutex_, join_;
  std::condition_variable changed_;
  std::optional<contract::Ending> end_;
  std::uint32_t termination_reason_ = 0;
  std::unique_ptr<CheckpointFile> checkpoint_;
  VideoCounters counters_;
  std::unique_ptr<GamestreamSender> sender_;
  std::unique_ptr<VideoThread> video_thread_;
  std::unique_ptr<ControlLink> control_;
  std::unique_ptr<AudioStream> audio_;

  Worker supervisor_;
  // supervisor only
  StatisticsTaker statistics_;
  bool ping_told_ = false;
};

}  // namespace

Result<std::unique_ptr<Engine>, Failure> Engine::start(const contract::Start& message, TellHost tell) {
  auto engine = std::make_unique<EngineImpl>(message, std::move(tell));
  auto started = engine->start();
  if (!started) { return std::move(started).error(); }
  return std::unique_ptr<Engine>(std::move(engine));
}

}  // namespace punktfunk
