#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "rig.h"

using namespace punktfunk;
using namespace punktfunk::test;

TEST_CASE("nothing is sent before the ping; then an IDR numbered 1 with the newest picture, then what is new") {
  Screen screen;
  Rig rig(screen);
  Client client;
  screen.show(50);
  rig.start();
  screen.show(200);
  CHECK_FALSE(client.receive(300));
  CHECK(rig.sender->take_stats().datagrams == 0);
  CHECK(rig.first_frames == 0);

  client.ping(rig.sender->video_port());
  const Received first = client.expect();
  CHECK(first.index == 1);
  CHECK(first.idr);
  CHECK(first.rtp >= 1);
  CHECK(first.rtp < 90);
  CHECK(first.host_latency > 0);
  CHECK(shows(first, 200));
  CHECK(eventually([&] { return rig.first_frames == 1; }));

  std::uint32_t index = 1, rtp = first.rtp;
  for (const std::uint8_t grey : {10, 120, 240, 77}) {
    screen.show(grey);
    Received r;
    do {  // a repetition of the picture before may come between
      r = client.expect();
      CHECK(r.index == ++index);
      CHECK_FALSE(r.idr);
      CHECK(r.rtp > rtp);
      rtp = r.rtp;
    } while (!shows(r, grey));
    CHECK(r.host_latency > 0);
  }
}

TEST_CASE("the video thread allocates nothing for a picture, an IDR, or one that nobody takes") {
  Screen screen;
  Rig rig(screen);
  Client client;
  screen.show(50);
  rig.start();
  client.ping(rig.sender->video_port());
  const auto show = [&](std::uint8_t grey) {
    screen.show(grey);
    while (!shows(client.expect(), grey)) {}
    const std::lock_guard lock(screen.mutex);
    return screen.video_thread_allocations;
  };
  const std::size_t before = show(60);
  CHECK(before > 0);  // what opens is counted
  std::size_t after = 0;
  for (const std::uint8_t grey : {80, 100, 120, 140, 160, 180, 200}) {
    rig.video->request_idr();
    screen.show(static_cast<std::uint8_t>(grey - 5));
    after = show(grey);
  }
  CHECK(after == before);
}

TEST_CASE("an IDR that is asked for comes at once, also of a still picture") {
  Screen screen;
  Rig rig(screen);
  Client client;
  screen.show(90);
  rig.start();
  client.ping(rig.sender->video_port());
  CHECK(client.expect().idr);
  for (unsigned i = 0; i < FrameSchedule::least_refinements + 1; ++i) {
    CHECK_FALSE(client.expect().idr);  // refinements, one sign of life: the screen is still
  }
  const std::uint64_t asked = monotonic_ns();
  rig.video->request_idr();
  const Received r = client.expect();
  CHECK(r.idr);
  CHECK(shows(r, 90));
  CHECK(r.host_latency == 0);  // a repeated picture
  const std::uint64_t epoch = (**rig.checkpoint).video_epoch_ns;
  CHECK(epoch + (r.rtp + 1) * 100'000ull / 9 > asked);  // to a tick of its clock
  CHECK(rig.counters.idr == 2);

  // At once, not with the next sign of life: once a picture is refined those come once a second.
  std::uint32_t waited = 0;
  for (int i = 0; i < 3; ++i) {
    Received before;
    for (unsigned refined = 0; refined < FrameSchedule::least_refinements; ++refined) { before = client.expect(); }
    rig.video->request_idr();
    const Received idr = client.expect();
    CHECK(idr.idr);
    waited += idr.rtp - before.rtp;
  }
  CHECK(waited < 3 * 90'000 / 2);
}

TEST_CASE(
    "a rate is changed while pictures go on, also before there are any, and told; one that the encoder refuses too") {
  Screen screen;
  {
    Rig rig(screen);
    Client client;
    rig.start();
    CHECK(rig.counters.bitrate_kbps == 4000);
    CHECK(rig.set_bitrate(1000) == std::pair{1000u, std::optional<Failure>{}});
    screen.show(50);
    client.ping(rig.sender->video_port());
    CHECK(shows(client.expect(), 50));
    CHECK(rig.set_bitrate(8000) == std::pair{8000u, std::optional<Failure>{}});
    CHECK(rig.counters.bitrate_kbps == 8000);
    screen.show(200);
    while (!shows(client.expect(), 200)) {}
    CHECK(rig.counters.idr == 1);  // nothing begins anew for it
  }
  Rig rig(screen, {.keeps_bitrate = true});
  rig.start();
  const auto [bitrate_kbps, failure] = rig.set_bitrate(9000);
  CHECK(bitrate_kbps == 4000);
  CHECK(failure == problem::bitrate_refused("libx264 superfast", 9000, "it is more than this encoder takes"));
  CHECK(rig.counters.bitrate_kbps == 4000);
}

TEST_CASE("a picture that is larger than can be sent comes smaller: an IDR at the same rate would be as large") {
  constexpr std::size_t most_bytes = 30'000;
  constexpr unsigned tries = 3;
  Screen screen;
  Rig rig(screen, {.bitrate_kbps = 200'000, .max_access_unit_bytes = most_bytes});
  Client client;
  rig.start();
  client.ping(rig.sender->video_port());
  for (unsigned n = 0; n < 30; ++n) {
    screen.show_grain();
    REQUIRE(client.receive());
  }
  CHECK(rig.too_large > 0);
  CHECK(rig.too_large <= tries);
  CHECK(rig.counters.idr <= tries + 1);
  CHECK(rig.counters.bitrate_kbps > most_bytes * 8 * 60 / 1000 / 4);  // and not smaller than that takes
  screen.show(50);
  while (!shows(client.expect(), 50)) {}
}

TEST_CASE("a picture that nothing makes small enough is left out, and the rate stays good enough for the next") {
  constexpr std::size_t most_bytes = 3'000;
  Screen screen;
  Rig rig(screen, {.bitrate_kbps = 200'000, .max_access_unit_bytes = most_bytes});
  Client client;
  rig.start();
  client.ping(rig.sender->video_port());
  screen.show_grain();
  REQUIRE(eventually([&] { return rig.too_large > 20; }));
  constexpr std::uint32_t fitting_kbps = most_bytes * 8 * 60 / 1000 / 10 * 9;
  CHECK(rig.counters.bitrate_kbps == fitting_kbps / 8);
  screen.show(50);
  CHECK(shows(client.expect(), 50));
  // And is raised when none was too large for a while: a still picture is sent each second.
  REQUIRE(eventually([&] { return rig.counters.bitrate_kbps == fitting_kbps / 4; }));
}

TEST_CASE("a still screen: refined within half a second, then a frame a second, and a change goes out by itself") {
  Screen screen;
  Rig rig(screen);
  Client client;
  screen.show(90);
  rig.start();
  client.ping(rig.sender->video_port());
  std::uint32_t rtp = client.expect().rtp;
  for (unsigned n = 0; n <= FrameSchedule::least_refinements; ++n) {
    const std::uint64_t gap_ns = n == 0                                 ? FrameSchedule::rest_ns
                                 : n < FrameSchedule::least_refinements ? FrameSchedule::refine_ns
                                                                        : FrameSchedule::keep_alive_ns;
    const Received r = client.expect();
    CHECK(r.rtp - rtp >= gap_ns * 9 / 100'000);  // 90 kHz
    CHECK(r.host_latency == 0);
    rtp = r.rtp;
  }
  CHECK(rig.counters.captured == 1);
  screen.show(180, 300'000'000);  // presented before its forerunner was repeated: time does not go back
  const Received r = client.expect();
  CHECK(r.host_latency >= 3000);
  CHECK(r.rtp > rtp);
  CHECK(r.rtp - rtp < 90'000);
  CHECK(shows(r, 180));
}

TEST_CASE("what was shown is counted: numbered by the source, or at most while nothing was ordered") {
  constexpr std::uint64_t ms = 1'000'000;
  Screen screen;
  Rig rig(screen);
  Client client;
  const auto shown_after = [&](std::uint8_t grey, std::uint64_t age_ns) {
    screen.show(grey, age_ns);
    while (!shows(client.expect(), grey)) {}
    CHECK(rig.counters.shown_known);
    return rig.counters.shown.load();
  };
  screen.show(20);
  rig.start();
  client.ping(rig.sender->video_port());
  while (!shows(client.expect(), 20)) {}
  const std::uint64_t numbered = shown_after(50, 0);
  CHECK(numbered == 2);

  screen.ordered_ago_ns = 200 * ms;
  CHECK(shown_after(90, 100 * ms) == numbered + 1);
  screen.ordered_ago_ns = 5 * ms;  // 95 ms after the one before was shown
  CHECK(shown_after(130, ms) >= numbered + 2 + 5);
}

TEST_CASE("latencies start at the presentation, the stages add up to the whole, and repetitions count in none") {
  constexpr std::uint64_t age_ns = 40'000'000;
  Screen screen;
  Rig rig(screen);
  Client client;
  screen.show(90, age_ns);
  rig.start();
  client.ping(rig.sender->video_port());
  CHECK(client.expect().host_latency >= age_ns / 100'000);
  CHECK(client.expect().host_latency == 0);  // a repetition
  const StageHistograms::Summaries s = rig.sender->take_stats().latency;
  std::uint64_t sum_ns = 0;
  for (const auto* stage : {&s.capture, &s.convert, &s.wait, &s.encode, &s.protect, &s.send}) {
    CHECK(stage->count == 1);
    sum_ns += stage->max_ns;
  }
  CHECK(s.total.count == 1);
  CHECK(s.total.max_ns == sum_ns);
  CHECK(s.capture.max_ns >= age_ns);
}

TEST_CASE("a source faster than the stream: the stream's rate, and the newest picture wins") {
  constexpr std::uint32_t fps = 25;
  Screen screen;
  Rig rig(screen, {.fps = fps});
  Client client;
  screen.show(1);
  rig.start();
  client.ping(rig.sender->video_port());
  const Received first = client.expect();
  Received last = first;
  for (unsigned i = 0; last.index < 20; ++i) {
    screen.show(static_cast<std::uint8_t>(20 + i % 100));
    if (const auto r = client.receive(4)) { last = *r; }
  }
  const double seconds = (last.rtp - first.rtp) / 90'000.0;
  CHECK(last.index - first.index <= seconds * fps + 4);
  screen.show(250);
  while (!shows(last, 250)) { last = client.expect(); }
  for (int i = 0; i < 2; ++i) { CHECK(shows(client.expect(), 250)); }
  CHECK(rig.counters.dropped > 0);
}

TEST_CASE("sealed video: every nonce once") {
  Screen screen;
  Rig rig(screen, {.key = test_key});
  Client client(test_key);
  screen.show(60);
  rig.start();
  client.ping(rig.sender->video_port());
  CHECK(client.expect().idr);
  for (int i = 0; i < 5; ++i) {
    screen.show(static_cast<std::uint8_t>(i * 40));
    CHECK(client.expect().index == static_cast<std::uint32_t>(i) + 2);
  }
  CHECK(client.nonces.size() == client.datagrams);
}

namespace {

struct Child {
  pid_t pid = fork();
  ~Child() { end(); }
  void end() const {
    if (pid > 0 && kill(pid, SIGKILL) == 0) { waitpid(pid, nullptr, 0); }
  }
};

}  // namespace

TEST_CASE(
    "an engine that is killed: its successor goes on with numbers and nonces never used, without a ping, from an IDR") {
  for (const bool sealed : {true, false}) {
    const CheckpointPath checkpoint;
    const std::optional<AesKey> key = sealed ? std::optional(test_key) : std::nullopt;
    const RigOptions options{.key = key, .checkpoint = checkpoint.path.string()};
    int ports[2];
    REQUIRE(pipe(ports) == 0);
    const Child child;
    if (child.pid == 0) {  // streams until it is killed
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      Screen screen;
      Rig rig(screen, options);
      rig.start();
      const std::uint16_t port = rig.sender->video_port();
      if (write(ports[1], &port, sizeof port) != sizeof port) { _exit(1); }
      for (unsigned i = 0;; ++i) {
        screen.show(static_cast<std::uint8_t>(i));
        usleep(2000);
      }
    }
    close(ports[1]);  // else a child that ends early would be waited for
    std::uint16_t port = 0;
    REQUIRE(read(ports[0], &port, sizeof port) == sizeof port);
    Client client(key);
    client.ping(port);
    Received last{};
    for (int i = 0; i < 20; ++i) { last = client.expect(); }
    child.end();
    while (const auto r = client.receive(0)) {
      last = *r;  // what was on its way
    }
    close(ports[0]);

    Screen screen;
    screen.show(222);
    Rig successor(screen, options);
    CHECK((**successor.checkpoint).generation == 2);
    const std::size_t packets = client.packets.size();
    successor.start();
    const Received r = client.expect();
    CHECK(r.index > last.index);
    CHECK(r.index <= last.index + 2);  // at most the frame that was cut off is missing
    CHECK(r.idr);
    CHECK(r.rtp > last.rtp);
    CHECK(shows(r, 222));
    if (!sealed) { CHECK(client.packets.size() > packets); }
  }
}

TEST_CASE("a source that ends and comes back is gone on with") {
  Screen screen;
  Rig rig(screen);
  Client client;
  screen.show(90);
  rig.start();
  client.ping(rig.sender->video_port());
  CHECK(client.expect().idr);
  screen.end_source("The output is gone.");
  screen.show(30);
  Received r;
  do { r = client.expect(); } while (!shows(r, 30));
  CHECK_FALSE(r.idr);
  CHECK(screen.opened == 2);
  const std::lock_guard lock(rig.mutex);
  CHECK(rig.interrupted == problem::capture_unusable("The output is gone."));
  CHECK_FALSE(rig.failed);
}

TEST_CASE("a source that does not come back ends the stream with what ended it, and says why") {
  Screen screen;
  Rig rig(screen, {.reopen_for_ms = 300});
  rig.start();
  screen.end_source("The output is gone.", "There is no output.");
  pollfd p{rig.told.fd(), POLLIN, 0};
  REQUIRE(poll(&p, 1, deadline_ms) == 1);
  const std::lock_guard lock(rig.mutex);
  CHECK(rig.failed == problem::capture_unusable("The output is gone."));
  CHECK(rig.interrupted == problem::capture_unusable("There is no output."));
}

TEST_CASE("a source that cannot be opened, and one that hangs in reopening, end in good time") {
  Screen screen;
  screen.cannot_open = "There is no compositor.";
  {
    Rig rig(screen);
    CHECK(refusal(rig.video->start()) == problem::capture_unusable("There is no compositor."));
  }
  screen.cannot_open.clear();
  Rig rig(screen, {.reopen_for_ms = 600'000});
  rig.start();
  screen.end_source("Gone.", "Still gone.");
  rig.stop();
}
