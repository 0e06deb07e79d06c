#include "engine/audio/sound_graph.h"

#include <pipewire/pipewire.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/worker.h"
#include "engine/audio/audio_pump.h"
#include "engine/audio/default_sink.h"
#include "engine/audio/host_player.h"
#include "engine/audio/monitor_capture.h"
#include "engine/audio/pipewire_handles.h"
#include "engine/audio/sound_names.h"
#include "engine/audio/sound_nodes.h"

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
// server stands still, or, where it answers, that the capture has lost its link.
constexpr unsigned soundless_ms = 1000;
// Of a sink, when the session manager chooses a default one: that of a sink without one is -1 for WirePlumber 0.4, 0
// for 0.5.
constexpr char lowest_priority[] = "-1000";

// The server's threads turn the graph: without real-time priority they would wait behind whatever is busy.
void hurry_server(const spa_dict* core_props) {
  const char* process = core_props != nullptr ? spa_dict_lookup(core_props, PW_KEY_APP_PROCESS_ID) : nullptr;
  if (process != nullptr) { shorten_turns_of(std::atoi(process), "pipewire"); }
}

// Under PipeWire 0.3.65 a program that has just begun, or was just linked again, falls silent for good when the cycle
// changes under it (docs/sound.md). No later one has been seen to; those before 1.0 were not tried.
bool loses_players_to_cycles(const char* version) {
  return version != nullptr && std::string_view(version).starts_with("0.");
}

class Graph final : public SoundGraph {
 public:
  Graph(const AudioConfig& config, AudioPump& pump)
      : config_(config),
        default_sink_(
            config.audio.target.sink_name, [this] { advance(); },
            [this] {
              broken_ = problem::sound_manager_ended();
              manager_gone_ = true;
              nodes_.forget_managers();
            }),
        nodes_(config.audio.target.sink_name),
        host_player_(config_),
        capture_(config_, pump, worker_.wake(), [this](Failure failure) {
          if (!broken_) { broken_ = std::move(failure); }  // it fails too when its server has ended
        }) {}
  ~Graph() override { stop(); }

  Result<void, Failure> start();
  void stop() override { worker_.stop(); }

 private:
  // What has been reached: each step is taken when what it waits for has come.
  enum class Step : std::uint8_t {
    nothing,    // no connection: tried again after a pause
    looking,    // whether our sink is there: one that outlives its streams
    making,     // our sink: before the session manager comes, which ends players that it finds no sink for
    searching,  // for the session manager
    reading,    // the default sink's properties
    settling,   // until sound goes to our sink
    capturing,  // until sound comes
    sounding,
    stalled,  // the sound has stopped coming: until the server, asked, answers, or it comes again
    leaving,  // only what is asked for is done
  };

  void run(const std::stop_token& stop);
  [[nodiscard]] bool connect();
  void begin();
  void ask_for_all();  // synced_ once all that there is has been told
  void make_sink();
  void listen_to_sink();
  void start_capture();
  void play_on_host();
  void disconnect();
  void recover();
  void clear();
  void give_back();

  void go(Step step);
  void advance();
  [[nodiscard]] bool settled() const;
  void on_tick();
  void on_wake();
  void note_chunks();
  void choose_cycle();
  void on_core_error(std::uint32_t id, int result, const char* message);
  void tell(const Failure& failure);
  template <typename Condition>
  bool run_until(unsigned timeout_ms, Condition condition);
  bool round_trip(unsigned timeout_ms);
  void tick_in(unsigned first_ms, unsigned then_ms);

  const PipeWireLibrary library_;
  const AudioConfig config_;
  Worker worker_;
  Pw<pw_loop> loop_;
  spa_source* timer_ = nullptr;  // of the loop, which ends it

  // Loop thread.
  Pw<pw_context> context_;
  Heard<pw_core> core_;
  Heard<pw_registry> registry_;
  Heard<pw_proxy> sink_;
  DefaultSink default_sink_;
  SoundNodes nodes_;
  HostPlayer host_player_;
  MonitorCapture capture_;
  Step step_ = Step::nothing;
  std::int64_t step_since_ms_ = 0;
  int pending_sync_ = 0;
  bool synced_ = false, sink_bound_ = false, gone_ = false, manager_gone_ = false, manager_new_ = false;
  bool sink_stays_ = false, sink_bad_ = false;  // bad: gives no sound
  bool steady_cycle_ = false;                   // the server's: a cycle is always as long as a packet
  std::optional<Failure> broken_;               // why everything has to be made anew
  std::string server_error_;
  unsigned pause_ms_ = first_pause_ms;
  bool ever_sounded_ = false, told_ = false, host_told_ = false;
  std::uint64_t chunks_seen_ = 0;
  std::int64_t chunk_seen_ms_ = 0;
  pid_t raised_thread_ = 0;
};

Result<void, Failure> Graph::start() {
  if (!worker_.ok()) { return problem::no_descriptors(); }
  loop_.reset(pw_loop_new(nullptr));
  if (!loop_) { return problem::sound_library_unusable(); }
  const auto woken = [](void* data, int, std::uint32_t) {
    auto& self = *static_cast<Graph*>(data);
    self.worker_.wake().clear();
    self.on_wake();
  };
  const auto ticked = [](void* data, std::uint64_t) { static_cast<Graph*>(data)->on_tick(); };
  timer_ = pw_loop_add_timer(loop_.get(), ticked, this);
  if (timer_ == nullptr || pw_loop_add_io(loop_.get(), worker_.wake().fd(), SPA_IO_IN, false, woken, this) == nullptr) {
    return problem::sound_library_unusable();
  }
  worker_.start(audio_graph_thread_name, [this](const std::stop_token& stop) {
    enter_thread({});
    run(stop);
  });
  return {};
}

void Graph::run(const std::stop_token& stop) {
  pw_loop_enter(loop_.get());
  context_.reset(pw_context_new(loop_.get(), nullptr, 0));
  if (context_) {
    begin();
    while (!stop.stop_requested()) {
      pw_loop_iterate(loop_.get(), -1);
      if (broken_) { recover(); }
    }
    give_back();
    disconnect();
    context_.reset();
  } else {
    tell(problem::sound_library_unusable());
  }
  pw_loop_leave(loop_.get());
}

void Graph::go(Step step) {
  step_ = step;
  step_since_ms_ = monotonic_ms();
}

bool Graph::connect() {
  Pw<pw_properties> props(pw_properties_new(PW_KEY_MEDIA_CATEGORY, "Manager", nullptr));
  if (!config_.pipewire_remote.empty()) {
    pw_properties_set(props.get(), PW_KEY_REMOTE_NAME, config_.pipewire_remote.c_str());
  }
  core_.object.reset(pw_context_connect(context_.get(), props.release(), 0));
  if (!core_) { return false; }
  static const pw_core_events core_events = {
      .version = PW_VERSION_CORE_EVENTS,
      .info =
          [](void* data, const pw_core_info* info) {
            hurry_server(info->props);
            static_cast<Graph*>(data)->steady_cycle_ = loses_players_to_cycles(info->version);
          },
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
  pw_core_add_listener(core_.get(), core_.hook.fresh(), &core_events, this);
  registry_.object.reset(pw_core_get_registry(core_.get(), PW_VERSION_REGISTRY, 0));
  static const pw_registry_events registry_events = {
      .version = PW_VERSION_REGISTRY_EVENTS,
      .global =
          [](void* data, std::uint32_t id, std::uint32_t, const char* type, std::uint32_t, const spa_dict* props_of) {
            auto& self = *static_cast<Graph*>(data);
            self.nodes_.on_global(id, type, props_of);
            self.default_sink_.on_global(self.registry_.get(), id, type, props_of);
            self.advance();
            self.choose_cycle();
          },
      .global_remove =
          [](void* data, std::uint32_t id) {
            auto& self = *static_cast<Graph*>(data);
            self.nodes_.on_global_gone(id);
            self.default_sink_.on_global_gone(id);
            self.choose_cycle();
          },
  };
  pw_registry_add_listener(registry_.get(), registry_.hook.fresh(), &registry_events, this);
  return true;
}

void Graph::begin() {
  if (!connect()) {
    broken_ = problem::sound_server_missing();
    return recover();
  }
  go(Step::looking);
  tick_in(watch_ms, watch_ms);
  ask_for_all();
}

void Graph::ask_for_all() {
  synced_ = false;
  pending_sync_ = pw_core_sync(core_.get(), PW_ID_CORE, 0);
}

bool Graph::settled() const {
  return config_.audio.target.make_default ? default_sink_.settled() : nodes_.sink_has_ports();
}

// Does what is next, if what it waits for has come.
void Graph::advance() {
  if (broken_) { return; }
  if (step_ == Step::looking && synced_) {
    go(Step::making);
    const auto& target = config_.audio.target;
    sink_stays_ = !target.make_default || nodes_.id_of(target.sink_name);
    return make_sink();
  }
  if (step_ == Step::making && sink_bound_) {
    go(Step::searching);
    if (manager_new_ && !nodes_.manager_there()) { nodes_.set_back(registry_.get()); }
  }
  if (step_ == Step::searching && default_sink_.known()) {
    go(Step::reading);
    tick_in(watch_ms, watch_ms);
    manager_new_ = false;
    ask_for_all();
  } else if (step_ == Step::reading && synced_) {
    if (config_.audio.target.make_default) { default_sink_.take(); }
    go(Step::settling);
  }
  if (step_ == Step::settling && settled()) { start_capture(); }
  if (step_ == Step::stalled && synced_) { go(Step::capturing); }
}

void Graph::start_capture() {
  go(Step::capturing);
  chunks_seen_ = capture_.chunks();
  capture_.open(core_.get());
  play_on_host();
}

void Graph::make_sink() {
  const auto& target = config_.audio.target;
  const auto there = sink_stays_ ? nodes_.id_of(target.sink_name) : std::nullopt;
  if (there && !sink_bad_) {
    sink_.object.reset(
        static_cast<pw_proxy*>(pw_registry_bind(registry_.get(), *there, PW_TYPE_INTERFACE_Node, PW_VERSION_NODE, 0)));
    return listen_to_sink();
  }
  if (there) { pw_registry_destroy(registry_.get(), *there); }
  sink_bad_ = false;
  const Pw<pw_properties> props(
      pw_properties_new("factory.name", "support.null-audio-sink",                                                   //
                        PW_KEY_NODE_NAME, target.sink_name.c_str(),                                                  //
                        PW_KEY_NODE_DESCRIPTION, target.sink_description.c_str(), PW_KEY_MEDIA_CLASS, "Audio/Sink",  //
                        PW_KEY_NODE_VIRTUAL, "true",                                                                 //
                        "audio.rate", "48000",                                                                       //
                        "audio.position", positions_of(config_.audio.channels),                                      //
                        "monitor.channel-volumes", "true",       // volume keys are heard at the client
                        "session.suspend-timeout-seconds", "0",  //
                        PW_KEY_OBJECT_LINGER, sink_stays_ ? "true" : "false", nullptr));
  // From the sink's first cycle on, before anything is linked to it.
  if (steady_cycle_) { pw_properties_set(props.get(), PW_KEY_NODE_LATENCY, packet_cycle(config_).c_str()); }
  // Nobody is to hear by default what others are led to.
  if (!target.make_default) { pw_properties_set(props.get(), PW_KEY_PRIORITY_SESSION, lowest_priority); }
  sink_.object.reset(static_cast<pw_proxy*>(
      pw_core_create_object(core_.get(), "adapter", PW_TYPE_INTERFACE_Node, PW_VERSION_NODE, &props->dict, 0)));
  listen_to_sink();
}

void Graph::listen_to_sink() {
  if (!sink_) {
    broken_ = problem::sound_server_refuses("adapter");
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
      .removed = [](void* data) { static_cast<Graph*>(data)->broken_ = problem::sound_sink_removed(); },
  };
  pw_proxy_add_listener(sink_.get(), sink_.hook.fresh(), &events, this);
}

// Made again when its sink is there again.
void Graph::play_on_host() {
  if (!config_.audio.also_on_host || host_player_.running()) { return; }
  const std::string former = default_sink_.former();
  if (!former.empty() && (!nodes_.id_of(former) || host_player_.start(context_.get(), former))) { return; }
  if (std::exchange(host_told_, true)) { return; }
  config_.problem(former.empty() ? problem::sound_not_on_host() : problem::sound_loopback_missing());
}

void Graph::clear() {
  host_player_.stop();
  capture_.close();
  sink_.reset();
  sink_bound_ = false;
}

void Graph::disconnect() {
  clear();
  default_sink_.unbind();
  registry_.reset();
  core_.reset();
  nodes_.clear();
  gone_ = false;
}

void Graph::recover() {
  const Failure why = *std::exchange(broken_, {});
  if (ever_sounded_ || pause_ms_ > first_pause_ms) { tell(why); }
  if (std::exchange(manager_gone_, false)) {
    manager_new_ = true;
    if (!gone_) {
      // Without a pause and over the same connection: a new sink is there before the next manager looks for sinks.
      clear();
      sink_bad_ = true;
      nodes_.set_back(registry_.get());
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

void Graph::tell(const Failure& failure) {
  if (!std::exchange(told_, true)) { config_.problem(failure); }
}

// Also between two tries, with a connection for it alone: the session manager keeps our name, and nobody else would
// take it away.
void Graph::give_back() {
  if (!default_sink_.owes()) { return; }
  go(Step::leaving);
  if (!core_ || gone_) {
    disconnect();
    if (!connect()) { return; }
  }
  run_until(farewell_ms, [&] { return default_sink_.known(); });
  round_trip(farewell_ms);  // whatever was chosen meanwhile is known then
  default_sink_.give_back();
  round_trip(farewell_ms);
}

void Graph::on_tick() {
  if (step_ == Step::nothing) { return begin(); }
  if (step_ == Step::leaving) { return; }
  note_chunks();
  const std::int64_t now = monotonic_ms(), since = now - step_since_ms_;
  if (step_ == Step::searching && manager_new_) {
    if (!nodes_.manager_there()) { nodes_.set_back(registry_.get()); }
    if (since >= leftovers_ms) { tick_in(watch_ms, watch_ms); }
  }
  if (step_ == Step::sounding) {
    play_on_host();
    if (now - chunk_seen_ms_ >= soundless_ms) {
      tell(problem::sound_capture_silent());
      // Nothing is made anew before it answers: what plays would be moved to the speakers, and not all of it come back.
      go(Step::stalled);
      ask_for_all();
    }
  } else if (step_ == Step::searching && since >= step_ms) {
    tell(problem::sound_manager_missing());  // it may come yet
  } else if (step_ == Step::settling && since < settle_ms) {
    default_sink_.insist();
  } else if (step_ == Step::settling) {
    start_capture();  // a session manager that does not say which sink is in use
  } else if (step_ != Step::stalled && since >= step_ms) {
    sink_bad_ = step_ == Step::capturing;
    broken_ = server_error_.empty() ? problem::sound_server_silent() : problem::sound_server_refuses(server_error_);
  }
}

// Something for the loop thread has happened on the data loop, or the end has come.
void Graph::on_wake() {
  const pid_t thread = capture_.data_thread();
  if (thread != 0 && thread != std::exchange(raised_thread_, thread)) { raise_thread(thread, audio_urgency); }
  note_chunks();
  choose_cycle();
}

void Graph::note_chunks() {
  const std::uint64_t chunks = capture_.chunks();
  if (chunks == std::exchange(chunks_seen_, chunks)) { return; }
  chunk_seen_ms_ = monotonic_ms();
  if (step_ != Step::capturing && step_ != Step::stalled) { return; }
  go(Step::sounding);
  pause_ms_ = first_pause_ms;
  ever_sounded_ = true;
  if (std::exchange(told_, false)) { config_.problem(problem::sound_back()); }
}

void Graph::choose_cycle() {
  if (!steady_cycle_ && capture_.is_open()) { capture_.set_rest(capture_.is_quiet() && !nodes_.somebody_plays()); }
}

template <typename Condition>
bool Graph::run_until(unsigned timeout_ms, Condition condition) {
  const std::int64_t deadline = monotonic_ms() + timeout_ms;
  while (!condition()) {
    const std::int64_t left = deadline - monotonic_ms();
    if (left <= 0 || gone_) { return false; }
    pw_loop_iterate(loop_.get(), static_cast<int>(left));
  }
  return true;
}

bool Graph::round_trip(unsigned timeout_ms) {
  ask_for_all();
  return run_until(timeout_ms, [&] { return synced_; });
}

void Graph::tick_in(unsigned first_ms, unsigned then_ms) {
  timespec first = timespec_of(first_ms * std::uint64_t{1'000'000}),
           then = timespec_of(then_ms * std::uint64_t{1'000'000});
  pw_loop_update_timer(loop_.get(), timer_, &first, &then, false);
}

void Graph::on_core_error(std::uint32_t id, int result, const char* message) {
  if (id == PW_ID_CORE && result == -EPIPE) {
    gone_ = true;
    broken_ = problem::sound_server_ended();
  } else {
    server_error_ = message != nullptr ? message : "";
  }
}

}  // namespace

Result<std::unique_ptr<SoundGraph>, Failure> SoundGraph::start(const AudioConfig& config, AudioPump& pump) {
  auto graph = std::make_unique<Graph>(config, pump);
  if (auto started = graph->start(); !started) { return started.error(); }
  return std::unique_ptr<SoundGraph>(std::move(graph));
}

}  // namespace punktfunk
