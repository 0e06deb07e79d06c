#include "engine/pipeline/engine.h"

#include <sys/un.h>

#include <chrono>
#include <condition_variable>
#include <random>

#include "core/packet/gamestream_video.h"
#include "engine/encode/encoder.h"
#include "engine/pipeline/configs.h"
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
  std::vector<contract::BitrateSet> bitrates;
  std::optional<Failure> failure;

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
  TellHost tell_host() {
    return
        [this](const contract::EngineMessage& message) { std::visit([this](const auto& one) { take(one); }, message); };
  }

  void take(const contract::Listening& m) {
    const auto& ports = std::get<contract::GameStreamPorts>(m.transport);
    video_port = ports.video_port;
    control_port = ports.control_port;
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
  void take(const contract::BitrateSet& m) {
    const std::lock_guard lock(mutex);
    bitrates.push_back(m);
    changed.notify_all();
  }
  template <typename Condition>
  bool wait_until(Condition condition) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, std::chrono::milliseconds(deadline_ms), condition);
  }
  void take(const contract::Problem& m) {
    if (m.fatal) { failure = m.failure; }
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
  c.video.crf = 20;
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

// One that listens.
std::unique_ptr<Engine> start(const contract::Start& c, Events& events) {
  auto engine = Engine::start(c, events.tell_host());
  REQUIRE(events.wait_for("listening"));
  return engine;
}

}  // namespace

TEST_CASE("an engine streams the synthetic picture, tells its statistics and stops when it is told to") {
  Events events;
  const auto engine = start(config(), events);
  CHECK(events.control_port != 0);
  Client client;
  client.ping(events.video_port);
  for (std::uint32_t i = 1; i <= 40; ++i) {
    const Received r = client.expect();
    CHECK(r.index == i);
    CHECK(r.idr == (i == 1));
  }
  CHECK(events.wait_for("first_frame 320x192 libx264 superfast, synthetic"));
  engine->stop(contract::Farewell::none);
  CHECK(events.wait_for("ended stopped"));
  engine->stop(contract::Farewell::none);
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

TEST_CASE("while it streams an engine takes a rate, an IDR, and tells of each picture as long as somebody looks") {
  Events events;
  const auto engine = start(config(), events);
  Client client;
  client.ping(events.video_port);
  CHECK(client.expect().idr);
  engine->request_idr();
  Received r;
  do { r = client.expect(); } while (!r.idr);

  engine->set_bitrate(500);
  REQUIRE(events.wait_until([&] { return !events.bitrates.empty(); }));
  CHECK(events.bitrates.back().bitrate_kbps == 500);
  CHECK(!events.bitrates.back().failure);

  engine->watch_frames(true);
  const auto looked_at = [&] { return !events.stats.empty() && events.stats.back().frames.has_value(); };
  REQUIRE(events.wait_until(looked_at));
  REQUIRE(events.wait_until([&] { return !events.stats.back().frames->empty(); }));
  engine->watch_frames(false);
  REQUIRE(events.wait_until([&] { return !looked_at(); }));
  const std::lock_guard lock(events.mutex);
  CHECK(events.stats.back().bitrate_kbps == 500);
  std::uint64_t parity = 0, before = 0;
  std::uint32_t frame = 0;
  for (const contract::Statistics& s : events.stats) {
    parity += s.parity_datagrams;
    CHECK(s.parity_datagrams < s.datagrams_sent);
    const auto& counts = s.latency.total.counts;
    CHECK(counts.size() == std::size(contract::latency_edges_us) + 1);
    if (!s.frames) { continue; }
    for (const contract::FrameTimes& f : *s.frames) {
      CHECK(f.bytes > 0);
      CHECK(f.encode_us > 0);
      CHECK(f.sent_at_us > before);
      before = f.sent_at_us;
      CHECK(f.frame > frame);
      frame = f.frame;
      CHECK(f.capture_us + f.convert_us + f.wait_us + f.encode_us + f.protect_us + f.send_us <
            s.latency.total.max_us + 1);
    }
  }
  CHECK(parity > 0);
}

TEST_CASE("a rate for a stream that has not begun is refused") {
  contract::Start c = config();
  c.module_dir = "/nonexistent";
  Events events;
  const auto engine = Engine::start(c, events.tell_host());
  REQUIRE(events.wait_for("ended failed"));
  engine->request_idr();
  engine->watch_frames(true);
  engine->set_bitrate(500);
  REQUIRE(events.bitrates.size() == 1);
  CHECK(events.bitrates.back().bitrate_kbps == 2000);
  CHECK(events.bitrates.back().failure.value().code == ProblemCode::bitrate_refused);
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
    engine->stop(contract::Farewell::none);
    CHECK(events.wait_for("ended stopped"));
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
}

TEST_CASE("stopped while it opens an engine ends as stopped, and what came of the opening is nobody's concern") {
  const CheckpointPath place;  // beside it a desktop that takes the connection and does not answer
  const std::string path = place.path.string() + ".wayland";
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  REQUIRE(path.copy(address.sun_path, sizeof address.sun_path - 1) == path.size());
  UniqueFd desktop(socket(AF_UNIX, SOCK_STREAM, 0));
  REQUIRE(bind(desktop.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(listen(desktop.get(), 1) == 0);
  contract::Start c = config();
  c.video.target = contract::WlrootsTarget{.wayland_display = path};
  Events events;
  const auto engine = Engine::start(c, events.tell_host());
  {
    const UniqueFd connection(accept(desktop.get(), nullptr, nullptr));
    REQUIRE(connection);
    engine->stop(contract::Farewell::none);
  }
  desktop.reset();
  std::filesystem::remove(path);
  REQUIRE(events.wait_for("ended stopped"));
  CHECK(!events.failure);
}

TEST_CASE("what an engine cannot have it explains, and leaves nothing behind") {
  const auto refused = [](auto change) {
    contract::Start c = config();
    change(c);
    Events events;
    const auto engine = Engine::start(c, events.tell_host());
    REQUIRE(events.wait_for("ended failed"));
    CHECK(events.told.size() == 2);
    return events.failure.value();
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

TEST_CASE("a picture full of grain at a client's low rate is large, and is sent: an IDR instead would be as large") {
  contract::Start c = config();
  c.video.width = 3840;
  c.video.height = 2160;
  c.video.bitrate_kbps = 7308;
  const auto encoder = need(open_h264_encoder(c.module_dir, encoder_config(c.video)));
  std::vector<std::uint8_t> grain(std::size_t{c.video.width} * c.video.height * 3 / 2);
  std::minstd_rand random(1);
  for (std::uint8_t& value : grain) { value = static_cast<std::uint8_t>(random() >> 8); }
  const Picture picture = {grain.data(), grain.data() + std::size_t{c.video.width} * c.video.height, c.video.width,
                           c.video.width};
  std::vector<std::uint8_t> unit;
  const auto gather = [](void* to, const Slice& slice) {
    auto& bytes = *static_cast<std::vector<std::uint8_t>*>(to);
    bytes.insert(bytes.end(), slice.bytes.begin(), slice.bytes.end());
  };
  REQUIRE(encoder->encode(picture, true, {gather, &unit}) == Status::ok);
  CAPTURE(unit.size());
  gamestream::VideoPacketizer packetizer(sender_config(c, transport_of(c)).video);
  const std::span<const std::uint8_t> bytes = unit;
  gamestream::DatagramBatch batch;
  CHECK(packetizer.packetize({&bytes, 1}, {.type = gamestream::FrameType::idr}, batch) == Status::ok);
}
