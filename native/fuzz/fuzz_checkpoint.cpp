// A checkpoint file of any bytes, taken up by a successor: each reader of it goes on or makes a fresh start, and what
// one engine takes up and stores the next one takes up the same. Nothing is received, and what libenet sends goes to
// the server's own socket on the loopback.
#include <arpa/inet.h>
#include <fuzzer/FuzzedDataProvider.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/packet/gamestream_video.h"
#include "engine/control/enet_server.h"
#include "engine/control/replay_window.h"
#include "engine/pipeline/checkpoint_file.h"
#include "engine/transport/gamestream_sender.h"

using namespace punktfunk;

namespace {

void require(bool condition) {
  if (!condition) { std::abort(); }
}

class TemporaryFile {
 public:
  explicit TemporaryFile(const std::vector<std::uint8_t>& bytes) {
    const int fd = mkstemp(path_.data());
    require(fd >= 0 && write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
    close(fd);
  }
  ~TemporaryFile() { unlink(path_.c_str()); }
  TemporaryFile(TemporaryFile&&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_ = std::filesystem::temp_directory_path() / "fuzz-checkpoint-XXXXXX";
};

class NoWire final : public UdpEndpoint {
 public:
  [[nodiscard]] int fd() const override { return -1; }
  [[nodiscard]] std::uint16_t port() const override { return 0; }
  bool read_pings(std::uint64_t) override { return false; }
  [[nodiscard]] bool has_peer() const override { return peer_.port != 0; }
  [[nodiscard]] MediaPeer peer() const override { return peer_; }
  void set_peer(const MediaPeer& peer) override { peer_ = peer; }
  [[nodiscard]] std::uint64_t last_ping_ns() const override { return 0; }
  std::size_t send_run(const std::uint8_t*, std::size_t, std::size_t count) noexcept override { return count; }
  bool send_one(std::span<const std::uint8_t>) noexcept override { return true; }
  [[nodiscard]] Stats stats() const override { return {}; }

 private:
  MediaPeer peer_;
};

struct Successor {
  std::unique_ptr<EnetServer> server;
  bool resumed;
  unsigned missing = 0;
  explicit Successor(const Checkpoint& checkpoint) {
    EnetServerConfig config;
    config.bind_address = "127.0.0.1";
    auto opened = EnetServer::open(config);
    require(static_cast<bool>(opened));
    server = *std::move(opened);
    resumed = server->resume(checkpoint, &missing);
  }
};

void check_control(Checkpoint& checkpoint) {
  auto& c = checkpoint.enet;
  const std::uint32_t highest = c.channel_out_reliable[0] & 0xFFFF;
  Successor first(checkpoint);
  require(first.server->connected() == first.resumed);
  if (!first.resumed) {
    first.server->store(checkpoint);
    require(c.connected == 0);
    return;
  }
  unsigned again = 0;
  require(!first.server->resume(checkpoint, &again));  // its place is taken
  require(first.missing <= 1024);                      // each of them is sealed and sent
  const std::array<std::uint8_t, 100> message{};
  for (unsigned left = first.missing; left > 0; --left) { first.server->send(message); }
  require(first.server->due_in_ms() > 0 && !first.server->flooded());
  require(first.server->unacknowledged() == first.missing);

  const auto stored = std::make_unique<Checkpoint>();
  first.server->store(*stored);
  require(stored->enet.connected == 1 && stored->enet.channel_out_reliable[0] == highest);
  require(stored->enet.address_ipv4 == c.address_ipv4 && stored->enet.port == c.port);
  const Successor second(*stored);
  require(second.resumed && second.missing == first.missing);

  stored->enet.address_ipv4 = htonl(INADDR_LOOPBACK);
  stored->enet.port = second.server->port();
  const Successor sender(*stored);
  for (unsigned left = sender.missing; left > 0; --left) { sender.server->send(message); }
  sender.server->flush();
  require(sender.server->unacknowledged() == sender.missing);
}

void check_replay(FuzzedDataProvider& input, Checkpoint& checkpoint) {
  ControlReplayWindow window(checkpoint.control_replay);
  for (int left = 8; left > 0; --left) {
    const auto sequence = input.ConsumeIntegral<std::uint32_t>();
    if (!window.fresh(sequence)) { continue; }
    window.take(sequence);
    require(!window.fresh(sequence));
  }
}

void check_media(Checkpoint& checkpoint) {
  GamestreamSenderConfig config;
  config.video.max_access_unit_bytes = 4096;
  const auto require_peer = [](const UdpEndpoint& endpoint, const Checkpoint::Peer& saved) {
    const MediaPeer& peer = endpoint.peer();
    require(!endpoint.has_peer() ||
            (peer.ipv4 == saved.ipv4 && peer.port == saved.port && peer.ping_counter == saved.ping_counter));
  };
  auto video = std::make_unique<NoWire>(), sound = std::make_unique<NoWire>();
  const UdpEndpoint &video_end = *video, &sound_end = *sound;
  GamestreamSender sender(config, std::move(video), std::move(sound), checkpoint, {});
  require_peer(video_end, checkpoint.video_peer);
  require_peer(sound_end, checkpoint.audio_peer);
  const std::array<std::uint8_t, 60> packet{};
  for (int left = 8; left > 0; --left) {
    const std::uint32_t sequence = checkpoint.audio_sequence;
    require(sender.send_sound(packet) > 0);
    require(checkpoint.audio_sequence == ((sequence + 1) & 0xFFFF));
  }

  const std::uint32_t frame = checkpoint.video_frame_index, index = checkpoint.video_packet_index;
  const std::uint64_t nonce = checkpoint.video_nonce_counter;
  config.video.key = AesKey{1};
  gamestream::VideoPacketizer packetizer(config.video, {frame, index, nonce});
  const std::array<std::uint8_t, 3000> unit{};
  const std::span<const std::uint8_t> slice(unit);
  gamestream::DatagramBatch batch;
  const bool sent = packetizer.packetize({&slice, 1}, {}, batch) == Status::ok;
  require(sent == (frame != 0 && frame != ~0u && index <= 0xFF'FFFF));
  if (!sent) { return; }
  require(packetizer.counters().frame_index == frame + 1 && packetizer.counters().packet_index <= 0xFF'FFFF);
  require(packetizer.counters().nonce_counter == nonce + batch.count);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input(data, size);
  const bool whole = input.ConsumeBool();  // else cut short, unless it is long enough
  auto bytes = input.ConsumeBytes<std::uint8_t>(input.ConsumeIntegralInRange<std::size_t>(0, checkpoint_bytes));
  if (whole) { bytes.resize(checkpoint_bytes); }
  const TemporaryFile file(bytes);
  std::array<std::uint32_t, 3> head{};  // magic, version, generation
  if (!bytes.empty()) { std::memcpy(head.data(), bytes.data(), std::min(bytes.size(), sizeof head)); }

  const auto opened = CheckpointFile::open(file.path());
  const bool ours = head[0] == 0 || (head[0] == checkpoint_magic && head[1] == checkpoint_version);
  require(static_cast<bool>(opened) == (bytes.size() == checkpoint_bytes && ours));
  if (!opened) { return 0; }
  Checkpoint& checkpoint = ***opened;
  require(checkpoint.magic == checkpoint_magic && checkpoint.version == checkpoint_version);
  require(checkpoint.generation == head[2] + 1);
  check_replay(input, checkpoint);
  check_media(checkpoint);
  check_control(checkpoint);
  return 0;
}
