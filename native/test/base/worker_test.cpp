#include "base/worker.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <pthread.h>

#include <atomic>
#include <future>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/poll_until.h"

namespace punktfunk {
namespace {

void wait_for_wake(const Worker& worker) {
  pollfd fd{worker.wake().fd(), POLLIN, 0};
  poll(&fd, 1, -1);
  worker.wake().clear();
}

TEST_CASE("a worker runs under its name, and a stop wakes it out of an endless wait") {
  Worker worker;
  std::promise<std::string> told;
  auto name = told.get_future();
  std::atomic<bool> over = false;
  worker.start("pf-test-worker", [&](const std::stop_token& stop) {
    char text[16] = {};
    pthread_getname_np(pthread_self(), text, sizeof text);
    told.set_value(text);
    while (!stop.stop_requested()) { wait_for_wake(worker); }
    poll(nullptr, 0, 20);  // long enough that who does not join it is seen
    over = true;
  });
  CHECK(name.get() == "pf-test-worker");
  CHECK(!over);
  worker.stop();
  CHECK(over);  // it was joined
  worker.stop();
}

TEST_CASE("a worker is joined with its owner") {
  std::atomic<bool> over = false;
  {
    Worker worker;
    worker.start("pf-test", [&](const std::stop_token& stop) {
      while (!stop.stop_requested()) { wait_for_wake(worker); }
      over = true;
    });
  }
  CHECK(over);
}

TEST_CASE("a worker wakes for other reasons too, and is stopped from any thread without a wait") {
  Worker worker;
  std::promise<void> woken;
  std::promise<void> over;
  worker.start("pf-test", [&](const std::stop_token& stop) {
    wait_for_wake(worker);
    CHECK(!stop.stop_requested());
    woken.set_value();
    while (!stop.stop_requested()) { wait_for_wake(worker); }
    over.set_value();
  });
  worker.wake().signal();
  woken.get_future().wait();
  Worker other;
  other.start("pf-test-other", [&](const std::stop_token&) { worker.request_stop(); });
  over.get_future().wait();
}

TEST_CASE("a worker that was never started has nothing to stop; its body may own what cannot be copied") {
  Worker idle;
  CHECK(idle.ok());
  idle.stop();
  Worker worker;
  std::promise<int> told;
  auto number = told.get_future();
  worker.start("pf-test",
               [&told, owned = std::make_unique<int>(9)](const std::stop_token&) { told.set_value(*owned); });
  CHECK(number.get() == 9);
}

TEST_CASE("a wake is told once however often it was signalled, and its descriptor is not inherited") {
  const Wake wake;
  REQUIRE(wake.ok());
  CHECK((fcntl(wake.fd(), F_GETFD) & FD_CLOEXEC) != 0);
  wake.signal();
  wake.signal();
  pollfd fd{wake.fd(), POLLIN, 0};
  CHECK(poll(&fd, 1, 0) == 1);
  wake.clear();
  wake.clear();  // does not block
  CHECK(poll(&fd, 1, 0) == 0);
}

TEST_CASE("a poll ends at its time, at once when that has passed, and before it when something is ready") {
  const Wake wake;
  pollfd fd{wake.fd(), POLLIN, 0};
  const std::uint64_t until = monotonic_ns() + 2'000'000;
  CHECK(poll_until({&fd, 1}, until) == 0);
  CHECK(monotonic_ns() >= until);
  CHECK(poll_until({&fd, 1}, 1) == 0);
  wake.signal();
  CHECK(poll_until({&fd, 1}, never_ns) == 1);
}

}  // namespace
}  // namespace punktfunk
