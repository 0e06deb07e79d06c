// Sound against a real PipeWire and WirePlumber: what is played on the desktop is heard by the client, and the
// desktop's own default sink comes back.
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <new>
#include <thread>

#include "engine/audio/audio.h"
#include "test/audio/audio_ear.h"
#include "test/audio/sound_server.h"

using namespace punktfunk;
using namespace punktfunk::test;

namespace {

// The client's socket: pings, then listens.
class Client {
 public:
  explicit Client(UdpEndpoint& host) : fd_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(host.port());
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0);
    REQUIRE(::send(fd_, "PING", 4, 0) == 4);
    REQUIRE(host.read_pings(0));  // loopback has delivered it; in an engine the send thread reads pings
  }
  ~Client() { close(fd_); }
  Client(const Client&) = delete;
  bool listen_until(const std::function<bool()>& condition, int timeout_ms = 60'000) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      pollfd poller = {fd_, POLLIN, 0};
      if (poll(&poller, 1, 50) != 1) continue;
      std::uint8_t bytes[2048];
      const ssize_t size = recv(fd_, bytes, sizeof bytes, 0);
      if (size > 0) ear.hear({bytes, static_cast<std::size_t>(size)});
    }
    return true;
  }
  AudioEar ear;

 private:
  int fd_;
};

std::unique_ptr<UdpEndpoint> endpoint() {
  UdpEndpointConfig c;
  c.bind_address = "127.0.0.1";
  std::string error;
  auto opened = UdpEndpoint::open(c, error);
  REQUIRE_MESSAGE(opened, error);
  return opened;
}

AudioConfig config(const SoundServer& server) {
  AudioConfig c;
  c.pipewire_remote = server.remote();
  return c;
}

constexpr char other_sink[] = "{\"name\":\"other\"}";

// A sink that was the user's choice before a stream came.
std::unique_ptr<UserProcess> make_other_sink(const SoundServer& server) {
  auto sink = server.start(
      {"sh", "-c",
       "(echo create-node adapter '{ factory.name=support.null-audio-sink node.name=other media.class=Audio/Sink "
       "audio.position=[FL,FR] }'; touch $XDG_RUNTIME_DIR/other; exec sleep 1000) | pw-cli"});
  REQUIRE(server.runtime().wait_for("other", 60'000));
  for (int i = 0; i < 100 && server.configured_default() != other_sink; ++i)
    (void)server.output_of(std::string("pw-metadata 0 default.configured.audio.sink '") + other_sink +
                           "' Spa:String:JSON");
  REQUIRE(server.configured_default() == other_sink);
  return sink;
}

}  // namespace

TEST_CASE("what is played is heard, also by what played before, and the default sink comes back") {
  SoundServer server;
  auto other = make_other_sink(server);
  auto player = server.start({"pw-play", server.tone(1000, 600, 30)});
  auto socket = endpoint();
  std::string error;
  auto audio = AudioStream::start(config(server), *socket, nullptr, error);
  REQUIRE_MESSAGE(audio, error << server.log());
  CHECK(server.configured_default() == "{\"name\":\"punktfunk\"}");

  Client client(*socket);
  CHECK(client.listen_until([&] { return client.ear.hears(1000, 0) && client.ear.hears(600, 1); }));
  CHECK(client.ear.strength(1000, 0) == doctest::Approx(8000 / 32768.0).epsilon(0.1));
  // The end of the sound is silence, not an end of packets.
  player->end(SIGKILL);
  CHECK(client.listen_until([&] { return client.ear.silent(); }));
  const std::size_t so_far = client.ear.data;
  CHECK(client.listen_until([&] { return client.ear.data >= so_far + 200; }));
  CHECK(client.ear.odd == 0);
  CHECK(client.ear.size == 12 + 60);
  CHECK(client.ear.parity / 2 + 1 >= client.ear.data / 4);
  audio->stop();
  CHECK(audio->stats().packets >= client.ear.data);
  CHECK(server.configured_default() == other_sink);
  CHECK(server.output_of("pw-cli ls Node").find("\"punktfunk\"") == std::string::npos);
  audio->stop();
}

TEST_CASE(
    "a sink that the user chooses while streaming stays chosen; nothing configured before means nothing afterwards") {
  SoundServer server;
  auto socket = endpoint();
  std::string error;
  auto audio = AudioStream::start(config(server), *socket, nullptr, error);
  REQUIRE_MESSAGE(audio, error << server.log());
  audio.reset();
  CHECK(server.configured_default().empty());

  audio = AudioStream::start(config(server), *socket, nullptr, error);
  REQUIRE_MESSAGE(audio, error);
  (void)server.output_of("pw-metadata 0 default.configured.audio.sink '{\"name\":\"chosen\"}' Spa:String:JSON");
  const auto chosen = [&] { return server.configured_default() == "{\"name\":\"chosen\"}"; };
  for (int i = 0; i < 100 && !chosen(); ++i) {
  }
  audio.reset();
  CHECK(chosen());
}

TEST_CASE("after a crash the next engine goes on with the numbers and still gives the right sink back") {
  SoundServer server;
  auto other = make_other_sink(server);
  void* memory = mmap(nullptr, checkpoint_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* checkpoint = new (memory) Checkpoint{};
  auto socket = endpoint();
  const std::uint16_t port = socket->port();
  Client client(*socket);

  const pid_t pid = fork();
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    std::string error;
    auto audio = AudioStream::start(config(server), *socket, checkpoint, error);
    if (!audio) _exit(1);
    pause();
    _exit(0);
  }
  REQUIRE(client.listen_until([&] { return client.ear.data >= 50; }));
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
  client.listen_until([] { return false; }, 100);  // what was still on its way
  const std::uint16_t last = client.ear.last_sequence;
  CHECK(server.configured_default() == "{\"name\":\"punktfunk\"}");

  // Another socket on the same port, as another process would have it, that no ping has reached.
  const MediaPeer peer = socket->peer();
  socket.reset();
  UdpEndpointConfig c;
  c.bind_address = "127.0.0.1";
  c.port = port;
  std::string error;
  socket = UdpEndpoint::open(c, error);
  REQUIRE_MESSAGE(socket, error);
  socket->set_peer(peer);  // as an engine finds it in the checkpoint
  auto audio = AudioStream::start(config(server), *socket, checkpoint, error);
  REQUIRE_MESSAGE(audio, error << server.log());
  const std::size_t before = client.ear.data;
  CHECK(client.listen_until([&] { return client.ear.data >= before + 20; }));
  CHECK(static_cast<std::uint16_t>(client.ear.last_sequence - last) >= 20);
  CHECK(client.ear.odd <= 1);  // at most one packet was numbered and died with the engine
  audio.reset();
  CHECK(server.configured_default() == other_sink);
  munmap(memory, checkpoint_bytes);
}

TEST_CASE("without PipeWire or its session manager there is a sentence; when PipeWire dies the packets go on") {
  auto socket = endpoint();
  std::string error;
  AudioConfig nowhere;
  nowhere.pipewire_remote = "/nonexistent/pipewire-0";
  CHECK_FALSE(AudioStream::start(nowhere, *socket, nullptr, error));
  CHECK(error.find("start pipewire") != std::string::npos);

  SoundServer server;
  std::atomic<int> problems = 0;
  auto c = config(server);
  c.problem = [&](const std::string& sentence) {
    problems += sentence.find("PipeWire has ended") != std::string::npos;
  };
  auto audio = AudioStream::start(c, *socket, nullptr, error);
  REQUIRE_MESSAGE(audio, error << server.log());
  Client client(*socket);
  REQUIRE(client.listen_until([&] { return client.ear.data >= 20; }));
  server.kill_pipewire();
  CHECK(client.listen_until([&] { return problems == 1; }));
  const std::size_t before = client.ear.data;
  CHECK(client.listen_until([&] { return client.ear.data >= before + 100; }));
  CHECK(client.ear.odd == 0);
  CHECK(audio->stats().underruns >= 50);
  audio.reset();
  CHECK(problems == 1);
}
