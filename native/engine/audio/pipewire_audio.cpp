// The desktop's sound over PipeWire, on one loop thread of its own: a null sink that lives as long as we do, the
// default sink while streaming, its monitor captured.
#include <pipewire/pipewire.h>
#include <pthread.h>
#include <spa/param/audio/format-utils.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <future>
#include <string>
#include <thread>
#include <utility>

#include "engine/audio/audio_sender.h"
#include "engine/audio/default_sink.h"

namespace punktfunk {
namespace {

constexpr unsigned setup_timeout_ms = 5000, farewell_ms = 500;
constexpr unsigned watch_ms = 100;           // how often the stream is looked at while sound comes
constexpr std::int64_t min_missing_ms = 60;  // without a chunk, or three chunks' time where those are long
// A desktop without sound: the graph may turn slowly, a core is not for wakes that bring zeros. The first sound is late
// by one slow cycle.
constexpr unsigned rest_after_ms = 2000, rest_cycle_frames = 1024;

std::int64_t now_ms() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1'000'000;
}

const char* positions_of(unsigned channels) {
  return channels == 8 ? "[ FL FR FC LFE RL RR SL SR ]" : channels == 6 ? "[ FL FR FC LFE RL RR ]" : "[ FL FR ]";
}

class PipeWireAudio final : public AudioStream {
 public:
  PipeWireAudio(const AudioConfig& config, UdpEndpoint& endpoint, Checkpoint* checkpoint)
      : config_(config), endpoint_(endpoint), checkpoint_(checkpoint), default_sink_(config.sink_name) {}
  ~PipeWireAudio() override { stop(); }

  bool start(std::string& error);
  void stop() override;
  [[nodiscard]] Stats stats() const override { return {sender_->packets(), sender_->bytes(), underruns_, overruns_}; }

 private:
  void run(std::promise<std::string> ready);
  std::string set_up();
  std::string connect();
  std::string make_sink();
  std::string make_capture();
  void tear_down();
  // Runs the loop until the condition holds, the server is gone or time is up.
  template <typename Condition>
  bool run_until(unsigned timeout_ms, Condition condition);
  bool round_trip(unsigned timeout_ms);
  void watch_every(unsigned interval_ms);

  void on_chunks();
  void follow_silence(std::span<const float> samples);
  [[nodiscard]] std::string latency_of(unsigned frames) const {
    return std::to_string(frames) + "/" + std::to_string(audio_rate_hz);
  }
  [[nodiscard]] unsigned packet_frames() const { return audio_rate_hz / 1000 * config_.packet_duration_ms; }
  void on_watch();
  void on_core_error(std::uint32_t id, int result, const char* message);

  AudioConfig config_;
  UdpEndpoint& endpoint_;
  Checkpoint* checkpoint_;
  std::unique_ptr<AudioSender> sender_;
  std::thread thread_;

  pw_loop* loop_ = nullptr;
  pw_context* context_ = nullptr;
  pw_core* core_ = nullptr;
  pw_registry* registry_ = nullptr;
  pw_proxy* sink_ = nullptr;
  pw_stream* capture_ = nullptr;
  spa_source *stop_event_ = nullptr, *watch_timer_ = nullptr;
  spa_hook core_listener_{}, registry_listener_{}, sink_listener_{}, capture_listener_{};
  DefaultSink default_sink_;

  int pending_sync_ = 0;
  bool synced_ = false, sink_bound_ = false, streaming_ = false, gone_ = false, filling_ = false, stopping_ = false;
  std::string server_error_;
  std::int64_t last_chunk_ms_ = 0, chunk_ms_ = 0;
  std::size_t quiet_frames_ = 0;
  bool resting_ = false;
  std::atomic<std::uint64_t> underruns_ = 0, overruns_ = 0;
};

bool PipeWireAudio::start(std::string& error) {
  sender_ = AudioSender::make(config_, endpoint_, checkpoint_, error);
  if (!sender_) return false;
  pw_init(nullptr, nullptr);
  loop_ = pw_loop_new(nullptr);
  if (loop_ == nullptr) {
    error = "PipeWire's loop cannot be made: is its library complete (libpipewire-0.3-modules, libspa-0.2-modules)?";
    pw_deinit();
    return false;
  }
  stop_event_ = pw_loop_add_event(
      loop_, [](void* data, std::uint64_t) { static_cast<PipeWireAudio*>(data)->stopping_ = true; }, this);
  std::promise<std::string> ready;
  auto outcome = ready.get_future();
  thread_ = std::thread([this, promise = std::move(ready)]() mutable {
    pthread_setname_np(pthread_self(), "pf-audio");
    run(std::move(promise));
  });
  error = outcome.get();
  if (!error.empty()) stop();
  return error.empty();
}

void PipeWireAudio::stop() {
  if (!thread_.joinable()) return;
  pw_loop_signal_event(loop_, stop_event_);
  thread_.join();
  pw_loop_destroy(loop_);
  loop_ = nullptr;
  pw_deinit();
}

void PipeWireAudio::run(std::promise<std::string> ready) {
  pw_loop_enter(loop_);
  watch_timer_ = pw_loop_add_timer(
      loop_, [](void* data, std::uint64_t) { static_cast<PipeWireAudio*>(data)->on_watch(); }, this);
  const std::string error = set_up();
  const bool works = error.empty();
  ready.set_value(error);
  if (works) {
    last_chunk_ms_ = now_ms();
    watch_every(watch_ms);
    while (!stopping_) pw_loop_iterate(loop_, -1);
  }
  tear_down();
  pw_loop_leave(loop_);
}

std::string PipeWireAudio::set_up() {
  for (auto step : {&PipeWireAudio::connect, &PipeWireAudio::make_sink, &PipeWireAudio::make_capture}) {
    const std::string error = (this->*step)();
    if (!error.empty()) return error;
  }
  return {};
}

std::string PipeWireAudio::connect() {
  context_ = pw_context_new(loop_, nullptr, 0);
  if (context_ == nullptr) return "PipeWire's client configuration cannot be read: reinstall pipewire.";
  pw_properties* props = pw_properties_new(PW_KEY_MEDIA_CATEGORY, "Manager", nullptr);
  if (!config_.pipewire_remote.empty()) pw_properties_set(props, PW_KEY_REMOTE_NAME, config_.pipewire_remote.c_str());
  core_ = pw_context_connect(context_, props, 0);
  if (core_ == nullptr) return "No PipeWire answers: start pipewire and wireplumber in the session that is streamed.";
  static const pw_core_events core_events = {
      .version = PW_VERSION_CORE_EVENTS,
      .done =
          [](void* data, std::uint32_t, int sequence) {
            auto& self = *static_cast<PipeWireAudio*>(data);
            if (sequence == self.pending_sync_) self.synced_ = true;
          },
      .error = [](void* data, std::uint32_t id, int, int result,
                  const char* message) { static_cast<PipeWireAudio*>(data)->on_core_error(id, result, message); },
  };
  pw_core_add_listener(core_, &core_listener_, &core_events, this);
  registry_ = pw_core_get_registry(core_, PW_VERSION_REGISTRY, 0);
  static const pw_registry_events registry_events = {
      .version = PW_VERSION_REGISTRY_EVENTS,
      .global =
          [](void* data, std::uint32_t id, std::uint32_t, const char* type, std::uint32_t,
             const spa_dict* props_of_global) {
            auto& self = *static_cast<PipeWireAudio*>(data);
            self.default_sink_.on_global(self.registry_, id, type, props_of_global);
          },
  };
  pw_registry_add_listener(registry_, &registry_listener_, &registry_events, this);
  // The session manager may still be on its way up.
  if (!run_until(setup_timeout_ms, [&] { return default_sink_.known(); }) || !round_trip(setup_timeout_ms))
    return gone_ ? "PipeWire ended while the sound was set up."
                 : "PipeWire has no session manager: start wireplumber beside it.";
  return {};
}

std::string PipeWireAudio::make_sink() {
  pw_properties* props =
      pw_properties_new("factory.name", "support.null-audio-sink",                                                    //
                        PW_KEY_NODE_NAME, config_.sink_name.c_str(),                                                  //
                        PW_KEY_NODE_DESCRIPTION, config_.sink_description.c_str(), PW_KEY_MEDIA_CLASS, "Audio/Sink",  //
                        PW_KEY_NODE_VIRTUAL, "true",                                                                  //
                        "audio.rate", "48000",                                                                        //
                        "audio.position", positions_of(config_.channels),                                             //
                        "monitor.channel-volumes", "true",  // volume keys are heard at the client
                        "session.suspend-timeout-seconds", "0", nullptr);
  sink_ = static_cast<pw_proxy*>(
      pw_core_create_object(core_, "adapter", PW_TYPE_INTERFACE_Node, PW_VERSION_NODE, &props->dict, 0));
  pw_properties_free(props);
  if (sink_ == nullptr) return "PipeWire makes no sink for the stream's sound.";
  static const pw_proxy_events events = {
      .version = PW_VERSION_PROXY_EVENTS,
      .bound = [](void* data, std::uint32_t) { static_cast<PipeWireAudio*>(data)->sink_bound_ = true; },
  };
  pw_proxy_add_listener(sink_, &sink_listener_, &events, this);
  if (!run_until(setup_timeout_ms, [&] { return sink_bound_ || !server_error_.empty(); }) || !sink_bound_)
    return "PipeWire makes no sink for the stream's sound" + (server_error_.empty() ? "." : ": " + server_error_ + ".");
  default_sink_.take();
  return round_trip(setup_timeout_ms) ? std::string() : "PipeWire stopped answering while the sound was set up.";
}

std::string PipeWireAudio::make_capture() {
  pw_properties* props = pw_properties_new(PW_KEY_NODE_NAME, (config_.sink_name + "-capture").c_str(),  //
                                           PW_KEY_MEDIA_TYPE, "Audio",                                  //
                                           PW_KEY_MEDIA_CATEGORY, "Capture",                            //
                                           PW_KEY_MEDIA_NAME, config_.sink_description.c_str(),         //
                                           "target.object", config_.sink_name.c_str(),                  //
                                           PW_KEY_STREAM_CAPTURE_SINK, "true",                          //
                                           PW_KEY_NODE_DONT_RECONNECT, "true",                          //
                                           PW_KEY_NODE_LATENCY, latency_of(packet_frames()).c_str(), nullptr);
  capture_ = pw_stream_new(core_, config_.sink_description.c_str(), props);
  if (capture_ == nullptr) return "PipeWire makes no stream for the sink's monitor.";
  static const pw_stream_events events = {
      .version = PW_VERSION_STREAM_EVENTS,
      .state_changed =
          [](void* data, pw_stream_state, pw_stream_state state, const char* message) {
            auto& self = *static_cast<PipeWireAudio*>(data);
            self.streaming_ = state == PW_STREAM_STATE_STREAMING;
            if (state == PW_STREAM_STATE_ERROR)
              self.server_error_ = message != nullptr ? message : "the capture failed";
          },
      .process = [](void* data) { static_cast<PipeWireAudio*>(data)->on_chunks(); },
  };
  pw_stream_add_listener(capture_, &capture_listener_, &events, this);

  spa_audio_info_raw format{};
  format.format = SPA_AUDIO_FORMAT_F32;
  format.rate = audio_rate_hz;
  format.channels = config_.channels;
  constexpr spa_audio_channel order[8] = {SPA_AUDIO_CHANNEL_FL,  SPA_AUDIO_CHANNEL_FR, SPA_AUDIO_CHANNEL_FC,
                                          SPA_AUDIO_CHANNEL_LFE, SPA_AUDIO_CHANNEL_RL, SPA_AUDIO_CHANNEL_RR,
                                          SPA_AUDIO_CHANNEL_SL,  SPA_AUDIO_CHANNEL_SR};
  for (unsigned i = 0; i < config_.channels; ++i) format.position[i] = order[i];
  std::array<std::uint8_t, 1024> buffer;
  spa_pod_builder builder = SPA_POD_BUILDER_INIT(buffer.data(), static_cast<std::uint32_t>(buffer.size()));
  const spa_pod* params[] = {spa_format_audio_raw_build(&builder, SPA_PARAM_EnumFormat, &format)};
  const auto flags = static_cast<pw_stream_flags>(PW_STREAM_FLAG_AUTOCONNECT | PW_STREAM_FLAG_MAP_BUFFERS);
  if (pw_stream_connect(capture_, PW_DIRECTION_INPUT, PW_ID_ANY, flags, params, 1) < 0)
    return "PipeWire refuses the stream of the sink's monitor.";
  if (!run_until(setup_timeout_ms, [&] { return streaming_ || !server_error_.empty(); }) || !streaming_)
    return "The sink's monitor gives no sound" +
           (server_error_.empty() ? ": is wireplumber well?" : ": " + server_error_ + ".");
  return {};
}

void PipeWireAudio::tear_down() {
  if (core_ != nullptr && !gone_) {
    round_trip(farewell_ms);  // whatever was chosen meanwhile is known then
    default_sink_.give_back();
    round_trip(farewell_ms);
  }
  if (capture_ != nullptr) pw_stream_destroy(capture_);
  if (sink_ != nullptr) pw_proxy_destroy(sink_);
  default_sink_.unbind();
  if (registry_ != nullptr) pw_proxy_destroy(reinterpret_cast<pw_proxy*>(registry_));
  if (core_ != nullptr) pw_core_disconnect(core_);
  if (context_ != nullptr) pw_context_destroy(context_);
  for (spa_source* source : {watch_timer_, stop_event_}) pw_loop_destroy_source(loop_, source);
}

template <typename Condition>
bool PipeWireAudio::run_until(unsigned timeout_ms, Condition condition) {
  const std::int64_t deadline = now_ms() + timeout_ms;
  while (!condition()) {
    const std::int64_t left = deadline - now_ms();
    if (left <= 0 || gone_) return false;
    pw_loop_iterate(loop_, static_cast<int>(left));
  }
  return true;
}

bool PipeWireAudio::round_trip(unsigned timeout_ms) {
  synced_ = false;
  pending_sync_ = pw_core_sync(core_, PW_ID_CORE, 0);
  return run_until(timeout_ms, [&] { return synced_; });
}

void PipeWireAudio::watch_every(unsigned interval_ms) {
  timespec interval = {interval_ms / 1000, static_cast<long>(interval_ms % 1000) * 1'000'000};
  pw_loop_update_timer(loop_, watch_timer_, &interval, &interval, false);
}

void PipeWireAudio::on_chunks() {
  while (pw_buffer* buffer = pw_stream_dequeue_buffer(capture_)) {
    const spa_data& data = buffer->buffer->datas[0];
    const std::uint32_t offset = std::min(data.chunk->offset, data.maxsize);
    const std::uint32_t bytes = std::min(data.chunk->size, data.maxsize - offset);
    if (data.chunk->flags & SPA_CHUNK_FLAG_CORRUPTED) ++overruns_;  // the server had to leave something out
    const auto* samples = SPA_PTROFF(data.data, offset, const float);
    if (data.data != nullptr) {
      sender_->push({samples, bytes / sizeof(float)});
      follow_silence({samples, bytes / sizeof(float)});
    }
    pw_stream_queue_buffer(capture_, buffer);
  }
  last_chunk_ms_ = now_ms();
  if (filling_) {
    filling_ = false;
    watch_every(watch_ms);
  }
}

void PipeWireAudio::follow_silence(std::span<const float> samples) {
  const std::size_t frames = samples.size() / config_.channels;
  chunk_ms_ = static_cast<std::int64_t>(frames * 1000 / audio_rate_hz);
  const bool quiet = std::all_of(samples.begin(), samples.end(), [](float sample) { return sample == 0; });
  quiet_frames_ = quiet ? quiet_frames_ + frames : 0;
  const bool rest = quiet_frames_ >= std::size_t{rest_after_ms} * audio_rate_hz / 1000;
  if (rest == std::exchange(resting_, rest)) return;
  const std::string latency = latency_of(rest ? rest_cycle_frames : packet_frames());
  const spa_dict_item item = {PW_KEY_NODE_LATENCY, latency.c_str()};
  const spa_dict change = SPA_DICT_INIT(&item, 1);
  pw_stream_update_properties(capture_, &change);
}

// Sound must go on when the graph does not run: a client that hears nothing would resynchronise (GameStream note, 7.4).
void PipeWireAudio::on_watch() {
  if (filling_) {
    sender_->push_silence();
    ++underruns_;
  } else if (now_ms() - last_chunk_ms_ >= std::max(min_missing_ms, 3 * chunk_ms_)) {
    filling_ = true;
    watch_every(config_.packet_duration_ms);
  }
}

void PipeWireAudio::on_core_error(std::uint32_t id, int result, const char* message) {
  if (id != PW_ID_CORE || result != -EPIPE) {
    server_error_ = message != nullptr ? message : "an unknown error";
    return;
  }
  if (std::exchange(gone_, true)) return;
  if (config_.problem)
    config_.problem("PipeWire has ended: the stream goes on without sound. Start it again and connect again to hear.");
}

}  // namespace

std::unique_ptr<AudioStream> AudioStream::start(const AudioConfig& config, UdpEndpoint& endpoint,
                                                Checkpoint* checkpoint, std::string& error) {
  auto audio = std::make_unique<PipeWireAudio>(config, endpoint, checkpoint);
  if (!audio->start(error)) return nullptr;
  return audio;
}

}  // namespace punktfunk
