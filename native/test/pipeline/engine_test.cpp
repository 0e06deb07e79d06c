#include "engine/pipeline/engine.h"

#include <chrono>
#include <condition_variable>

#include "rig.h"

using namespace punktfunk;
using namespace punktfunk::test;

namespace {

// What an engine tells, to be waited for.
struct Events {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::string> told;
  std::uint16_t video_port = 0, control_port = 0;
  std::vector<EngineStats> stats;

  void tell(const std::string& what) {
    const std::lock_guard lock(mutex);
    told.push_back(what);
    changed.notify_all();
  }
  bool wait_for(const std::string& what) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, std::chrono::milliseconds(deadline_ms),
                            [&] { return std::find(told.begin(), told.end(), what) != told.end(); });
  }
  std::string last() {
    const std::lock_guard lock(mutex);
    return told.empty() ? "" : told.back();
  }

  EngineEvents events() {
    EngineEvents e;
    e.listening = [this](std::uint16_t video, std::uint16_t, std::uint16_t control) {
      video_port = video;
      control_port = control;
      tell("listening");
    };
    e.client_connected = [this] { tell("client_connected"); };
    e.client_leaving = [this] { tell("client_leaving"); };
    e.first_frame = [this](std::uint32_t w, std::uint32_t h, const std::string& encoder, const std::string& capture) {
      tell("first_frame " + std::to_string(w) + "x" + std::to_string(h) + " " + encoder + ", " + capture);
    };
    e.stats = [this](const EngineStats& s) {
      const std::lock_guard lock(mutex);
      stats.push_back(s);
      changed.notify_all();
    };
    e.problem = [this](const std::string& code, const std::string&, bool fatal) {
      tell("problem " + code + (fatal ? " fatal" : ""));
    };
    e.ended = [this](const std::string& reason) { tell("ended " + reason); };
    e.restore_token = [this](const std::string&) { tell("restore_token"); };
    return e;
  }
};

EngineConfig config() {
  EngineConfig c;
  c.module_dir = PUNKTFUNK_BUILD "/lib";
  c.bind_address = "127.0.0.1";
  c.ping_payload = ping_payload;
  c.target = SyntheticTarget{true};
  c.encoder.width = width;
  c.encoder.height = height;
  c.encoder.fps = 30;
  c.encoder.bitrate_kbps = 2000;
  c.packet_size = Client::packet_size;
  c.audio_enabled = false;
  c.control.connect_timeout_ms = 60'000;
  return c;
}

std::unique_ptr<Engine> start(const EngineConfig& c, Events& events) {
  std::string error;
  auto engine = Engine::start(c, events.events(), error);
  REQUIRE_MESSAGE(engine, error);
  return engine;
}

}  // namespace

TEST_CASE("an engine streams the synthetic picture, tells its statistics and stops when it is told to") {
  Events events;
  const auto engine = start(config(), events);
  CHECK(events.wait_for("listening"));
  CHECK(events.control_port != 0);
  Client client;
  client.ping(events.video_port);
  for (std::uint32_t i = 1; i <= 40; ++i) {
    const Received r = client.expect();
    CHECK(r.index == i);
    CHECK(r.idr == (i == 1));
  }
  CHECK(events.wait_for("first_frame 320x192 libx264 superfast, synthetic"));
  engine->stop(0);
  CHECK(events.last() == "ended stopped");
  engine->stop(0);
  REQUIRE(!events.stats.empty());
  std::uint64_t sent = 0, idr = 0, datagrams = 0;
  double video_ms = 0;
  for (const EngineStats& s : events.stats) {
    sent += s.frames_sent, idr += s.idr_frames, datagrams += s.datagrams_sent, video_ms += s.cpu_video_ms;
  }
  CHECK(sent > 0);
  CHECK(idr == 1);
  CHECK(datagrams >= sent * 3);
  CHECK(video_ms > 0);
  CHECK(events.stats.back().total.p50_ns > 0);
  CHECK(events.stats.back().encode.p50_ns > 0);
}

TEST_CASE("an engine whose client never comes ends by itself") {
  EngineConfig c = config();
  c.control.connect_timeout_ms = 1000;
  Events events;
  const auto engine = start(c, events);
  CHECK(events.wait_for("ended connect_timeout"));
}

TEST_CASE("a second engine goes on with the stream of the first") {
  const CheckpointPath checkpoint;
  EngineConfig c = config();
  c.checkpoint_path = checkpoint.path.string();
  Client client;
  Received last{};
  {
    Events events;
    const auto engine = start(c, events);
    client.ping(events.video_port);
    for (int i = 0; i < 5; ++i) { last = client.expect(); }
    engine->stop(0);
    while (const auto r = client.receive(0)) { last = *r; }
  }
  Events events;
  const auto engine = start(c, events);
  const Received r = client.expect();
  CHECK(r.index == last.index + 1);
  CHECK(r.idr);
  CHECK(r.rtp > last.rtp);
}

TEST_CASE("without its input an engine streams all the same and says so") {
  EngineConfig c = config();
  c.input = WlrootsInputTarget{"/nonexistent/wayland", ""};
  Events events;
  const auto engine = start(c, events);
  CHECK(events.wait_for("problem input_unavailable"));
  CHECK(events.wait_for("listening"));
}

TEST_CASE("what an engine cannot have it explains, and leaves nothing behind") {
  const auto refused = [](auto change) {
    EngineConfig c = config();
    change(c);
    Events events;
    std::string error;
    CHECK_FALSE(Engine::start(c, events.events(), error));
    CHECK(events.told.empty());
    return error;
  };
  Events events;
  const auto first = start(config(), events);
  CHECK(refused([&](EngineConfig& c) { c.video_port = events.video_port; }).find("--base-port") != std::string::npos);
  CHECK(refused([&](EngineConfig& c) {
          c.control_port = events.control_port;
        }).find(std::to_string(events.control_port)) != std::string::npos);
  CHECK(refused([](EngineConfig& c) { c.module_dir = "/nonexistent"; }).find("/nonexistent") != std::string::npos);
  CHECK(refused([](EngineConfig& c) { c.target = WlrootsTarget{"/nonexistent/wayland", ""}; }) != "");
  CHECK(refused([](EngineConfig& c) { c.packet_size = 17; }).find("17 bytes") != std::string::npos);
  CHECK(refused([](EngineConfig& c) { c.checkpoint_path = "/nonexistent"; }).find("/nonexistent") != std::string::npos);
  CHECK(refused([](EngineConfig& c) { c.encoder.width = 7; }).find("7x192") != std::string::npos);
}
