#include "engine/audio/sound_graph.h"

#include <pipewire/impl.h>
#include <pipewire/pipewire.h>
#include <spa/param/audio/format-utils.h>
#include <spa/param/port-config.h>
#include <spa/pod/builder.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "engine/audio/audio_pump.h"
#include "engine/audio/default_sink.h"

namespace punktfunk {
namespace {

constexpr unsigned farewell_ms = 500;
// Between two tries to make everything: short at first, since what ended is often started again at once.
constexpr unsigned first_pause_ms = 50, longest_pause_ms = 500;
constexpr unsigned watch_ms = 250;
// When a session manager has ended: its successor looks at what it left a few hundredths of a second later, or much
// later.
constexpr unsigned leftover_look_ms = 5, leftovers_ms = 100;
// A step that takes longer is begun again from the start (a server that is stopped answers nothing), and then told.
constexpr unsigned step_ms = 3000;
constexpr unsigned settle_ms = 1000;
// The sink runs all the time, so its sound comes all the time, if only zeros: a second without any means that the
// capture has lost its link.
constexpr unsigned soundless_ms = 1000;
// A desktop without sound: the graph may turn slowly, a core is not for wakes that bring zeros. The first sound is late
// by one slow cycle.
constexpr unsigned rest_after_ms = 2000, rest_cycle_frames = 1024;

constexpr char lasting[] = " Silence is sent until it is back.";

std::int64_t now_ms() {
  return static_cast<std::int64_t>(monotonic_ns() / 1'000'000);
}

const char* positions_of(unsigned channels) {
  return channels == 8 ? "[ FL FR FC LFE RL RR SL SR ]" : channels == 6 ? "[ FL FR FC LFE RL RR ]" : "[ FL FR ]";
}

// As a string of PipeWire's configuration syntax.
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') { out += '\\'; }
    out += c;
  }
  return out + '"';
}

// Which way the ports of a node of sound go; empty for other things.
std::optional<spa_direction> direction_of(const char* type, const spa_dict* props) {
  const char* media = props == nullptr || std::strcmp(type, PW_TYPE_INTERFACE_Node) != 0
                          ? nullptr
                          : spa_dict_lookup(props, PW_KEY_MEDIA_CLASS);
  if (media == nullptr) { return {}; }
  for (const char* in : {"Audio/Sink", "Stream/Input/Audio"}) {
    if (std::strcmp(media, in) == 0) { return SPA_DIRECTION_INPUT; }
  }
  for (const char* out : {"Audio/Source", "Stream/Output/Audio"}) {
    if (std::strcmp(media, out) == 0) { return SPA_DIRECTION_OUTPUT; }
  }
  return {};
}

bool is_wireplumber(const char* type, const spa_dict* props) {
  const char* name = props == nullptr || std::strcmp(type, PW_TYPE_INTERFACE_Client) != 0
                         ? nullptr
                         : spa_dict_lookup(props, PW_KEY_APP_NAME);
  return name != nullptr && std::strncmp(name, "WirePlumber", 11) == 0;
}

class Graph final : public SoundGraph {
 public:
  Graph(const AudioConfig& config, AudioPump& pump)
      : config_(config),
        pump_(pump),
        default_sink_(
            config.sink_name, [this] { advance(); },
            [this] {
              broken_ = "The session manager of PipeWire has ended.";
              manager_gone_ = true;
              managers_.clear();  // who comes from now on is a new one
            }) {}
  ~Graph() override {
    stop();
    for (spa_source* source : {wake_, timer_}) {
      if (source != nullptr) { pw_loop_destroy_source(loop_, source); }
    }
    if (loop_ != nullptr) { pw_loop_destroy(loop_); }
    pw_deinit();
  }

  bool start(std::string& error);
  void stop() override;

 private:
  // What has been reached: each step is taken when what it waits for has come.
  enum class Step : std::uint8_t {
    nothing,    // no connection: tried again after a pause
    making,     // our sink: before the session manager comes, which ends players that it finds no sink for
    searching,  // for the session manager
    reading,    // the default sink's properties
    settling,   // until it is the default one
    capturing,  // until sound comes
    sounding,
  };

  void run();
  void connect();
  void make_sink();
  void take_default();
  void make_capture();
  void play_on_host();
  void disconnect();
  void recover();
  void clear();
  void unconfigure_nodes();
  void give_back();

  void go(Step step);
  void advance();
  void on_tick();
  void on_wake();
  void on_chunks() noexcept;
  void on_core_error(std::uint32_t id, int result, const char* message);
  void tell(const std::string& sentence);
  void set_rest(bool rest);
  template <typename Condition>
  bool run_until(unsigned timeout_ms, Condition condition);
  bool round_trip(unsigned timeout_ms);
  void tick_in(unsigned first_ms, unsigned then_ms);

  [[nodiscard]] std::string latency_of(unsigned frames) const {
    return std::to_string(frames) + "/" + std::to_string(audio_rate_hz);
  }
  [[nodiscard]] unsigned packet_frames() const { return audio_rate_hz / 1000 * config_.packet_duration_ms; }

  const AudioConfig config_;
  AudioPump& pump_;
  std::thread thread_;

  // Made before the thread and destroyed after it: other threads signal.
  pw_loop* loop_ = nullptr;
  spa_source *wake_ = nullptr, *timer_ = nullptr;

  // Loop thread.
  pw_context* context_ = nullptr;
  pw_core* core_ = nullptr;
  pw_registry* registry_ = nullptr;
  pw_proxy* sink_ = nullptr;
  pw_stream* capture_ = nullptr;
  pw_impl_module* host_player_ = nullptr;
  spa_hook core_listener_{}, registry_listener_{}, sink_listener_{}, capture_listener_{}, host_player_listener_{};
  DefaultSink default_sink_;
  struct Node {
    spa_direction direction;
    std::string name;
  };
  std::map<std::uint32_t, Node> nodes_;  // of sound, by global id
  std::set<std::uint32_t> managers_;     // connections of WirePlumber, by global id
  Step step_ = Step::nothing;
  std::int64_t step_since_ms_ = 0;
  int pending_sync_ = 0;
  bool synced_ = false, sink_bound_ = false, gone_ = false, manager_gone_ = false, manager_new_ = false;
  std::string broken_;  // why everything has to be made anew
  std::string server_error_;
  unsigned pause_ms_ = first_pause_ms;
  bool ever_sounded_ = false, told_ = false, host_told_ = false, resting_ = false;
  std::uint64_t chunks_seen_ = 0;
  std::int64_t chunk_seen_ms_ = 0;

  // Also PipeWire's data loop.
  std::atomic<bool> stopping_ = false;
  std::atomic<std::uint64_t> chunks_ = 0;
  std::atomic<std::size_t> quiet_frames_ = 0;
  std::atomic<bool> awaited_ = false;  // the first chunk of a capture
  std::atomic<bool> heard_ = false;    // a sound, by this capture
  std::atomic<pid_t> data_thread_ = 0;
  pid_t raised_thread_ = 0;
  bool data_resting_ = false;
};

bool Graph::start(std::string& error) {
  pw_init(nullptr, nullptr);
  loop_ = pw_loop_new(nullptr);
  if (loop_ != nullptr) {
    wake_ = pw_loop_add_event(loop_, [](void* data, std::uint64_t) { static_cast<Graph*>(data)->on_wake(); }, this);
    timer_ = pw_loop_add_timer(loop_, [](void* data, std::uint64_t) { static_cast<Graph*>(data)->on_tick(); }, this);
  }
  if (wake_ == nullptr || timer_ == nullptr) {
    error = "PipeWire's loop cannot be made: is its library complete (libpipewire-0.3-modules, libspa-0.2-modules)?";
    return false;
  }
  thread_ = std::thread([this] {
    enter_thread(audio_graph_thread_name, {});
    run();
  });
  return true;
}

void Graph::stop() {
  if (!thread_.joinable()) { return; }
  stopping_ = true;
  pw_loop_signal_event(loop_, wake_);
  thread_.join();
}

void Graph::run() {
  pw_loop_enter(loop_);
  context_ = pw_context_new(loop_, nullptr, 0);
  if (context_ != nullptr) {
    connect();
    while (!stopping_) {
      pw_loop_iterate(loop_, -1);
      if (!broken_.empty()) { recover(); }
    }
    give_back();
    disconnect();
    pw_context_destroy(context_);
  } else {
    tell("PipeWire's client configuration cannot be read: reinstall pipewire.");
  }
  pw_loop_leave(loop_);
}

void Graph::go(Step step) {
  step_ = step;
  step_since_ms_ = now_ms();
}

void Graph::connect() {
  pw_properties* props = pw_properties_new(PW_KEY_MEDIA_CATEGORY, "Manager", nullptr);
  if (!config_.pipewire_remote.empty()) {
    pw_properties_set(props, PW_KEY_REMOTE_NAME, config_.pipewire_remote.c_str());
  }
  core_ = pw_context_connect(context_, props, 0);
  if (core_ == nullptr) {
    broken_ = "No PipeWire answers: start pipewire and wireplumber in the session that is streamed.";
    recover();
    return;
  }
  static const pw_core_events core_events = {
      .version = PW_VERSION_CORE_EVENTS,
      .done =
          [](void* data, std::uint32_t, int sequence) {
            auto& self = *static_cast<Graph*>(data);
            if (sequence != self.pending_sync_) { return; }
            self.synced_ = true;
            self.advance();
          },
      .error = [](void* data, std::uint32_t id, int, int result,
                  const char* message) { static_cast<Graph*>(data)->on_core_error(id, result, message); },
  };
  pw_core_add_listener(core_, &core_listener_, &core_events, this);
  registry_ = pw_core_get_registry(core_, PW_VERSION_REGISTRY, 0);
  static const pw_registry_events registry_events = {
      .version = PW_VERSION_REGISTRY_EVENTS,
      .global =
          [](void* data, std::uint32_t id, std::uint32_t, const char* type, std::uint32_t, const spa_dict* props_of) {
            auto& self = *static_cast<Graph*>(data);
            if (const auto direction = direction_of(type, props_of)) {
              const char* name = spa_dict_lookup(props_of, PW_KEY_NODE_NAME);
              self.nodes_[id] = {*direction, name != nullptr ? name : ""};
            }
            if (is_wireplumber(type, props_of)) { self.managers_.insert(id); }
            self.default_sink_.on_global(self.registry_, id, type, props_of);
            self.advance();
          },
      .global_remove =
          [](void* data, std::uint32_t id) {
            auto& self = *static_cast<Graph*>(data);
            self.nodes_.erase(id);
            self.managers_.erase(id);
            self.default_sink_.on_global_gone(id);
          },
  };
  pw_registry_add_listener(registry_, &registry_listener_, &registry_events, this);
  go(Step::making);
  tick_in(watch_ms, watch_ms);
  make_sink();
}

// Does what is next, if what it waits for has come.
void Graph::advance() {
  if (!broken_.empty()) { return; }
  if (step_ == Step::making && sink_bound_) {
    go(Step::searching);
    if (manager_new_ && managers_.empty()) { unconfigure_nodes(); }
  }
  if (step_ == Step::searching && default_sink_.known()) {
    go(Step::reading);
    tick_in(watch_ms, watch_ms);
    manager_new_ = synced_ = false;
    pending_sync_ = pw_core_sync(core_, PW_ID_CORE, 0);
  } else if (step_ == Step::reading && synced_) {
    default_sink_.take();
    go(Step::settling);
  } else if (step_ == Step::settling && default_sink_.settled()) {
    go(Step::capturing);
    make_capture();
    play_on_host();
  }
}

void Graph::make_sink() {
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
  if (sink_ == nullptr) {
    broken_ = "PipeWire makes no sink for the stream's sound.";
    return;
  }
  static const pw_proxy_events events = {
      .version = PW_VERSION_PROXY_EVENTS,
      .bound =
          [](void* data, std::uint32_t) {
            auto& self = *static_cast<Graph*>(data);
            self.sink_bound_ = true;
            self.advance();
          },
      .removed = [](void* data) { static_cast<Graph*>(data)->broken_ = "The stream's sink was removed."; },
  };
  pw_proxy_add_listener(sink_, &sink_listener_, &events, this);
}

// Of whatever is the default sink: the session manager moves the capture when somebody chooses another one, and the
// client hears on.
void Graph::make_capture() {
  pw_properties* props = pw_properties_new(PW_KEY_NODE_NAME, (config_.sink_name + "-capture").c_str(),  //
                                           PW_KEY_MEDIA_TYPE, "Audio",                                  //
                                           PW_KEY_MEDIA_CATEGORY, "Capture",                            //
                                           PW_KEY_MEDIA_NAME, config_.sink_description.c_str(),         //
                                           PW_KEY_STREAM_CAPTURE_SINK, "true",                          //
                                           PW_KEY_NODE_LATENCY, latency_of(packet_frames()).c_str(),    //
                                           "state.restore-target", "false",  // not where one before it was moved to
                                           "state.restore-props", "false", nullptr);
  capture_ = pw_stream_new(core_, config_.sink_description.c_str(), props);
  if (capture_ == nullptr) {
    broken_ = "PipeWire makes no stream for the sink's monitor.";
    return;
  }
  static const pw_stream_events events = {
      .version = PW_VERSION_STREAM_EVENTS,
      .state_changed =
          [](void* data, pw_stream_state, pw_stream_state state, const char* message) {
            auto& self = *static_cast<Graph*>(data);
            if (state == PW_STREAM_STATE_ERROR) {
              self.broken_ = std::string("The sink's monitor gives no sound: ") +
                             (message != nullptr ? message : "the capture failed") + ".";
            }
          },
      .process = [](void* data) { static_cast<Graph*>(data)->on_chunks(); },
  };
  pw_stream_add_listener(capture_, &capture_listener_, &events, this);

  spa_audio_info_raw format{};
  format.format = SPA_AUDIO_FORMAT_F32;
  format.rate = audio_rate_hz;
  format.channels = config_.channels;
  constexpr spa_audio_channel order[8] = {SPA_AUDIO_CHANNEL_FL,  SPA_AUDIO_CHANNEL_FR, SPA_AUDIO_CHANNEL_FC,
                                          SPA_AUDIO_CHANNEL_LFE, SPA_AUDIO_CHANNEL_RL, SPA_AUDIO_CHANNEL_RR,
                                          SPA_AUDIO_CHANNEL_SL,  SPA_AUDIO_CHANNEL_SR};
  for (unsigned i = 0; i < config_.channels; ++i) { format.position[i] = order[i]; }
  std::array<std::uint8_t, 1024> buffer;
  spa_pod_builder builder = SPA_POD_BUILDER_INIT(buffer.data(), static_cast<std::uint32_t>(buffer.size()));
  const spa_pod* params[] = {spa_format_audio_raw_build(&builder, SPA_PARAM_EnumFormat, &format)};
  const auto flags =
      static_cast<pw_stream_flags>(PW_STREAM_FLAG_AUTOCONNECT | PW_STREAM_FLAG_MAP_BUFFERS | PW_STREAM_FLAG_RT_PROCESS);
  quiet_frames_ = 0;
  resting_ = data_resting_ = heard_ = false;
  chunks_seen_ = chunks_;
  awaited_ = true;
  if (pw_stream_connect(capture_, PW_DIRECTION_INPUT, PW_ID_ANY, flags, params, 1) < 0) {
    broken_ = "PipeWire refuses the stream of the sink's monitor.";
  }
}

// PipeWire's own loopback from our sink's monitor to the sink that was in use before. Without that sink it ends:
// another one could be ours, and the sound would go round. It is made again when the sink is there again.
void Graph::play_on_host() {
  if (!config_.also_on_host || host_player_ != nullptr) { return; }
  const std::string former = default_sink_.former();
  if (!former.empty()) {
    if (std::none_of(nodes_.begin(), nodes_.end(), [&](const auto& node) { return node.second.name == former; })) {
      return;
    }
    const std::string remote =
        config_.pipewire_remote.empty() ? "" : "remote.name = " + quoted(config_.pipewire_remote);
    const std::string description = quoted(config_.sink_description);
    const std::string arguments =
        "{ " + remote + " audio.position = " + positions_of(config_.channels) +
        " capture.props = { node.name = " + quoted(config_.sink_name + "-host-capture") +
        " target.object = " + quoted(config_.sink_name) +
        " stream.capture.sink = true node.dont-reconnect = true node.description = " + description +
        " } playback.props = { node.name = " + quoted(config_.sink_name + "-host") +
        " target.object = " + quoted(former) +
        " node.dont-reconnect = true node.dont-fallback = true state.restore-target = false node.description = " +
        description + " } }";
    host_player_ = pw_context_load_module(context_, "libpipewire-module-loopback", arguments.c_str(), nullptr);
    if (host_player_ != nullptr) {
      static const pw_impl_module_events events = {
          .version = PW_VERSION_IMPL_MODULE_EVENTS,
          .destroy =
              [](void* data) {
                auto& self = *static_cast<Graph*>(data);
                spa_hook_remove(&self.host_player_listener_);
                self.host_player_ = nullptr;
              },
      };
      pw_impl_module_add_listener(host_player_, &host_player_listener_, &events, this);
    }
  }
  if (host_player_ == nullptr && !std::exchange(host_told_, true)) {
    config_.problem("sound_not_on_host",
                    former.empty() ? "The client asked for sound on this machine too, which has no other sound output."
                                   : "The client asked for sound on this machine too: PipeWire's loopback module "
                                     "cannot be loaded (libpipewire-0.3-modules).");
  }
}

void Graph::clear() {
  if (host_player_ != nullptr) { pw_impl_module_destroy(host_player_); }
  if (capture_ != nullptr) {
    pw_stream_destroy(capture_);  // waits for the data loop, which uses it until then
  }
  capture_ = nullptr;
  if (sink_ != nullptr) {
    spa_hook_remove(&sink_listener_);
    pw_proxy_destroy(std::exchange(sink_, nullptr));
  }
  sink_bound_ = false;
}

void Graph::disconnect() {
  clear();
  default_sink_.unbind();
  if (registry_ != nullptr) {
    spa_hook_remove(&registry_listener_);
    pw_proxy_destroy(reinterpret_cast<pw_proxy*>(std::exchange(registry_, nullptr)));
  }
  if (core_ != nullptr) {
    spa_hook_remove(&core_listener_);
    pw_core_disconnect(std::exchange(core_, nullptr));
  }
  nodes_.clear();
  managers_.clear();
  gone_ = false;
}

void Graph::recover() {
  if (ever_sounded_ || pause_ms_ > first_pause_ms) { tell(broken_); }
  broken_.clear();
  if (std::exchange(manager_gone_, false)) {
    manager_new_ = true;
    if (!gone_) {
      // Without a pause and over the same connection: a new sink is there before the next manager looks for sinks.
      clear();
      unconfigure_nodes();
      go(Step::making);
      tick_in(leftover_look_ms, leftover_look_ms);
      make_sink();
      return;
    }
  }
  disconnect();
  go(Step::nothing);
  tick_in(pause_ms_, 0);
  pause_ms_ = std::min(pause_ms_ * 2, longest_pause_ms);
}

// WirePlumber 0.4 waits for ever for the ports of a node that a predecessor of it has configured already, links nothing
// to it and, in the end, nothing else either: its scripts wait until all nodes are ready. So players that outlive their
// session manager are set back to what they were when it first saw them: from the moment on in which it ends, since
// systemd starts the next one a tenth of a second later; again and again, since a node takes it only once the links
// that the old one had made are gone too; and not any more once the new one is there, whose work it would undo.
void Graph::unconfigure_nodes() {
  for (const auto& [id, known] : nodes_) {
    if (known.name == config_.sink_name || known.name.starts_with(config_.sink_name + "-")) {
      continue;  // made anew
    }
    auto* node = static_cast<pw_proxy*>(pw_registry_bind(registry_, id, PW_TYPE_INTERFACE_Node, PW_VERSION_NODE, 0));
    if (node == nullptr) { continue; }
    std::array<std::uint8_t, 256> buffer;
    spa_pod_builder builder = SPA_POD_BUILDER_INIT(buffer.data(), static_cast<std::uint32_t>(buffer.size()));
    const auto* passthrough = static_cast<const spa_pod*>(spa_pod_builder_add_object(
        &builder, SPA_TYPE_OBJECT_ParamPortConfig, SPA_PARAM_PortConfig, SPA_PARAM_PORT_CONFIG_direction,
        SPA_POD_Id(known.direction), SPA_PARAM_PORT_CONFIG_mode, SPA_POD_Id(SPA_PARAM_PORT_CONFIG_MODE_passthrough)));
    pw_node_set_param(reinterpret_cast<pw_node*>(node), SPA_PARAM_PortConfig, 0, passthrough);
    pw_proxy_destroy(node);
  }
}

void Graph::tell(const std::string& sentence) {
  if (std::exchange(told_, true)) { return; }
  config_.problem(ever_sounded_ ? "sound_lost" : "sound_unavailable", sentence + lasting);
}

void Graph::give_back() {
  if (core_ == nullptr || !broken_.empty()) { return; }
  round_trip(farewell_ms);  // whatever was chosen meanwhile is known then
  default_sink_.give_back();
  round_trip(farewell_ms);
}

void Graph::on_tick() {
  if (step_ == Step::nothing) {
    connect();
    return;
  }
  const std::int64_t now = now_ms(), since = now - step_since_ms_;
  if (const std::uint64_t chunks = chunks_; chunks != std::exchange(chunks_seen_, chunks)) { chunk_seen_ms_ = now; }
  if (step_ == Step::searching && manager_new_) {
    if (managers_.empty()) { unconfigure_nodes(); }
    if (since >= leftovers_ms) { tick_in(watch_ms, watch_ms); }
  }
  if (step_ == Step::sounding) {
    if (now - chunk_seen_ms_ >= soundless_ms) { broken_ = "The desktop's sound does not come any more."; }
    play_on_host();
    // A player that outlived the server's stop is linked and "running", but PipeWire 0.3.65 now and then lets it turn
    // only once the graph's cycle is another one: until the first sound it changes with each look.
    if (!heard_ && since < rest_after_ms) { set_rest(!resting_); }
  } else if (step_ == Step::searching && since >= step_ms) {
    tell("PipeWire has no session manager: start wireplumber beside it.");  // it may come yet
  } else if (step_ == Step::settling && since < settle_ms) {
    default_sink_.insist();
  } else if (step_ == Step::settling) {
    go(Step::capturing);  // a session manager that does not say which sink is in use
    make_capture();
    play_on_host();
  } else if (since >= step_ms) {
    broken_ = server_error_.empty() ? "PipeWire does not answer: is wireplumber well?"
                                    : "PipeWire cannot set the sound up: " + server_error_ + ".";
  }
}

// Something for the loop thread has happened on the data loop, or the end has come.
void Graph::on_wake() {
  const pid_t thread = data_thread_;
  if (thread != 0 && thread != std::exchange(raised_thread_, thread)) { raise_thread(thread, audio_urgency); }
  if (step_ == Step::capturing && chunks_ != chunks_seen_) {
    go(Step::sounding);
    chunk_seen_ms_ = now_ms();
    pause_ms_ = first_pause_ms;
    ever_sounded_ = true;
    if (std::exchange(told_, false)) { config_.problem("sound_back", "The desktop's sound is there again."); }
  }
  if (capture_ != nullptr) { set_rest(quiet_frames_ >= std::size_t{rest_after_ms} * audio_rate_hz / 1000); }
}

void Graph::set_rest(bool rest) {
  if (rest == std::exchange(resting_, rest)) { return; }
  const std::string latency = latency_of(rest ? rest_cycle_frames : packet_frames());
  const spa_dict_item item = {PW_KEY_NODE_LATENCY, latency.c_str()};
  const spa_dict change = SPA_DICT_INIT(&item, 1);
  pw_stream_update_properties(capture_, &change);
}

// PipeWire's data loop: a real-time thread.
void Graph::on_chunks() noexcept {
  bool loud = false;
  while (pw_buffer* buffer = pw_stream_dequeue_buffer(capture_)) {
    const spa_data& data = buffer->buffer->datas[0];
    const std::uint32_t offset = std::min(data.chunk->offset, data.maxsize);
    const std::uint32_t bytes = std::min(data.chunk->size, data.maxsize - offset);
    if (data.chunk->flags & SPA_CHUNK_FLAG_CORRUPTED) { pump_.count_overrun(); }
    if (data.data != nullptr) {
      const std::span<const float> samples(SPA_PTROFF(data.data, offset, const float), bytes / sizeof(float));
      pump_.feed(samples);
      const bool quiet = std::all_of(samples.begin(), samples.end(), [](float sample) { return sample == 0; });
      quiet_frames_ = quiet ? quiet_frames_ + samples.size() / config_.channels : 0;
      loud = loud || !quiet;
    }
    pw_stream_queue_buffer(capture_, buffer);
  }
  const bool rest = quiet_frames_ >= std::size_t{rest_after_ms} * audio_rate_hz / 1000;
  ++chunks_;
  const bool first = awaited_.exchange(false), first_sound = loud && !heard_.exchange(true);
  if (first) { data_thread_ = gettid(); }
  if (first || first_sound || rest != std::exchange(data_resting_, rest)) { pw_loop_signal_event(loop_, wake_); }
}

template <typename Condition>
bool Graph::run_until(unsigned timeout_ms, Condition condition) {
  const std::int64_t deadline = now_ms() + timeout_ms;
  while (!condition()) {
    const std::int64_t left = deadline - now_ms();
    if (left <= 0 || gone_) { return false; }
    pw_loop_iterate(loop_, static_cast<int>(left));
  }
  return true;
}

bool Graph::round_trip(unsigned timeout_ms) {
  synced_ = false;
  pending_sync_ = pw_core_sync(core_, PW_ID_CORE, 0);
  return run_until(timeout_ms, [&] { return synced_; });
}

void Graph::tick_in(unsigned first_ms, unsigned then_ms) {
  const auto spec = [](unsigned ms) { return timespec{ms / 1000, static_cast<long>(ms % 1000) * 1'000'000}; };
  timespec first = spec(first_ms), then = spec(then_ms);
  pw_loop_update_timer(loop_, timer_, &first, &then, false);
}

void Graph::on_core_error(std::uint32_t id, int result, const char* message) {
  if (id == PW_ID_CORE && result == -EPIPE) {
    gone_ = true;
    broken_ = "PipeWire has ended.";
  } else {
    server_error_ = message != nullptr ? message : "an unknown error";
  }
}

}  // namespace

std::unique_ptr<SoundGraph> SoundGraph::start(const AudioConfig& config, AudioPump& pump, std::string& error) {
  auto graph = std::make_unique<Graph>(config, pump);
  if (!graph->start(error)) { return nullptr; }
  return graph;
}

}  // namespace punktfunk
