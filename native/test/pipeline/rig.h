// The video half of an engine with a source that the test paints, a client on loopback that reassembles and decodes.
#pragma once

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <vector>

#include "../encode/h264.h"
#include "base/clock.h"
#include "core/reassembly/gamestream_video.h"
#include "engine/pipeline/checkpoint_file.h"
#include "engine/pipeline/video_thread.h"
#include "engine/transport/gamestream_sender.h"
#include "test/need.h"
#include "test/thread_allocations.h"

extern "C" {
#include <libavcodec/avcodec.h>
}

namespace punktfunk::test {

inline constexpr int deadline_ms = 60'000;
inline constexpr std::uint32_t width = 320, height = 192;
inline const std::string ping_payload = "0123456789ABCDEF";
inline constexpr AesKey test_key = {1, 2, 3};

// What the test shows and the source hands out; outlives the sources that stand on it.
struct Screen {
  std::mutex mutex;
  Wake changed;
  std::vector<std::uint8_t> pixels = std::vector<std::uint8_t>(width * height * 4);
  unsigned shown = 0;       // pictures so far
  std::string end;          // a source that finds this has ended
  std::string cannot_open;  // why none can be opened
  unsigned opened = 0;
  std::uint64_t age_ns = 0;                  // how long ago a picture was presented when it is taken
  std::uint64_t ordered_ago_ns = 0;          // and how long ago it was ordered; 0: pictures come of their own accord
  std::size_t video_thread_allocations = 0;  // when the last picture was taken

  // A grey picture.
  void show(std::uint8_t grey, std::uint64_t shown_ago_ns = 0) {
    const std::lock_guard lock(mutex);
    age_ns = shown_ago_ns;
    std::fill(pixels.begin(), pixels.end(), grey);
    ++shown;
    changed.signal();
  }
  // One that no encoder makes small.
  void show_grain() {
    const std::lock_guard lock(mutex);
    std::minstd_rand random(shown + 1);
    for (auto& value : pixels) { value = static_cast<std::uint8_t>(random() >> 8); }
    ++shown;
    changed.signal();
  }
  void end_source(const std::string& why, const std::string& and_then = {}) {
    const std::lock_guard lock(mutex);
    end = why;
    cannot_open = and_then;
    changed.signal();
  }
};

class ScreenSource final : public FrameSource {
 public:
  explicit ScreenSource(Screen& screen) : screen_(screen) {}
  [[nodiscard]] int poll_fd() const override { return screen_.changed.fd(); }
  bool dispatch() override {
    screen_.changed.clear();
    const std::lock_guard lock(screen_.mutex);
    if (!screen_.end.empty()) { failure_ = problem::capture_unusable(screen_.end); }
    return !failure_;
  }
  bool next(Frame& frame) override {
    const std::lock_guard lock(screen_.mutex);
    if (screen_.shown == taken_) { return false; }
    if (taken_ != 0) { dropped_ += screen_.shown - taken_ - 1; }
    taken_ = screen_.shown;
    copy_ = screen_.pixels;
    screen_.video_thread_allocations = thread_allocations();
    frame = {};
    frame.plane_count = 1;
    frame.planes[0].data = copy_.data();
    frame.planes[0].length = copy_.size();
    frame.planes[0].stride = width * 4;
    frame.fourcc = 0x34325258;  // XR24
    frame.width = width;
    frame.height = height;
    frame.damage = {0, 0, width, height};
    const std::uint64_t now_ns = monotonic_ns();
    frame.presented_ns = now_ns - screen_.age_ns;
    frame.ordered_ns = screen_.ordered_ago_ns == 0 ? 0 : now_ns - screen_.ordered_ago_ns;
    ++borrowed_;
    return true;
  }
  void release(const Frame&) override { --borrowed_; }
  ~ScreenSource() override { CHECK(borrowed_ == 0); }
  [[nodiscard]] std::uint64_t dropped_frames() const override { return dropped_; }
  [[nodiscard]] std::optional<std::uint64_t> shown_frames() const override {
    return screen_.ordered_ago_ns == 0 ? std::optional<std::uint64_t>(taken_) : std::nullopt;
  }
  [[nodiscard]] const std::optional<Failure>& failure() const override { return failure_; }

 private:
  Screen& screen_;
  unsigned taken_ = 0;
  int borrowed_ = 0;
  std::uint64_t dropped_ = 0;
  std::vector<std::uint8_t> copy_;
  std::optional<Failure> failure_;
};

struct Received {
  std::uint32_t index = 0, rtp = 0;
  std::uint16_t host_latency = 0;
  bool idr = false;
  int grey = -1;  // luma in the middle of the decoded picture; -1 when it does not decode
};

class Client {
 public:
  explicit Client(std::optional<AesKey> key = {})
      : sealed_(key.has_value()), reassembler_({.packet_size = packet_size, .key = key}) {
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int buffer = 4 << 20;
    setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    REQUIRE(bind(fd_, reinterpret_cast<sockaddr*>(&a), sizeof a) == 0);
  }
  ~Client() { close(fd_); }
  Client(const Client&) = delete;

  static constexpr std::size_t packet_size = 1024;

  void ping(std::uint16_t port) const {
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_port = htons(port);
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const std::string bytes = ping_payload + std::string("\0\0\0\1", 4);
    REQUIRE(sendto(fd_, bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&a), sizeof a) == 20);
  }

  // The next whole frame, or nothing when none comes in time.
  std::optional<Received> receive(int timeout_ms = deadline_ms) {
    const std::uint64_t until = monotonic_ns() + static_cast<std::uint64_t>(timeout_ms) * 1'000'000;
    for (;;) {
      const std::uint64_t now = monotonic_ns();
      pollfd p{fd_, POLLIN, 0};
      if (poll(&p, 1, now < until ? static_cast<int>((until - now + 999'999) / 1'000'000) : 0) != 1) { return {}; }
      std::uint8_t bytes[2048];
      const ssize_t n = recv(fd_, bytes, sizeof bytes, 0);
      if (n <= 0) { return {}; }
      ++datagrams;
      if (sealed_) {
        std::array<std::uint8_t, 12> nonce;
        std::memcpy(nonce.data(), bytes, nonce.size());
        CHECK(nonces.insert(nonce).second);
      } else {
        std::uint32_t packet = 0;
        std::memcpy(&packet, bytes + 16, 4);
        if (bytes[24] & 1) { packets.insert(packet); }
      }
      gamestream::ReassembledFrame frame;
      const Status status = reassembler_.feed({bytes, static_cast<std::size_t>(n)}, frame);
      if (status == Status::again) { continue; }
      REQUIRE(status == Status::ok);
      Received r{frame.frame_index, frame.rtp_timestamp_90khz, frame.host_latency_tenths_ms,
                 frame.type == gamestream::FrameType::idr, -1};
      if (const AVFrame* picture = decoder_.decode(frame.access_unit)) {
        r.grey = picture->data[0][picture->linesize[0] * static_cast<int>(height / 2) + static_cast<int>(width / 2)];
      }
      return r;
    }
  }
  Received expect() {
    const auto r = receive();
    REQUIRE_MESSAGE(r, "no frame came in time");
    CHECK(r->grey >= 0);
    return *r;
  }

  std::size_t datagrams = 0;
  std::set<std::array<std::uint8_t, 12>> nonces;
  std::set<std::uint32_t> packets;

 private:
  int fd_ = socket(AF_INET, SOCK_DGRAM, 0);
  bool sealed_;
  gamestream::VideoReassembler reassembler_;
  Decoder decoder_;
};

// What another thread is about to do: true once it has.
template <typename Condition>
bool eventually(Condition condition) {
  const std::uint64_t until = monotonic_ns() + std::uint64_t{deadline_ms} * 1'000'000;
  while (!condition() && monotonic_ns() < until) { sched_yield(); }
  return condition();
}

// Grey in, luma out, in Rec. 709 limited range; the encoder may be off by a little.
inline bool shows(const Received& r, int grey) {
  return std::abs(r.grey - (16 + grey * 219 / 255)) <= 3;
}

// A path whose encoder keeps its rate.
class StubbornPath final : public VideoPath {
 public:
  explicit StubbornPath(std::unique_ptr<VideoPath> path) : path_(std::move(path)) {}
  [[nodiscard]] contract::Codec codec() const noexcept override { return path_->codec(); }
  [[nodiscard]] const char* name() const noexcept override { return path_->name(); }
  [[nodiscard]] std::span<const FrameFormat> formats() const noexcept override { return path_->formats(); }
  Status take(const Frame& frame) noexcept override { return path_->take(frame); }
  Status encode(bool idr, const SliceSink& sink) noexcept override { return path_->encode(idr, sink); }
  Status set_bitrate_kbps(std::uint32_t) noexcept override { return Status::unsupported; }

 private:
  std::unique_ptr<VideoPath> path_;
};

struct RigOptions {
  std::uint32_t fps = 60;
  std::optional<AesKey> key = {};
  std::string checkpoint = {};
  unsigned reopen_for_ms = 5000;
  std::uint16_t port = 0;
  bool keeps_bitrate = false;
  std::uint32_t bitrate_kbps = 4000;
  std::size_t max_access_unit_bytes = width * height * 3 / 2 + 65536;
};

// The engine's video side, threads and all, without control, audio and input.
struct Rig {
  Screen& screen;
  std::unique_ptr<CheckpointFile> checkpoint;
  VideoCounters counters;
  Wake told;
  std::mutex mutex;
  std::optional<Failure> interrupted, failed;
  std::vector<std::pair<std::uint32_t, std::optional<Failure>>> bitrates;
  std::atomic<unsigned> first_frames{0}, too_large{0};
  std::unique_ptr<GamestreamSender> sender;
  std::unique_ptr<VideoThread> video;

  explicit Rig(Screen& s, const RigOptions& o = {}) : screen(s) {
    std::string error;
    auto opened = CheckpointFile::open(o.checkpoint);
    REQUIRE(opened);
    checkpoint = *std::move(opened);
    UdpEndpointConfig udp;
    udp.bind_address = "127.0.0.1";
    udp.port = o.port;
    udp.ping_payload = ping_payload;
    auto endpoint = need(UdpEndpoint::open(udp));
    EncoderConfig e;
    e.width = width;
    e.height = height;
    e.fps = o.fps;
    e.bitrate_kbps = o.bitrate_kbps;
    const auto open_source = [this]() -> OpenedSource {
      const std::lock_guard lock(screen.mutex);
      if (!screen.cannot_open.empty()) { return problem::capture_unusable(screen.cannot_open); }
      screen.end.clear();
      ++screen.opened;
      return std::make_unique<ScreenSource>(screen);
    };
    const auto open_path = [e, o]() -> Result<std::unique_ptr<VideoPath>, Failure> {
      auto path = open_software_path(PUNKTFUNK_BUILD "/lib", e);
      if (!path || !o.keeps_bitrate) { return path; }
      return std::make_unique<StubbornPath>(*std::move(path));
    };
    GamestreamSenderConfig config;
    config.video = {.packet_size = Client::packet_size, .max_access_unit_bytes = o.max_access_unit_bytes, .key = o.key};
    config.fps = o.fps;
    MediaSenderEvents wire;
    wire.reachable = [this] { video->open_gate(); };
    wire.ready = [this] { video->sender_ready(); };
    wire.idr_needed = [this] { video->request_idr(); };
    wire.too_large = [this](std::size_t, std::size_t most_bytes) {
      ++too_large;
      video->encode_smaller(most_bytes);
    };
    wire.first_frame = [this] { ++first_frames; };
    wire.problem = [](const Failure&) {};
    sender = std::make_unique<GamestreamSender>(config, std::move(endpoint), nullptr, **checkpoint, std::move(wire));
    VideoThreadEvents events;
    events.interrupted = [this](const Failure& why) {
      const std::lock_guard lock(mutex);
      interrupted = why;
    };
    events.failed = [this](const Failure& why) {
      const std::lock_guard lock(mutex);
      failed = why;
      told.signal();
    };
    events.bitrate_set = [this](std::uint32_t bitrate_kbps, const std::optional<Failure>& why) {
      const std::lock_guard lock(mutex);
      bitrates.emplace_back(bitrate_kbps, why);
    };
    video =
        std::make_unique<VideoThread>(VideoThreadConfig{o.fps, e.bitrate_kbps, open_source, open_path, o.reopen_for_ms},
                                      *sender, counters, std::move(events));
  }

  // What the next answer about a rate is.
  std::pair<std::uint32_t, std::optional<Failure>> set_bitrate(std::uint32_t bitrate_kbps) {
    const auto answers = [this] {
      const std::lock_guard lock(mutex);
      return bitrates.size();
    };
    const std::size_t before = answers();
    video->set_bitrate(bitrate_kbps);
    REQUIRE(eventually([&] { return answers() > before; }));
    const std::lock_guard lock(mutex);
    return bitrates.back();
  }

  void start() {
    const auto started = video->start();
    REQUIRE_MESSAGE(started, (started ? "" : test::text_of(started.error())));
    sender->start();
  }
  void stop() {
    video->stop();
    sender->stop();
  }
  ~Rig() { stop(); }
};

// An empty checkpoint as the host makes it.
struct CheckpointPath {
  std::filesystem::path path;
  CheckpointPath() {
    static int made = 0;
    path = std::filesystem::temp_directory_path() /
           ("punktfunk-pipeline-" + std::to_string(getpid()) + "-" + std::to_string(made++));
    std::ofstream(path, std::ios::binary) << std::string(checkpoint_bytes, '\0');
  }
  ~CheckpointPath() { std::filesystem::remove(path); }
};

}  // namespace punktfunk::test
