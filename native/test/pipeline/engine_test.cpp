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
  std::vector<contract::Statistics> stats;

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

  TellHost tell_host() {
    return
        [this](const contract::EngineMessage& message) { std::visit([this](const auto& one) { take(one); }, message); };
  }

  void take(const contract::Listening& m) {
    video_port = m.video_port;
    control_port = m.control_port;
    tell("listening");
  }
  void take(const contract::ClientConnected&) { tell("client_connected"); }
  void take(const contract::ClientLeaving&) { tell("client_leaving"); }
  void take(const contract::FirstFrame& m) {
    tell("first_frame " + std::to_string(m.width) + "x" + std::to_string(m.height) + " " + m.encoder + ", " +
         m.capture);
  }
  void take(const contract::Statistics& m) {
    const std::lock_guard lock(mutex);
    stats.push_back(m);
    changed.notify_all();
  }
  void take(const contract::Problem& m) {
    tell("problem " + std::string(text(m.failure.code)) + (m.fatal ? " fatal" : ""));
  }
  void take(const contract::Ended& m) { tell("ended " + std::string(text(m.reason))); }
  void take(const contract::RestoreToken&) { tell("restore_token"); }
  void take(const auto&) { tell("what no stream tells"); }
};

contract::GameStreamTransport& transport_of(contract::Start& start) {
  return std::get<contract::GameStreamTransport>(start.transport);
}

contract::Start config() {
  contract::Start c;
  c.module_dir = PUNKTFUNK_BUILD "/lib";
  c.video.target = contract::SyntheticTarget{true};
  c.video.width = width;
  c.video.height = height;
  c.video.fps = 30;
  c.video.bitrate_kbps = 2000;
  c.video.slices = 1;
  c.video.colorspace = contract::Colorspace::rec709;
  c.video.preset = contract::Preset::superfast;
  contract::GameStreamTransport& t = transport_of(c);
  t.bind_address = "127.0.0.1";
  t.ping_payload = ping_payload;
  t.packet_size = Client::packet_size;
  t.fec_percent = 20;
  t.min_parity_shards = 2;
  t.require_connect_data = true;
  t.client_timeout_ms = 10'000;
  t.connect_timeout_ms = 60'000;
  return c;
}

std::unique_ptr<Engine> start(const contract::Start& c, Events& events) {
  auto engine = Engine::start(c, events.tell_host());
  REQUIRE_MESSAGE(engine, (engine ? "" : text(engine.error().code)));
  return *std::move(engine);
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
  for (const contract::Statistics& s : events.stats) {
    sent += s.frames_sent, idr += s.idr_frames, datagrams += s.datagrams_sent, video_ms += s.cpu_ms.video;
  }
  CHECK(sent > 0);
  CHECK(idr == 1);
  CHECK(datagrams >= sent * 3);
  CHECK(video_ms > 0);
  CHECK(events.stats.back().latency.total.p50_us > 0);
  CHECK(events.stats.back().latency.encode.p50_us > 0);
}

TEST_CASE("an engine whose client never comes ends by itself") {
  contract::Start c = config();
  transport_of(c).connect_timeout_ms = 1000;
  Events events;
  const auto engine = start(c, events);
  CHECK(events.wait_for("ended connect_timeout"));
}

TEST_CASE("a second engine goes on with the stream of the first") {
  const CheckpointPath checkpoint;
  contract::Start c = config();
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
  contract::Start c = config();
  c.input = contract::WlrootsInputTarget{.wayland_display = "/nonexistent/wayland"};
  Events events;
  const auto engine = start(c, events);
  CHECK(events.wait_for("problem wayland_unreachable"));
  CHECK(events.wait_for("listening"));
}

TEST_CASE("what an engine cannot have it explains, and leaves nothing behind") {
  const auto refused = [](auto change) {
    contract::Start c = config();
    change(c);
    Events events;
    const auto engine = Engine::start(c, events.tell_host());
    REQUIRE_FALSE(engine);
    CHECK(events.told.empty());
    return engine.error();
  };
  Events events;
  const auto first = start(config(), events);
  CHECK(refused([&](contract::Start& c) { transport_of(c).video_port = events.video_port; }) ==
        problem::port_taken(events.video_port, "127.0.0.1"));
  CHECK(refused([&](contract::Start& c) { transport_of(c).control_port = events.control_port; }) ==
        problem::port_taken(events.control_port, "127.0.0.1"));
  CHECK(refused([](contract::Start& c) { c.module_dir = "/nonexistent"; }).code == ProblemCode::no_encoder);
  CHECK(refused([](contract::Start& c) {
          c.video.target = contract::WlrootsTarget{.wayland_display = "/nonexistent/wayland"};
        }) == problem::wayland_unreachable("/nonexistent/wayland", "No such file or directory"));
  CHECK(refused([](contract::Start& c) { transport_of(c).packet_size = 17; }) == problem::packets_impossible(17, 20));
  CHECK(refused([](contract::Start& c) { c.checkpoint_path = "/nonexistent"; }) ==
        problem::checkpoint_unusable("/nonexistent", "No such file or directory"));
  CHECK(refused([](contract::Start& c) { c.video.width = 7; }).code == ProblemCode::picture_impossible);
}
