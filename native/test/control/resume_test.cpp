// A client's session over the death of its host: the host side is killed without warning and a second one, with nothing
// but the checkpoint, goes on. The client is libenet's own and must notice nothing.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <algorithm>
#include <map>
#include <memory>
#include <new>
#include <set>
#include <string>

#include "engine/control/gamestream_link.h"
#include "test/control/test_client.h"
#include "test/need.h"

using namespace punktfunk;
using namespace punktfunk::test;
using gamestream::ControlMessage;

namespace {

constexpr std::uint32_t connect_data = 77;

// Checkpoint memory that survives the process that writes it.
struct SharedCheckpoint {
  Checkpoint* checkpoint;
  SharedCheckpoint() {
    void* memory = mmap(nullptr, checkpoint_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    REQUIRE(memory != MAP_FAILED);
    checkpoint = new (memory) Checkpoint{};
  }
  ~SharedCheckpoint() { munmap(checkpoint, checkpoint_bytes); }
};

// Writes the number that each move carries into a pipe, at the moment it would be injected; dies instead at the given
// one.
class PipeInput final : public InputBackend {
 public:
  PipeInput(int fd, int die_at) : fd_(fd), left_(die_at) {}
  Injected inject(const InputEvent& event) override {
    const std::uint32_t number =
        static_cast<std::uint32_t>(static_cast<std::uint16_t>(event.x)) << 16 | static_cast<std::uint16_t>(event.y);
    if (event.kind != InputKind::mouse_relative) { return Injected::unknown; }
    if (left_-- == 0) { ::kill(getpid(), SIGKILL); }
    if (write(fd_, &number, sizeof number) != sizeof number) { _exit(9); }
    return Injected::done;
  }
  void release_all() override {}
  void lift_buttons(std::uint32_t buttons) override {
    const std::uint32_t mark = 0xFF000000 | buttons;
    if (buttons != 0 && write(fd_, &mark, sizeof mark) != sizeof mark) { _exit(9); }
  }
  [[nodiscard]] int poll_fd() const override { return -1; }
  bool dispatch() override { return true; }

 private:
  int fd_;
  int left_;
};

struct Note {  // what the host side tells through its second pipe
  char what;   // p port, c connected, s started, e ended
  std::uint16_t port;
};

// The host side in a process of its own.
class Host {
 public:
  Host(const SharedCheckpoint& shared, std::uint16_t port, int die_at = -1) {
    REQUIRE(pipe(numbers_) == 0);
    REQUIRE(pipe(notes_) == 0);
    pid_ = fork();
    REQUIRE(pid_ >= 0);
    if (pid_ != 0) {
      close(numbers_[1]);
      close(notes_[1]);
      return;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    GamestreamLinkConfig c;
    c.bind_address = "127.0.0.1";
    c.port = port;
    c.key = test_key;
    c.connect_data = connect_data;
    const auto tell = [fd = notes_[1]](char what, std::uint16_t value) {
      const Note note{what, value};
      if (write(fd, &note, sizeof note) != sizeof note) { _exit(9); }
    };
    InputRouter input;
    input.add(pointer_and_keyboard_kinds, std::make_unique<PipeInput>(numbers_[1], die_at));
    auto stream = start_gamestream_link(c, std::move(input), shared.checkpoint,
                                        {.connected = [=] { tell('c', 0); },
                                         .started = [=] { tell('s', 0); },
                                         .ended = [=](contract::Ending) { tell('e', 0); },
                                         .failed = [=](const Failure&) { tell('e', 0); }});
    if (!stream) { _exit(8); }
    tell('p', (*stream)->port());
    // SIGTERM: say goodbye properly.
    sigset_t term;
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    int signal = 0;
    sigwait(&term, &signal);
    (*stream)->terminate(contract::Farewell::graceful, 3000);
    _exit(0);
  }
  ~Host() {
    kill();
    close(numbers_[0]);
    close(notes_[0]);
  }
  Host(const Host&) = delete;

  void kill() {
    if (pid_ <= 0) { return; }
    ::kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  bool dead() {
    if (pid_ > 0 && waitpid(pid_, nullptr, WNOHANG) == pid_) { pid_ = -1; }
    return pid_ <= 0;
  }
  void goodbye() { ::kill(pid_, SIGTERM); }
  std::uint16_t port() {
    for (;;) {
      Note note{};
      REQUIRE(read(notes_[0], &note, sizeof note) == sizeof note);
      if (note.what == 'p') { return note.port; }
      notes += note.what;
    }
  }
  // Numbers and notes that have come so far; after kill() everything that will ever come.
  void collect(std::vector<std::uint32_t>& numbers) {
    for (pollfd poller = {numbers_[0], POLLIN, 0}; poll(&poller, 1, 0) == 1;) {
      std::uint32_t batch[256];
      const ssize_t bytes = read(numbers_[0], batch, sizeof batch);
      if (bytes <= 0) { break; }
      numbers.insert(numbers.end(), batch, batch + bytes / static_cast<ssize_t>(sizeof batch[0]));
    }
    for (pollfd poller = {notes_[0], POLLIN, 0}; poll(&poller, 1, 0) == 1;) {
      Note note{};
      if (read(notes_[0], &note, sizeof note) != sizeof note) { break; }
      notes += note.what;
    }
  }
  std::string notes;

 private:
  pid_t pid_ = -1;
  int numbers_[2] = {-1, -1}, notes_[2] = {-1, -1};
};

// Signals that a host waits for must not end the test.
struct BlockTerm {
  BlockTerm() {
    sigset_t term;
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &term, &before);
  }
  ~BlockTerm() { pthread_sigmask(SIG_SETMASK, &before, nullptr); }
  sigset_t before{};
};

// One client that numbers its messages on three channels, over a relay, against hosts that die in turn.
struct Play {
  BlockTerm block;
  SharedCheckpoint shared;
  std::unique_ptr<Host> host;
  std::uint16_t port;
  LossyRelay relay;
  TestClient client;
  std::vector<std::uint32_t> received;
  std::map<std::uint8_t, std::uint32_t> sent;

  Play(unsigned loss_percent, unsigned seed)
      : host(std::make_unique<Host>(shared, 0)), port(host->port()), relay(port, loss_percent, seed) {
    client.connect(relay.port(), connect_data);
    REQUIRE(until([&] { return client.connected; }));
    client.start();
    REQUIRE(until([&] { return host->notes.find('s') != std::string::npos; }));
  }
  bool until(const std::function<bool()>& condition, int timeout_ms = 60'000) {
    const std::int64_t deadline = now_ms() + timeout_ms;
    while (!condition()) {
      if (now_ms() > deadline) { return false; }
      relay.pump();
      client.serve(1);
      host->collect(received);
    }
    return true;
  }
  void send_some(int messages) {
    for (int i = 0; i < messages; ++i) {
      const std::uint8_t channel = std::array<std::uint8_t, 3>{2, 3, 0x10}[static_cast<std::size_t>(i) % 3];
      client.send_number(channel, static_cast<std::uint32_t>(channel) << 24 | sent[channel]++);
    }
  }
  void next_host(int die_at = -1) {
    host->kill();
    host->collect(received);
    host = std::make_unique<Host>(shared, port, die_at);
    REQUIRE(host->port() == port);
  }
  std::size_t sent_in_all() const {
    std::size_t all = 0;
    for (const auto& [channel, count] : sent) { all += count; }
    return all;
  }
  // Distinct numbers that arrived; order and completeness checked per channel.
  void check_all_arrived() {
    REQUIRE(until([&] { return std::set<std::uint32_t>(received.begin(), received.end()).size() == sent_in_all(); }));
    std::map<std::uint8_t, std::uint32_t> next;
    std::size_t repeated = 0;
    for (std::uint32_t number : received) {
      const auto channel = static_cast<std::uint8_t>(number >> 24);
      const std::uint32_t index = number & 0xFFFFFF;
      if (index == next[channel]) {
        ++next[channel];
      } else {
        CHECK(index < next[channel]);  // a repeat is allowed at a death, a hole or another order never
        ++repeated;
      }
    }
    CHECK(next == sent);
    MESSAGE(received.size() << " messages, " << repeated << " of them twice");
    CHECK(repeated <= 8);  // the one being handled at each death
  }
};

}  // namespace

TEST_CASE("a client keeps its session over the death of its host, and loses no message") {
  for (unsigned loss_percent : {0u, 10u}) {
    CAPTURE(loss_percent);
    Play play(loss_percent, 11 + loss_percent);
    std::mt19937 random(5 + loss_percent);
    for (int death = 0; death < 8; ++death) {
      const std::size_t target = play.sent_in_all() + 60;
      while (play.sent_in_all() < target) {
        play.send_some(6);
        play.relay.pump();
        play.client.serve(0);
        play.host->collect(play.received);
      }
      // Somewhere in the middle of what is on its way.
      const std::size_t enough = play.received.size() + random() % 30;
      play.until([&] { return play.received.size() >= enough; }, 100);
      play.next_host();
      play.send_some(9);
      CHECK_FALSE(play.client.disconnected);
      // Connected and started, as the predecessor left it.
      CHECK(play.until([&] { return play.host->notes.starts_with("cs"); }));
    }
    play.check_all_arrived();
    CHECK_FALSE(play.client.disconnected);
    CHECK(play.client.unreadable == 0);

    play.host->goodbye();
    CHECK(play.until([&] { return !play.client.messages.empty() && play.client.messages.back().type == 0x0109; }));
    CHECK(play.client.messages.back().payload == std::vector<std::uint8_t>{0x80, 0x03, 0x00, 0x23});
  }
}

TEST_CASE("a message whose handling is the host's last act reaches the next one") {
  Play play(0, 3);
  play.next_host(5);
  // A host that dies in its first datagram has acknowledged nothing, and the client waits twice as long each time
  // before it sends again: after more deaths than these in a row it would give up.
  for (int death = 0; death < 4; ++death) {
    play.send_some(12);
    REQUIRE(play.until([&] { return play.host->dead(); }));
    play.next_host(death < 3 ? 7 - death : -1);
  }
  play.check_all_arrived();
  CHECK_FALSE(play.client.disconnected);
}

TEST_CASE("what the dead host said and the client never got leaves no hole, and no nonce is used twice") {
  Play play(0, 1);
  REQUIRE(play.until([&] { return play.client.messages.size() == 1; }));
  CHECK(play.client.messages[0].sequence == 0);
  // The next hosts' words are lost on the way, until the last one.
  play.relay.drop_host_messages = true;
  const auto before = play.shared.checkpoint->control_sequence.load();
  play.host->goodbye();  // a termination message that never arrives
  REQUIRE(play.until([&] { return play.shared.checkpoint->control_sequence.load() > before; }));
  play.next_host();
  play.until([&] { return false; }, 120);
  play.next_host();
  play.relay.drop_host_messages = false;
  REQUIRE(play.until([&] { return play.client.messages.size() >= 2; }));
  play.host->goodbye();
  CHECK(play.until([&] { return play.client.messages.back().type == 0x0109; }));
  std::set<std::uint32_t> sequences;
  for (const HostMessage& message : play.client.messages) { CHECK(sequences.insert(message.sequence).second); }
  CHECK(play.client.messages.back().sequence >= 3);
  CHECK(play.client.unreadable == 0);
}

TEST_CASE("a message taken by one host is a repeat for the next") {
  Play play(0, 2);
  const auto sealed = play.client.seal(0x0206, std::vector<std::uint8_t>{0, 0, 0, 8, 7, 0, 0, 0, 3, 0, 0, 1});
  play.client.send_raw(3, sealed);
  REQUIRE(play.until([&] { return play.received.size() == 1; }));
  play.next_host();
  play.client.send_raw(3, sealed);
  play.client.send_number(3, 0x03000002);
  REQUIRE(play.until([&] { return play.received.size() >= 2; }));
  CHECK(play.received == std::vector<std::uint32_t>{0x03000001, 0x03000002});
}

TEST_CASE("buttons that the dead host held are lifted by the next one") {
  Play play(0, 4);
  const auto button = [&](std::uint8_t magic, std::uint8_t number) {
    play.client.send(3, ControlMessage::input, std::vector<std::uint8_t>{0, 0, 0, 5, magic, 0, 0, 0, number});
  };
  button(8, 1), button(8, 3), button(8, 5), button(9, 3);
  play.client.send_number(3, 0x03000000);
  REQUIRE(play.until([&] { return play.received.size() == 1; }));
  play.next_host();
  REQUIRE(play.until([&] { return play.received.size() == 2; }));
  CHECK(play.received[1] == (0xFF000000 | 1u << 1 | 1u << 5));
}

TEST_CASE("a checkpoint without a client, or with one that cannot be, makes a fresh start") {
  for (int damage = 0; damage < 6; ++damage) {
    CAPTURE(damage);
    SharedCheckpoint shared;
    auto& c = shared.checkpoint->enet;
    c.connected = damage == 0 ? 0 : 1;
    c.channel_count = damage == 1 ? 4000 : 48;
    c.incoming_peer_id = damage == 2 ? 99 : 0;
    c.mtu = damage == 3 ? 3 : 900;
    c.window_size = damage == 4 ? 0 : 65536;
    c.host_messages_acknowledged = damage == 5 ? 1 : 0;  // more than were ever said
    GamestreamLinkConfig config;
    config.bind_address = "127.0.0.1";
    config.key = test_key;
    config.connect_data = connect_data;
    std::atomic<int> connected = 0, started = 0;
    auto stream = need(start_gamestream_link(config, {}, shared.checkpoint,
                                             {.connected = [&] { ++connected; }, .started = [&] { ++started; }}));
    TestClient client;
    client.connect(stream->port(), connect_data);
    CHECK(client.wait([&] { return client.connected && connected == 1; }));
    client.start();
    CHECK(client.wait([&] { return started == 1; }));  // and is no stranger to be turned away
  }
}
