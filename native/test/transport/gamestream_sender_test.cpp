#include "engine/transport/gamestream_sender.h"

#include <doctest/doctest.h>
#include <poll.h>
#include <sched.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <mutex>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/wake.h"
#include "core/packet/bytes.h"
#include "core/packet/gamestream_video_layout.h"
#include "core/reassembly/gamestream_video.h"
#include "test/need.h"
#include "test/thread_allocations.h"

using namespace punktfunk;

namespace {

constexpr std::uint64_t deadline_ns = 60'000'000'000;

// What another thread is about to do: true once it has.
template <typename Condition>
bool eventually(Condition condition) {
  const std::uint64_t until = monotonic_ns() + deadline_ns;
  while (!condition() && monotonic_ns() < until) { sched_yield(); }
  return condition();
}

// What a test keeps of a socket that it has given away: what was sent there, and what it takes.
struct Wire {
  std::mutex mutex;
  std::vector<std::vector<std::uint8_t>> datagrams;
  std::vector<std::uint16_t> audio_sequence_before;  // as the checkpoint had it when each single one was sent
  const Checkpoint* checkpoint = nullptr;
  std::atomic<std::size_t> room{~std::size_t{0}}, taken{0}, refusals{0}, closed{0}, pings_read{0};
  std::atomic<bool> stored_first{true}, known{true}, gso{true};
  std::atomic<std::uint64_t> foreign_pings{0};
  Wake readable;
};

class FakeEndpoint final : public UdpEndpoint {
 public:
  explicit FakeEndpoint(Wire& wire) : wire_(wire) {}
  ~FakeEndpoint() override { ++wire_.closed; }
  [[nodiscard]] int fd() const override { return wire_.readable.fd(); }
  [[nodiscard]] std::uint16_t port() const override { return 1; }
  bool read_pings(std::uint64_t) override {
    wire_.readable.clear();
    ++wire_.pings_read;
    return false;
  }
  [[nodiscard]] bool has_peer() const override { return wire_.known; }
  [[nodiscard]] MediaPeer peer() const override { return {}; }
  void set_peer(const MediaPeer&) override {}
  [[nodiscard]] std::uint64_t last_ping_ns() const override { return 0; }
  std::size_t send_run(const std::uint8_t* bytes, std::size_t datagram_bytes, std::size_t count) noexcept override {
    for (std::size_t i = 0; i < count && wire_.checkpoint != nullptr; ++i) {
      const std::uint32_t packet = load_u32_le(bytes + i * datagram_bytes + 16),
                          frame = load_u32_le(bytes + i * datagram_bytes + 20);
      if (wire_.checkpoint->video_frame_index != frame + 1 || wire_.checkpoint->video_packet_index <= packet >> 8) {
        wire_.stored_first = false;
      }
    }
    const std::size_t n = std::min(count, wire_.room.load());
    if (wire_.room != ~std::size_t{0}) { wire_.room -= n; }
    const std::lock_guard lock(wire_.mutex);
    for (std::size_t i = 0; i < n; ++i) {
      wire_.datagrams.emplace_back(bytes + i * datagram_bytes, bytes + (i + 1) * datagram_bytes);
    }
    wire_.taken += n;
    if (n == 0) { ++wire_.refusals; }
    return n;
  }
  bool send_one(std::span<const std::uint8_t> datagram) noexcept override {
    const std::lock_guard lock(wire_.mutex);
    if (wire_.checkpoint != nullptr) {
      wire_.audio_sequence_before.push_back(static_cast<std::uint16_t>(wire_.checkpoint->audio_sequence.load()));
    }
    wire_.datagrams.emplace_back(datagram.begin(), datagram.end());
    return true;
  }
  [[nodiscard]] Stats stats() const override { return {.gso = wire_.gso, .foreign_pings = wire_.foreign_pings}; }

 private:
  Wire& wire_;
};

struct Sender {
  Wire video, sound;
  Checkpoint checkpoint{};
  std::atomic<unsigned> idr_needed{0}, ready{0}, first_frames{0};
  std::mutex mutex;
  std::vector<Failure> problems;
  std::vector<std::pair<std::size_t, std::size_t>> too_large;  // bytes and the most that is sent; of the pushing thread
  std::unique_ptr<GamestreamSender> sender;

  explicit Sender(std::size_t max_access_unit_bytes = 300'000, std::uint32_t fps = 60) {
    video.checkpoint = sound.checkpoint = &checkpoint;
    GamestreamSenderConfig config;
    config.video = {
        .packet_size = 1024, .fec_percent = 0, .min_parity_shards = 0, .max_access_unit_bytes = max_access_unit_bytes};
    config.fps = fps;
    MediaSenderEvents events;
    events.reachable = [] {};
    events.ready = [this] { ++ready; };
    events.idr_needed = [this] { ++idr_needed; };
    events.too_large = [this](std::size_t bytes, std::size_t most) { too_large.emplace_back(bytes, most); };
    events.first_frame = [this] { ++first_frames; };
    events.problem = [this](const Failure& failure) {
      const std::lock_guard lock(mutex);
      problems.push_back(failure);
    };
    sender = std::make_unique<GamestreamSender>(config, std::make_unique<FakeEndpoint>(video),
                                                std::make_unique<FakeEndpoint>(sound), checkpoint, std::move(events));
    sender->start();
  }

  // An access unit in so many slices; bytes count up, so that an order can be seen.
  void push(std::size_t bytes, unsigned slices = 1, bool idr = false) {
    REQUIRE(eventually([&] { return sender->has_room(); }));
    std::vector<std::uint8_t> unit(bytes);
    for (std::size_t i = 0; i < bytes; ++i) { unit[i] = static_cast<std::uint8_t>(i * 7 + i / 251); }
    sender->begin({.times = {.presented_ns = monotonic_ns()}});
    for (unsigned n = 0; n < slices; ++n) {
      const std::size_t from = bytes * n / slices, to = bytes * (n + 1) / slices;
      std::vector<std::uint8_t> own(unit.begin() + static_cast<std::ptrdiff_t>(from),
                                    unit.begin() + static_cast<std::ptrdiff_t>(to));
      sender->take({.bytes = own, .idr = idr, .first = n == 0, .last = n + 1 == slices});
      std::fill(own.begin(), own.end(), std::uint8_t{0xEE});  // the encoder's memory is its own again
    }
  }
  [[nodiscard]] std::uint64_t sent() { return sender->take_stats().frames_sent; }
};

}  // namespace

TEST_CASE("slices are sent joined, in their order, and nothing of them before the last") {
  Sender s;
  for (const unsigned slices : {1u, 4u, 9u}) {
    s.push(20'000, slices, slices == 4);
    REQUIRE(eventually([&] { return s.video.taken > 0 && s.sent() == (slices == 1 ? 1u : slices == 4 ? 2u : 3u); }));
  }
  gamestream::VideoReassembler reassembler({.packet_size = 1024, .key = {}});
  std::vector<gamestream::FrameType> types;
  for (const auto& datagram : s.video.datagrams) {
    gamestream::ReassembledFrame frame;
    if (reassembler.feed(datagram, frame) != Status::ok) { continue; }
    types.push_back(frame.type);
    bool same = frame.access_unit.size() >= 20'000;
    for (std::size_t i = 0; same && i < 20'000; ++i) {
      same = frame.access_unit[i] == static_cast<std::uint8_t>(i * 7 + i / 251);
    }
    CHECK(same);
  }
  CHECK(types == std::vector{gamestream::FrameType::p, gamestream::FrameType::idr, gamestream::FrameType::p});

  const std::size_t before = s.video.taken;
  s.sender->begin({.times = {.presented_ns = monotonic_ns()}});
  const std::vector<std::uint8_t> slice(5000, 1);
  s.sender->take({.bytes = slice, .first = true});
  // One that was begun and had no last slice never was.
  s.push(20'000);
  REQUIRE(eventually([&] { return s.sent() == 4; }));
  CHECK(s.video.taken == before + 20);
  CHECK(s.first_frames == 1);
}

TEST_CASE(
    "the first slice of an IDR has a start code of four bytes behind its parameter sets, whatever the encoder wrote") {
  using Bytes = std::vector<std::uint8_t>;
  const Bytes sets{0, 0, 0, 1, 0x67, 1, 2, 0, 0, 0, 1, 0x68, 3}, slice{0, 0, 1, 0x65, 4, 5}, other{0, 0, 1, 0x41, 6};
  const auto joined = [](std::initializer_list<Bytes> parts) {
    Bytes all;
    for (const Bytes& part : parts) { all.insert(all.end(), part.begin(), part.end()); }
    return all;
  };
  struct {
    bool idr;
    Bytes first, second, sent;
  } const cases[] = {
      {true, joined({sets, slice}), slice, joined({sets, {0}, slice, slice})},
      {true, joined({sets, {0}, slice}), slice, joined({sets, {0}, slice, slice})},
      {false, joined({sets, other}), other, joined({sets, other, other})},
  };
  Sender s;
  gamestream::VideoReassembler reassembler({.packet_size = 1024, .key = {}});
  for (const auto& c : cases) {
    REQUIRE(eventually([&] { return s.sender->has_room(); }));
    const std::size_t before = s.video.taken;
    s.sender->begin({.times = {.presented_ns = monotonic_ns()}});
    s.sender->take({.bytes = c.first, .idr = c.idr, .first = true});
    s.sender->take({.bytes = c.second, .idr = c.idr, .last = true});
    REQUIRE(eventually([&] { return s.video.taken == before + 1; }));
    const std::lock_guard lock(s.video.mutex);
    gamestream::ReassembledFrame frame;
    REQUIRE(reassembler.feed(s.video.datagrams.back(), frame) == Status::ok);
    CHECK(Bytes(frame.access_unit.begin(), frame.access_unit.end()) == c.sent);
  }
}

TEST_CASE("an access unit that is too large is left out whole, and told with what would not be") {
  Sender s(50'000);
  s.push(50'000, 5);
  REQUIRE(eventually([&] { return s.sent() == 1; }));
  s.push(50'001, 5);
  CHECK(s.too_large == std::vector<std::pair<std::size_t, std::size_t>>{{50'001, 50'000}});
  CHECK(s.sender->take_stats().frames_cut_short == 1);
  s.push(1000, 2);
  REQUIRE(eventually([&] { return s.sent() == 2; }));
  CHECK(s.checkpoint.video_frame_index == 3);  // it used no number
}

TEST_CASE("what packets of the client's size cannot say is too large, whatever is allowed beside") {
  constexpr std::size_t most = gamestream::max_access_unit_bytes(1024);
  Sender s(16u << 20);
  s.push(most, 1, true);
  REQUIRE(eventually([&] { return s.sent() == 1; }));
  s.push(most + 1, 1, true);
  CHECK(s.too_large == std::vector<std::pair<std::size_t, std::size_t>>{{most + 1, most}});
  CHECK(s.idr_needed == 0);
}

TEST_CASE(
    "the numbers are in the checkpoint before their packets leave, and a frame that the socket does not take is given "
    "up") {
  Sender s;
  for (std::uint64_t i = 1; i <= 5; ++i) {
    s.push(200'000);  // about 200 datagrams: in several bursts
    REQUIRE(eventually([&] { return s.sent() == i; }));
  }
  CHECK(s.video.taken > 5 * 190);
  s.video.room = 70;
  s.push(200'000);
  REQUIRE(eventually([&] { return s.idr_needed == 1; }));
  CHECK(s.video.room == 0);
  CHECK(s.sent() == 5);
  s.video.room = ~std::size_t{0};
  s.push(1000);
  REQUIRE(eventually([&] { return s.sent() == 6; }));
  CHECK(s.video.stored_first);
  CHECK(s.checkpoint.video_frame_index == 8);
}

TEST_CASE(
    "an IDR that the socket takes slowly is sent whole, since the next would be as large; pings are read meanwhile") {
  constexpr std::size_t long_past_the_deadline =
      1000;  // tries, a quarter of a millisecond apart at least: 50 are given
  Sender s;
  s.video.room = 70;
  s.push(200'000, 1, true);
  REQUIRE(eventually([&] { return s.video.refusals >= long_past_the_deadline || s.idr_needed > 0; }));
  CHECK(s.idr_needed == 0);
  CHECK(s.video.pings_read + 1 >= long_past_the_deadline);  // after each try
  s.video.room = ~std::size_t{0};
  REQUIRE(eventually([&] { return s.sent() == 1 || s.idr_needed > 0; }));
  CHECK(s.sender->take_stats().frames_cut_short == 0);

  s.video.room = 0;
  s.push(200'000, 1, true);
  const std::size_t before = s.video.refusals;
  REQUIRE(eventually([&] { return s.video.refusals > before; }));
  s.sender->stop();  // not held up by a network that takes nothing
  CHECK(s.sent() == 1);
}

TEST_CASE("sound goes out at once, on the caller's thread, past a frame that is held back") {
  Sender s(300'000, 1);
  s.video.room = 10;  // and then the network takes no more
  s.push(290'000, 1, true);
  REQUIRE(eventually([&] { return s.video.refusals > 0; }));
  const std::vector<std::uint8_t> opus(60, 7);
  for (int i = 0; i < 8; ++i) { CHECK(s.sender->send_sound(opus) > 0); }
  std::size_t sound = 0;
  {
    const std::lock_guard lock(s.sound.mutex);
    sound = s.sound.datagrams.size();
  }
  CHECK(sound == 8 + 4);  // with the parity of two blocks
  CHECK(s.sent() == 0);   // the frame is still on its way
  s.sender->stop();
}

TEST_CASE("sound goes on with numbers that were never used, which are stored before they leave") {
  Wire wire;
  Checkpoint checkpoint{};
  wire.checkpoint = &checkpoint;
  FakeEndpoint endpoint(wire);
  const gamestream::AudioPacketizerConfig config{.packet_duration_ms = 5, .key = AesKey{1, 2, 3}, .rikey_id = 5};
  const std::vector<std::uint8_t> opus(60, 7);
  for (int engine = 0; engine < 2; ++engine) {
    GamestreamSound sound(config, endpoint, checkpoint);
    for (int n = 0; n < 6; ++n) { CHECK(sound.send_sound(opus) >= 60); }
  }
  std::vector<int> sequences;
  std::size_t parity = 0, index = 0;
  for (const auto& datagram : wire.datagrams) {
    const std::uint16_t stored = wire.audio_sequence_before[index++];
    if (datagram[1] != 97) {
      ++parity;
      continue;
    }
    sequences.push_back(load_u16_be(datagram.data() + 2));
    CHECK(stored == sequences.back() + 1);
    CHECK(load_u32_be(datagram.data() + 4) == static_cast<std::uint32_t>(sequences.back() * 5));
  }
  CHECK(sequences == std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  CHECK(parity == 4);  // of blocks 0-3 and 8-11; the block that the first one began has none
}

TEST_CASE("a sender is the only one that reads its sockets, and closes them with itself") {
  Sender s;
  s.sound.readable.signal();
  REQUIRE(eventually([&] { return s.sound.pings_read > 0; }));
  const std::size_t before = s.video.pings_read;
  s.video.readable.signal();
  REQUIRE(eventually([&] { return s.video.pings_read > before; }));
  CHECK(s.video.closed == 0);
  s.sender.reset();
  CHECK(s.video.closed == 1);
  CHECK(s.sound.closed == 1);
}

TEST_CASE("a sender that cannot be is refused, and leaves no socket behind") {
  Checkpoint checkpoint{};
  GamestreamSenderConfig config;
  config.video_socket = {.bind_address = "127.0.0.1", .port = 0, .ping_payload = {}, .client_address = {}};
  config.sound_socket = config.video_socket;
  MediaSenderEvents events{[] {}, [] {}, [] {}, [](std::size_t, std::size_t) {}, [] {}, [](const Failure&) {}};
  const auto sender = test::need(GamestreamSender::open(config, checkpoint, events));
  CHECK(sender->video_port() != 0);
  CHECK(sender->sound_port() != sender->video_port());
  const auto refused = [&](auto change) {
    GamestreamSenderConfig c = config;
    change(c);
    return test::refusal(GamestreamSender::open(c, checkpoint, events));
  };
  CHECK(refused([&](auto& c) { c.video_socket.port = sender->video_port(); }) ==
        problem::port_taken(sender->video_port(), "127.0.0.1"));
  CHECK(refused([&](auto& c) { c.sound_socket->port = sender->sound_port(); }) ==
        problem::port_taken(sender->sound_port(), "127.0.0.1"));
  CHECK(refused([](auto& c) { c.video.packet_size = 17; }) == problem::packets_impossible(17, 20));
}

TEST_CASE("what people should know of the network is told once: no segmentation, somebody who repeats pings") {
  Sender s;
  s.video.gso = false;
  s.sound.foreign_pings = 9;
  for (int i = 0; i < 3; ++i) {
    const std::size_t before = s.video.pings_read;
    s.video.readable.signal();
    REQUIRE(eventually([&] { return s.video.pings_read > before; }));
  }
  s.sender->stop();
  REQUIRE(s.problems.size() == 2);
  CHECK(s.problems[0] == problem::gso_unavailable());
  CHECK(s.problems[1] == problem::foreign_pings("0.0.0.0"));
}

TEST_CASE("handing over slices and sending sound allocates nothing") {
  Checkpoint checkpoint{};
  struct Silent final : UdpEndpoint {
    Wake wake;
    [[nodiscard]] int fd() const override { return wake.fd(); }
    [[nodiscard]] std::uint16_t port() const override { return 1; }
    bool read_pings(std::uint64_t) override { return false; }
    [[nodiscard]] bool has_peer() const override { return true; }
    [[nodiscard]] MediaPeer peer() const override { return {}; }
    void set_peer(const MediaPeer&) override {}
    [[nodiscard]] std::uint64_t last_ping_ns() const override { return 0; }
    std::size_t send_run(const std::uint8_t*, std::size_t, std::size_t count) noexcept override {
      send_thread_allocations = thread_allocations();
      return count;
    }
    bool send_one(std::span<const std::uint8_t>) noexcept override { return true; }
    [[nodiscard]] Stats stats() const override { return {.gso = true}; }
    std::atomic<std::size_t> send_thread_allocations{0};
  };
  auto video = std::make_unique<Silent>();
  Silent& seen = *video;
  GamestreamSenderConfig config;
  config.video = {.packet_size = 1024, .max_access_unit_bytes = 100'000, .key = AesKey{1}};
  config.sound.key = AesKey{2};
  MediaSenderEvents events{[] {}, [] {}, [] {}, [](std::size_t, std::size_t) {}, [] {}, [](const Failure&) {}};
  GamestreamSender sender(config, std::move(video), std::make_unique<Silent>(), checkpoint, std::move(events));
  sender.start();
  const std::vector<std::uint8_t> slice(20'000, 3), opus(60, 7);
  const auto send = [&](std::uint64_t number) {
    REQUIRE(eventually([&] { return sender.has_room(); }));
    const std::size_t before = thread_allocations();
    sender.begin({.times = {.presented_ns = monotonic_ns()}});
    for (int n = 0; n < 3; ++n) { sender.take({.bytes = slice, .first = n == 0, .last = n == 2}); }
    const std::size_t sound = sender.send_sound(opus);
    const std::size_t after = thread_allocations();
    CHECK(sound > 0);
    REQUIRE(eventually([&] { return sender.take_stats().frames_sent == number; }));
    return after - before;
  };
  send(1);
  const std::size_t before = seen.send_thread_allocations;
  for (std::uint64_t i = 2; i < 12; ++i) { CHECK(send(i) == 0); }
  CHECK(seen.send_thread_allocations == before);
}
