// The control stream against a real libenet client: what it lets through, what it refuses, how it ends.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <fstream>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>

#include "base/wake.h"
#include "engine/control/gamestream_link.h"
#include "test/control/test_client.h"
#include "test/failure_text.h"
#include "test/need.h"

using namespace punktfunk;
using namespace punktfunk::test;
using gamestream::ControlMessage;

namespace {

constexpr std::uint32_t connect_data = 0x49D51693;

std::vector<std::uint8_t> from_hex(const std::string& hex) {
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<std::uint8_t>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

struct Seen {
  std::atomic<int> connected = 0, started = 0, idr = 0, invalidated = 0, inputs = 0, released = 0, keys_down = 0,
                   goodbyes = 0, forged = 0;
  std::mutex mutex;
  std::condition_variable changed;
  std::string ended;
  std::vector<std::string> problems;
  std::string reason() {
    std::lock_guard lock(mutex);
    return ended;
  }
  // Nobody serves the client meanwhile: it is as if it had lost its power.
  std::string wait_for_the_end() {
    std::unique_lock lock(mutex);
    changed.wait_for(lock, std::chrono::seconds(60), [&] { return !ended.empty(); });
    return ended;
  }
  void end(const std::string& why) {
    std::lock_guard lock(mutex);
    ended = why;
    changed.notify_all();
  }
  ControlEvents events() {
    return {.connected = [this] { ++connected; },
            .started = [this] { ++started; },
            .request_idr = [this] { ++idr; },
            .invalidate = [this](std::uint32_t, std::uint32_t) { ++invalidated; },
            .goodbye = [this] { ++goodbyes; },
            .forged_goodbye = [this] { ++forged; },
            .problem =
                [this](const Failure& failure) {
                  std::lock_guard lock(mutex);
                  problems.push_back(text_of(failure));
                },
            .ended = [this](contract::Ending why) { end(std::string(text(why))); },
            .failed = [this](const Failure& why) { end(std::string(text(why.code)) + ": " + why.parameters.at(0)); }};
  }
};

class CountingInput final : public InputBackend {
 public:
  explicit CountingInput(Seen& seen) : seen_(seen) {}
  Injected inject(const InputEvent& event) override {
    ++seen_.inputs;
    if (event.kind == InputKind::key) { seen_.keys_down += event.down ? 1 : -1; }
    return event.kind == InputKind::pad_battery ? Injected::unknown : Injected::done;
  }
  void release_all() override {
    ++seen_.released;
    seen_.keys_down = 0;
  }
  [[nodiscard]] int poll_fd() const override { return -1; }
  bool dispatch() override { return true; }

 private:
  Seen& seen_;
};

GamestreamLinkConfig config() {
  GamestreamLinkConfig c;
  c.bind_address = "127.0.0.1";
  c.key = test_key;
  c.connect_data = connect_data;
  return c;
}

struct Session {
  Seen seen;
  std::unique_ptr<ControlLink> stream;
  std::unique_ptr<TestClient> client;

  explicit Session(const GamestreamLinkConfig& c = config(), std::uint32_t data = connect_data) {
    InputRouter input;
    InputKinds kinds = pointer_and_keyboard_kinds;
    kinds.add({InputKind::pad_battery});
    input.add(kinds, std::make_unique<CountingInput>(seen));
    stream = need(start_gamestream_link(c, std::move(input), nullptr, seen.events()));
    client = std::make_unique<TestClient>(c.key, c.nonce_scheme);
    client->connect(stream->port(), data);
  }
  void connect() {
    REQUIRE(client->wait([&] { return client->connected && seen.connected == 1; }));
  }
  // A message after which everything sent before on the same channel was handled.
  void settle() {
    const int before = seen.idr;
    client->send(0, ControlMessage::request_idr, std::vector<std::uint8_t>(2));
    REQUIRE(client->wait([&] { return seen.idr == before + 1; }));
  }
};

}  // namespace

TEST_CASE("start A asks for a picture, start B starts, and HDR off is the first word of the host") {
  Session s;
  s.connect();
  s.client->start();
  CHECK(s.client->wait([&] { return s.seen.started == 1 && s.seen.idr == 1; }));
  REQUIRE(s.client->wait([&] { return !s.client->messages.empty(); }));
  const HostMessage& first = s.client->messages.front();
  CHECK(first.sequence == 0);
  CHECK(first.type == 0x010e);
  CHECK(first.payload == std::vector<std::uint8_t>(27));
  s.client->send(0, ControlMessage::start_b, std::vector<std::uint8_t>(1));
  s.settle();
  CHECK(s.seen.started == 1);
  CHECK(s.client->messages.size() == 1);
  CHECK(s.stream->stats().messages == 4);
  CHECK(s.client->unreadable == 0);
}

TEST_CASE("every message that a real client was recorded sending is taken, in both nonce schemes") {
  std::ifstream file(PUNKTFUNK_TESTDATA "/control/messages.txt");
  REQUIRE(file.is_open());
  std::unique_ptr<Session> s;
  int sessions = 0;
  std::map<std::string, int> expected;
  const auto finish = [&] {
    if (!s) { return; }
    const auto wanted = static_cast<std::uint64_t>(expected["all"]);
    CHECK(s->client->wait([&] { return s->stream->stats().messages >= wanted; }));
    CHECK(s->client->wait([&] { return s->client->all_acknowledged(); }));
    const auto stats = s->stream->stats();
    CHECK(stats.messages == wanted);
    CHECK(stats.refused == 0);
    CHECK(stats.replayed == 0);
    CHECK(s->seen.started == expected["0307"]);
    CHECK(s->seen.idr == expected["0302"]);
    CHECK(s->seen.inputs == expected["0206"]);
    CHECK(s->seen.invalidated == expected["0301"]);
    CHECK(stats.frames_repaired + stats.frames_lost == static_cast<std::uint64_t>(expected["5502"]));
    if (expected["5502"] > 0) {
      CHECK((stats.frames_repaired > 0 && stats.frames_lost > 0));
      CHECK(stats.packets_missing >= stats.frames_lost);
    }
  };
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) { continue; }
    std::istringstream words(line);
    std::string first;
    words >> first;
    if (first == "session") {
      finish();
      std::string name, key, scheme;
      words >> name >> key >> scheme;
      auto c = config();
      const auto key_bytes = from_hex(key);
      std::copy(key_bytes.begin(), key_bytes.end(), c.key.begin());
      c.nonce_scheme = scheme == "v2" ? gamestream::NonceScheme::v2 : gamestream::NonceScheme::legacy16;
      s = std::make_unique<Session>(c);
      s->connect();
      expected.clear();
      ++sessions;
      continue;
    }
    std::string delivery, sealed, type;
    words >> delivery >> sealed >> type;
    const std::uint32_t flags = delivery == "r"   ? ENET_PACKET_FLAG_RELIABLE
                                : delivery == "q" ? ENET_PACKET_FLAG_UNSEQUENCED
                                                  : 0;
    s->client->send_raw(static_cast<std::uint8_t>(std::stoi(first)), from_hex(sealed), flags);
    s->client->serve(0);
    ++expected[type];
    ++expected["all"];
  }
  finish();
  CHECK(sessions == 4);
}

TEST_CASE("wrong connect data is turned away at once and keeps nobody out") {
  Session s(config(), connect_data + 1);
  CHECK(s.client->wait([&] { return s.client->disconnected; }, 2000));
  CHECK(s.seen.connected == 0);
  // A crowd of strangers who never answer leaves the client its place.
  std::vector<std::unique_ptr<TestClient>> strangers;
  for (std::uint32_t i = 0; i < 6; ++i) {
    strangers.push_back(std::make_unique<TestClient>());
    strangers.back()->connect(s.stream->port(), connect_data + 2 + i);
    strangers.back()->flush();
  }
  TestClient client;
  client.connect(s.stream->port(), connect_data);
  REQUIRE(client.wait([&] { return client.connected && s.seen.connected == 1; }, 2000));

  // A second client of the same session is one too many.
  TestClient second;
  second.connect(s.stream->port(), connect_data);
  for (auto& stranger : strangers) {
    stranger->wait([&] { return stranger->disconnected; }, 3000);
  }
  CHECK(second.wait([&] { return second.disconnected; }));
  CHECK(s.seen.connected == 1);
  client.start();
  CHECK(client.wait([&] { return s.seen.started == 1; }));
}

TEST_CASE("old clients without connect data are known by their address") {
  auto c = config();
  c.require_connect_data = false;
  c.client_address = "127.0.0.1";
  Session known(c, 0);
  known.connect();
  c.client_address = "10.78.0.2";
  Session unknown(c, 0);
  CHECK(unknown.client->wait([&] { return unknown.client->disconnected; }, 2000));
  CHECK(unknown.seen.connected == 0);
}

TEST_CASE("what is not sealed by the client's key is counted and ends nothing") {
  Session s;
  s.connect();
  const std::vector<std::uint8_t> idr(2);
  auto sealed = s.client->seal(0x0302, idr);
  s.client->send_raw(0, sealed);
  REQUIRE(s.client->wait([&] { return s.seen.idr == 1; }));

  s.client->send_raw(0, sealed);  // the same once more
  REQUIRE(s.client->wait([&] { return s.stream->stats().replayed == 1; }));

  auto forged = s.client->seal(0x0302, idr);
  forged.back() ^= 1;
  s.client->send_raw(0, forged);
  auto other_sequence = s.client->seal(0x0302, idr);
  other_sequence[4] ^= 0x40;
  s.client->send_raw(0, other_sequence);
  s.client->send_raw(0, from_hex("020302000000"));  // in clear
  s.client->send_raw(0, from_hex("0100"));
  s.client->send_raw(0, std::vector<std::uint8_t>());
  auto long_message = s.client->seal(0x0302, idr);
  long_message.resize(1500);
  s.client->send_raw(0, long_message);
  auto bad_input = from_hex("000000080700000000");
  s.client->send(3, ControlMessage::input, bad_input);
  s.client->send(0, ControlMessage::invalidate_reference_frames, std::vector<std::uint8_t>(7));
  REQUIRE(s.client->wait([&] { return s.stream->stats().refused == 8; }));
  s.settle();
  CHECK(s.seen.idr == 2);
  CHECK(s.seen.inputs == 0);
  CHECK(s.stream->stats().replayed == 1);
  CHECK(s.seen.reason().empty());
  CHECK_FALSE(s.client->disconnected);
}

TEST_CASE("messages longer than any client sends are not taken, and rubbish datagrams disturb nothing") {
  Session s;
  s.connect();
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(s.stream->port());
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::mt19937 random(3);
  const auto connect = from_hex(
      "8fffe2b782ff00010000ffff0000038400010000000000300000000000000000000013880000000200000002e7b4b3c849d51693");
  for (int i = 0; i < 3000; ++i) {
    std::vector<std::uint8_t> bytes = i % 3 == 0 ? connect : std::vector<std::uint8_t>(random() % 200);
    for (auto& byte : bytes) {
      if (i % 3 != 0 || random() % 12 == 0) { byte = static_cast<std::uint8_t>(random()); }
    }
    if (i % 3 == 1 && bytes.size() > 4) {
      bytes[0] = 0x80, bytes[1] = 0;  // as if from the connected client's slot
    }
    sendto(fd, bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&to), sizeof to);
    if (i % 64 == 0) { s.client->serve(0); }
  }
  close(fd);
  s.settle();
  CHECK(s.seen.reason().empty());
  CHECK(s.seen.connected == 1);
}

TEST_CASE("input without a use is counted, and said once a kind") {
  // Two of each: a battery (known, but not to this backend), a magic of the future, mouse button 6.
  const std::string ignored[] = {"000000080700005500024d00", "0000000408000055", "000000050800000006"};
  const std::vector<std::string> problems = {"gamepad_ignored", "unknown_input_ignored(0x55000008)",
                                             "unknown_button_ignored(6)"};
  Session s;
  s.connect();
  for (int twice = 0; twice < 2; ++twice) {
    for (const auto& packet : ignored) { s.client->send(3, ControlMessage::input, from_hex(packet)); }
  }
  REQUIRE(s.client->wait([&] { return s.stream->stats().input_events == 6; }));
  CHECK(s.client->wait([&] { return s.stream->stats().input_ignored == 6; }));
  s.stream->stop();
  CHECK(s.seen.problems == problems);
  CHECK(s.stream->stats().refused == 0);
}

TEST_CASE("a desktop that takes no input says so, once") {
  Seen seen;
  const auto stream = need(start_gamestream_link(config(), {}, nullptr, seen.events()));
  TestClient client(test_key, config().nonce_scheme);
  client.connect(stream->port(), connect_data);
  REQUIRE(client.wait([&] { return client.connected && seen.connected == 1; }));
  client.send(2, ControlMessage::input, from_hex("0000000a03000000004180000000"));
  client.send(3, ControlMessage::input, from_hex("0000000807000000000afff6"));
  REQUIRE(client.wait([&] { return stream->stats().input_ignored == 2; }));
  stream->stop();
  REQUIRE(seen.problems.size() == 1);
  CHECK(seen.problems[0] == "input_unavailable");
}

TEST_CASE("input goes to its backend, unknown kinds are ignored, and the end of the session lifts what is held") {
  Session s;
  s.connect();
  s.client->send(2, ControlMessage::input, from_hex("0000000a03000000004180000000"));
  s.client->send(3, ControlMessage::input, from_hex("0000000807000000000afff6"));
  s.client->send(3, ControlMessage::input, from_hex("0000000408000055"));
  s.client->send(3, ControlMessage::input, from_hex("000000080700005500024d00"));  // known, but not to this backend
  REQUIRE(s.client->wait([&] { return s.seen.inputs == 3 && s.stream->stats().input_ignored == 2; }));
  CHECK(s.stream->stats().input_events == 4);
  CHECK(s.seen.keys_down == 1);
  s.client->quit();
  CHECK(s.client->wait([&] { return s.client->disconnected; }));
  CHECK(s.client->wait([&] { return s.seen.reason() == "client_quit"; }));
  CHECK(s.seen.released >= 1);
  CHECK(s.seen.keys_down == 0);
}

TEST_CASE("a goodbye in the name of a client that goes on pinging ends nothing, and no message is lost") {
  auto c = config();
  c.last_ping_ms = [] { return now_ms(); };
  Session s(c);
  s.connect();
  s.client->start();
  REQUIRE(s.client->wait([&] { return s.seen.started == 1 && s.client->all_acknowledged(); }));
  s.client->send(2, ControlMessage::input, from_hex("0000000a03000000004180000000"));
  REQUIRE(s.client->wait([&] { return s.seen.keys_down == 1; }));
  s.client->forge_goodbye();
  REQUIRE(s.client->wait([&] { return s.seen.keys_down == 0; }));  // until it is known, nothing stays held
  const int inputs = s.seen.inputs;
  s.client->send(3, ControlMessage::input, from_hex("0000000807000000000afff6"));
  CHECK(s.client->wait([&] { return s.seen.forged == 1; }));
  CHECK(s.client->wait([&] { return s.seen.inputs == inputs + 1 && s.client->all_acknowledged(); }));
  s.settle();
  CHECK(s.seen.reason().empty());
  CHECK(s.client->connected);
  CHECK_FALSE(s.client->disconnected);
  CHECK(s.seen.started == 1);
  CHECK(s.client->unreadable == 0);
}

TEST_CASE("goodbyes that somebody forges without end end nothing and hold nothing up; the client's own is believed") {
  auto c = config();
  std::atomic<bool> pings = true;
  c.last_ping_ms = [&, at = now_ms()]() mutable { return pings ? at = now_ms() : at; };
  Session s(c);
  s.connect();
  s.client->start();
  s.client->forge_goodbye();
  REQUIRE(s.client->wait([&] { return s.seen.forged == 1; }));
  const int inputs = s.seen.inputs, released = s.seen.released;
  for (int i = 1; i <= 100; ++i) {
    for (int forged = 0; forged < 10; ++forged) { s.client->forge_goodbye(); }
    s.client->send(3, ControlMessage::input, from_hex("0000000807000000000afff6"));
    REQUIRE(s.client->wait([&] { return s.seen.inputs == inputs + i; }));
  }
  CHECK(s.seen.forged == 1);
  CHECK(s.seen.released == released);  // what is held stays held
  pings = false;
  s.client->quit();
  CHECK(s.client->wait([&] { return s.seen.reason() == "client_quit"; }));
}

TEST_CASE("messages forged ahead of the client's own take none of its places") {
  Session s;
  s.connect();
  s.client->start();
  REQUIRE(s.client->wait([&] { return s.seen.started == 1 && s.client->all_acknowledged(); }));
  int inputs = 0;
  for (const auto kind : {ENET_PROTOCOL_COMMAND_SEND_RELIABLE, ENET_PROTOCOL_COMMAND_SEND_UNRELIABLE}) {
    for (std::uint16_t sent = 0; sent < 5000; sent = static_cast<std::uint16_t>(sent + 100)) {
      s.client->forge_messages(kind, 3, static_cast<std::uint16_t>(1 + sent), 100);
      s.settle();
    }
    for (int i = 0; i < 50; ++i) { s.client->send(3, ControlMessage::input, from_hex("0000000807000000000afff6")); }
    inputs += 50;
    REQUIRE(s.client->wait([&] { return s.client->all_acknowledged(); }));
    CHECK(s.seen.inputs == inputs);
  }
  CHECK(s.seen.reason().empty());
  CHECK(s.stream->stats().refused >= 10000);
}

TEST_CASE("a client that stopped pinging and says goodbye has left") {
  auto c = config();
  c.last_ping_ms = [at = now_ms()] { return at; };
  Session s(c);
  s.connect();
  s.client->quit();
  CHECK(s.client->wait([&] { return s.seen.reason() == "client_quit"; }));
  CHECK(s.client->disconnected);
  CHECK(s.seen.goodbyes == 1);  // told before it is believed
  CHECK(s.seen.forged == 0);
}

TEST_CASE("while a goodbye is doubted the client may connect anew, and no stranger takes its place") {
  auto c = config();
  std::atomic<bool> pings = false;
  c.last_ping_ms = [&] { return pings ? now_ms() : std::int64_t{1}; };
  Session s(c);
  s.connect();
  s.client->forge_goodbye();
  TestClient stranger, same;
  stranger.connect(s.stream->port(), connect_data + 1);
  same.connect(s.stream->port(), connect_data);
  CHECK(same.wait([&] {
    stranger.serve(0);
    return same.connected && s.seen.connected == 2;
  }));
  CHECK_FALSE(stranger.connected);
  pings = true;
  same.send(0, ControlMessage::request_idr, std::vector<std::uint8_t>(2));
  CHECK(same.wait([&] { return s.seen.idr == 1; }));
  CHECK(s.seen.reason().empty());
}

TEST_CASE("a client that falls silent ends the session, and so does one that never comes") {
  auto c = config();
  c.client_timeout_ms = 400;
  c.connect_timeout_ms = 300;
  {
    Session s(c);
    s.connect();
    s.client->send(2, ControlMessage::input, from_hex("0000000a03000000004180000000"));
    REQUIRE(s.client->wait([&] { return s.seen.keys_down == 1; }));
    CHECK(s.seen.wait_for_the_end() == "client_timeout");
    CHECK(s.seen.keys_down == 0);
  }
  Seen seen;
  auto stream = need(start_gamestream_link(c, {}, nullptr, seen.events()));
  CHECK(seen.wait_for_the_end() == "connect_timeout");
}

TEST_CASE("termination reaches the client with its reason before the stream is gone") {
  for (const auto& [farewell, reason] :
       {std::pair(contract::Farewell::graceful, "80030023"), std::pair(contract::Farewell::failed, "80004005")}) {
    Session s;
    s.connect();
    s.client->start();
    REQUIRE(s.client->wait([&] { return s.client->messages.size() == 1; }));
    std::thread host([&, farewell = farewell] { s.stream->terminate(farewell, 2000); });
    CHECK(s.client->wait([&] { return s.client->messages.size() == 2; }));
    host.join();
    REQUIRE(s.client->messages.size() == 2);
    CHECK(s.client->messages[1].sequence == 1);
    CHECK(s.client->messages[1].type == 0x0109);
    CHECK(s.client->messages[1].payload == from_hex(reason));
    CHECK(s.seen.released >= 1);
    CHECK(s.seen.reason().empty());
  }
}

TEST_CASE("stop disconnects the client without a word and can be called again") {
  Session s;
  s.connect();
  s.stream->stop();
  s.stream->stop();
  CHECK(s.client->wait([&] { return s.client->disconnected; }));
  CHECK(s.client->messages.empty());
  CHECK(s.seen.reason().empty());
}

TEST_CASE("what keeps the socket from opening is said in a sentence") {
  Session s;
  auto c = config();
  c.port = s.stream->port();
  CHECK(refusal(start_gamestream_link(c, {}, nullptr, {})) == problem::port_taken(c.port, "127.0.0.1"));
  c.bind_address = "not an address";
  CHECK(refusal(start_gamestream_link(c, {}, nullptr, {})) ==
        problem::address_unusable("not an address", "it is not an IPv4 address"));
  c.bind_address = "203.0.113.7";
  CHECK(refusal(start_gamestream_link(c, {}, nullptr, {})) ==
        problem::address_unusable("203.0.113.7", "this machine has no such address"));
}

namespace {

std::vector<std::array<std::uint16_t, 3>> rumbles(const TestClient& client) {
  std::vector<std::array<std::uint16_t, 3>> told;
  for (const HostMessage& message : client.messages) {
    if (message.type != static_cast<std::uint16_t>(ControlMessage::rumble)) { continue; }
    REQUIRE(message.payload.size() == 10);
    told.push_back(
        {load_u16_le(&message.payload[4]), load_u16_le(&message.payload[6]), load_u16_le(&message.payload[8])});
  }
  return told;
}

// Until the link takes it: others tell the client things too.
void tell(ControlLink& link, const ToClient& message) {
  while (!link.tell_client(message)) { std::this_thread::yield(); }
}

}  // namespace

TEST_CASE("the client is told things from several threads: nothing is lost, and each thread's in their order") {
  Session s;
  s.connect();
  s.client->start();
  REQUIRE(s.client->wait([&] { return s.seen.started == 1; }));
  constexpr std::uint16_t threads = 4, each = 500;
  std::vector<std::jthread> tellers;
  for (std::uint16_t pad = 0; pad < threads; ++pad) {
    tellers.emplace_back([&, pad] {
      for (std::uint16_t n = 0; n < each; ++n) {
        tell(*s.stream, Rumble{.pad = pad, .low = n, .high = static_cast<std::uint16_t>(n ^ 0x5A5A)});
      }
    });
  }
  REQUIRE(s.client->wait([&] { return s.client->messages.size() == threads * each + 1; }));
  std::array<std::uint16_t, threads> next{};
  bool orderly = true;
  for (const auto& [pad, low, high] : rumbles(*s.client)) {
    orderly = orderly && pad < threads && low == next[pad]++ && high == (low ^ 0x5A5A);
  }
  CHECK(orderly);
  CHECK(s.client->unreadable == 0);
}

TEST_CASE("what is told before the client has started is said afterwards, and HDR is said as it is meant") {
  Session s;
  CHECK_FALSE(s.stream->tell_client(HdrMode{true}));  // nobody is there
  s.connect();
  CHECK(s.stream->tell_client(Rumble{1, 2, 3}));
  CHECK(s.stream->tell_client(HdrMode{true}));
  s.settle();
  CHECK(s.client->messages.empty());
  s.client->start();
  REQUIRE(s.client->wait([&] { return s.client->messages.size() == 3; }));
  CHECK(s.client->messages[0].type == 0x010e);
  CHECK(s.client->messages[0].payload[0] == 0);
  CHECK(rumbles(*s.client) == std::vector<std::array<std::uint16_t, 3>>{{1, 2, 3}});
  CHECK(s.client->messages[2].type == 0x010e);
  CHECK(s.client->messages[2].payload[0] == 1);
}

TEST_CASE("a client that takes nothing is told a bounded number of things, and one that left none") {
  Session s;
  s.connect();
  s.client->start();
  REQUIRE(s.client->wait([&] { return s.client->messages.size() == 1 && s.client->all_acknowledged(); }));
  // It is not served: it acknowledges nothing.
  unsigned told = 0;
  for (unsigned refused = 0; refused < 1000;) {
    const bool taken = s.stream->tell_client(Rumble{});
    told += taken;
    refused = taken ? 0 : refused + 1;
    std::this_thread::yield();
    REQUIRE(told <= 128);
  }
  CHECK(told >= 64);
  REQUIRE(s.client->wait([&] { return s.client->messages.size() == told + 1; }));
  CHECK(s.client->wait([&] { return s.stream->tell_client(Rumble{}); }));  // there is room again
  s.client->quit();
  REQUIRE(s.client->wait([&] { return s.seen.reason() == "client_quit"; }));
  s.stream->stop();
  CHECK_FALSE(s.stream->tell_client(Rumble{}));
}

namespace {

// Pads of which programs want something all the time.
class DemandingPads final : public InputBackend {
 public:
  DemandingPads(std::vector<PadFeedback> demands, Wake& more) : demands_(std::move(demands)), more_(more) {}
  Injected inject(const InputEvent&) override { return Injected::no_device; }
  void release_all() override {}
  [[nodiscard]] int poll_fd() const override { return more_.fd(); }
  bool dispatch() override {
    more_.clear();
    next_ = 0;
    return true;
  }
  std::optional<PadFeedback> take_feedback() override {
    return next_ < demands_.size() ? std::optional(demands_[next_++]) : std::nullopt;
  }

 private:
  std::vector<PadFeedback> demands_;
  Wake& more_;
  std::size_t next_ = 0;
};

}  // namespace

TEST_CASE("what programs want of pads is told to the client once it has started, each kind in its own message") {
  Wake more;
  Seen seen;
  InputRouter input;
  const TriggerEffect left{.mode = 0x21, .parameters = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}}, right{.mode = 0x26};
  input.add({InputKind::pad_state},
            std::make_unique<DemandingPads>(
                std::vector<PadFeedback>{Rumble{1, 0x1234, 0xFFFF}, TriggerRumble{15, 2, 3},
                                         MotionRate{4, 100, MotionSensor::gyroscope}, PadLight{5, 255, 128, 1},
                                         TriggerEffects{6, left, right}},
                more));
  auto stream = need(start_gamestream_link(config(), std::move(input), nullptr, seen.events()));
  TestClient client;
  client.connect(stream->port(), connect_data);
  REQUIRE(client.wait([&] { return client.connected && seen.connected == 1; }));
  client.start();
  REQUIRE(client.wait([&] { return client.messages.size() == 6; }));
  const std::pair<std::uint16_t, const char*> said[] = {{0x010b, "0000000001003412ffff"},
                                                        {0x5500, "0f0002000300"},
                                                        {0x5501, "0400640002"},
                                                        {0x5502, "0500ff8001"},
                                                        {0x5503, "06000c21260102030405060708090a00000000000000000000"}};
  for (std::size_t i = 0; i < std::size(said); ++i) {
    CHECK(client.messages[i + 1].type == said[i].first);
    CHECK(client.messages[i + 1].payload == from_hex(said[i].second));
  }
  more.signal();
  CHECK(client.wait([&] { return client.messages.size() == 11; }));

  // A pad that the kernel does not give is counted; why has been said by whoever asked for it.
  const std::array<std::uint8_t, 34> state = {0, 0, 0, 30, 0x0C, 0, 0, 0, 0x1A, 0, 0, 0, 1};
  client.send(0x10, ControlMessage::input, state);
  CHECK(client.wait([&] { return stream->stats().input_ignored == 1; }));
  CHECK(seen.problems.empty());
  // Numbers that no pad has, and lengths that no packet has.
  std::array<std::uint8_t, 34> hundredth = state;
  hundredth[10] = 100;
  client.send(0x10, ControlMessage::input, hundredth);
  client.send(0x10, ControlMessage::input, std::span(state).first(33));
  CHECK(client.wait([&] { return stream->stats().refused == 2; }));
  CHECK(stream->stats().input_events == 1);
}
