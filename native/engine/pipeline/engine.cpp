#include "engine/pipeline/engine.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "engine/control/gamestream_link.h"
#include "engine/input/forbidden_input.h"
#include "engine/pads/pads.h"
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
  EngineImpl(contract::Start start, TellHost tell) : start_(std::move(start)), tell_(std::move(tell)) {
    supervisor_.start(supervisor_thread_name, [this](const std::stop_token&) { supervise(); });
  }

  ~EngineImpl() override {
    stop(contract::Farewell::none);
    supervisor_.join();
    if (control_) { control_->stop(); }
    if (sender_) { sender_->stop(); }  // its events go to the video thread
  }

  void stop(contract::Farewell farewell) override { finish(contract::Ending::stopped, farewell); }
  void request_idr() override {
    if (listening_) { video_thread_->request_idr(); }
  }
  void set_bitrate(std::uint32_t bitrate_kbps) override {
    if (listening_) { return video_thread_->set_bitrate(bitrate_kbps); }
    tell_(contract::BitrateSet{start_.video.bitrate_kbps,
                               problem::bitrate_refused("encoder", bitrate_kbps, "the stream has not begun")});
  }
  void watch_frames(bool on) override {
    if (listening_) { sender_->sent_pictures().watch(on); }
  }

 private:
  Result<void, Failure> open() {
    if (auto checked = check_encoder_config(encoder_config(start_.video)); !checked) { return checked; }
    auto checkpoint = CheckpointFile::open(start_.checkpoint_path);
    if (!checkpoint) { return checkpoint.error(); }
    checkpoint_ = std::move(*checkpoint);
    if (auto opened = open_sender(); !opened) { return opened; }
    make_video();
    if (!video_thread_->ok()) { return problem::no_descriptors(); }
    if (auto started = video_thread_->start(); !started) { return started; }
    if (auto started = start_control(); !started) { return started; }
    sender_->start();
    start_audio();
    listening_ = true;
    tell_(contract::Listening{std::visit([this](const auto& kind) { return ports(kind); }, start_.transport)});
    return {};
  }

  Result<void, Failure> open_sender() {
    MediaSenderEvents events;
    events.reachable = [this] { video_thread_->open_gate(); };
    events.ready = [this] { video_thread_->sender_ready(); };
    events.idr_needed = [this] { video_thread_->request_idr(); };
    events.too_large = [this](std::size_t bytes, std::size_t most_bytes) {
      if (video_thread_->encode_smaller(most_bytes)) { trouble(problem::picture_too_large(bytes, most_bytes)); }
    };
    events.first_frame = [this] {
      tell_(contract::FirstFrame{
          start_.video.width, start_.video.height, video_thread_->encoder_name(),
          std::visit([](const auto& target) { return capture_name(target); }, start_.video.target)});
    };
    events.problem = [this](const Failure& failure) { trouble(failure); };
    auto opened = std::visit([&](const auto& kind) { return open(kind, std::move(events)); }, start_.transport);
    if (!opened) { return std::move(opened).error(); }
    sender_ = *std::move(opened);
    return {};
  }

  // What is a transport's own: for each kind, as with targets.
  Result<std::unique_ptr<MediaSender>, Failure> open(const contract::GameStreamTransport& transport,
                                                     MediaSenderEvents events) {
    auto opened = GamestreamSender::open(sender_config(start_, transport), **checkpoint_, std::move(events));
    if (!opened) { return std::move(opened).error(); }
    return std::unique_ptr<MediaSender>(*std::move(opened));
  }
  Result<std::unique_ptr<ControlLink>, Failure> open(const contract::GameStreamTransport& transport, InputRouter input,
                                                     ControlEvents events) {
    GamestreamLinkConfig config = link_config(transport);
    if (!transport.ping_payload.empty()) {
      config.last_ping_ms = [this] { return static_cast<std::int64_t>(sender_->last_ping_ns() / 1'000'000); };
    }
    return start_gamestream_link(config, std::move(input), checkpoint_->get(), std::move(events));
  }
  contract::OpenTransport ports(const contract::GameStreamTransport&) {
    return contract::GameStreamPorts{sender_->video_port(), sender_->sound_port(), control_->port()};
  }

  void make_video() {
    VideoThreadConfig config{
        .fps = start_.video.fps,
        .bitrate_kbps = start_.video.bitrate_kbps,
        .open_source = [this] { return open_source(); },
        .open_path = [this] { return open_software_path(start_.module_dir, encoder_config(start_.video)); }};
    VideoThreadEvents events;
    events.interrupted = [this](const Failure& failure) { trouble(failure); };
    events.failed = [this](const Failure& failure) { fail(failure); };
    events.bitrate_set = [this](std::uint32_t bitrate_kbps, const std::optional<Failure>& failure) {
      tell_(contract::BitrateSet{bitrate_kbps, failure});
    };
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

  void add(const contract::WlrootsInputTarget& target, InputRouter& input) {
    auto desktop =
        open_wlroots_input(target, open_input_timeout_ms, [this](const Failure& failure) { trouble(failure); });
    if (!desktop) { return trouble(desktop.error()); }
    input.add(pointer_and_keyboard_kinds, *std::move(desktop));
  }
  static void add(const contract::ForbiddenInput&, InputRouter& input) {
    input.add(all_kinds, std::make_unique<ForbiddenInput>());
  }

  Result<void, Failure> start_control() {
    InputRouter input;
    if (start_.input) {
      std::visit([&](const auto& target) { add(target, input); }, *start_.input);
    }
    if (start_.pads) {
      input.add(pad_kinds,
                open_pads(*start_.pads, (*checkpoint_)->pads, [this](const Failure& failure) { trouble(failure); }));
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
    auto link =
        std::visit([&](const auto& kind) { return open(kind, std::move(input), std::move(events)); }, start_.transport);
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

  // Any thread. The first reason counts: false for every other.
  bool finish(contract::Ending reason, contract::Farewell farewell = contract::Farewell::none) {
    const std::lock_guard lock(mutex_);
    if (end_) { return false; }
    end_ = reason;
    farewell_ = farewell;
    changed_.notify_all();
    return true;
  }

  void fail(Failure failure) {
    tell_(contract::Problem{std::move(failure), true});
    finish(contract::Ending::failed);
  }

  void supervise() {
    // What a stop came before is nobody's concern any more.
    if (auto opened = open(); !opened && finish(contract::Ending::failed)) {
      tell_(contract::Problem{std::move(opened).error(), true});
    }
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

  // As much as was opened. After a failure the control connection stays as it is, in the checkpoint: the engine that
  // follows takes it up.
  void close_all(contract::Ending reason) {
    if (control_ && reason != contract::Ending::failed) {
      if (farewell_ != contract::Farewell::none) { control_->terminate(farewell_, farewell_ms); }
      control_->stop();
    }
    if (audio_) { audio_->stop(); }
    if (video_thread_) { video_thread_->stop(); }
    if (sender_) { sender_->stop(); }
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
  TellHost tell_;
  std::atomic<std::uint64_t> connected_ns_{0};
  std::atomic<bool> listening_{false};  // all that open() makes is there
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<contract::Ending> end_;
  contract::Farewell farewell_{};
  std::unique_ptr<CheckpointFile> checkpoint_;
  VideoCounters counters_;
  std::unique_ptr<MediaSender> sender_;
  std::unique_ptr<VideoThread> video_thread_;
  std::unique_ptr<ControlLink> control_;
  std::unique_ptr<AudioStream> audio_;

  // supervisor only
  StatisticsTaker statistics_;
  bool ping_told_ = false;
  Worker supervisor_;
};

}  // namespace

std::unique_ptr<Engine> Engine::start(contract::Start message, TellHost tell) {
  return std::make_unique<EngineImpl>(std::move(message), std::move(tell));
}

}  // namespace punktfunk
