// A thread with a name, that is asked to stop and woken from its wait, and joined with its owner.
#pragma once

#include <pthread.h>

#include <concepts>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

#include "base/assert.h"
#include "base/wake.h"

namespace punktfunk {

class Worker {
 public:
  Worker() = default;
  ~Worker() { stop(); }
  Worker(Worker&&) = delete;

  // False: this process has no file descriptors left.
  [[nodiscard]] bool ok() const { return wake_.ok(); }

  // Once. name: at most 15 characters, of static storage. The body polls wake().fd(), clears it, and returns when the
  // token says so. It must not throw.
  template <std::invocable<std::stop_token> Body>
  void start(const char* name, Body body) {
    PF_ASSERT(!thread_.joinable() && std::char_traits<char>::length(name) <= 15);
    thread_ = std::jthread([name, run = std::move(body)](std::stop_token stop) mutable {
      pthread_setname_np(pthread_self(), name);
      run(std::move(stop));
    });
  }

  // Ends the body's wait. Any thread; also before the start.
  [[nodiscard]] const Wake& wake() const { return wake_; }

  // Asks the body to return, and does not wait for it. Any thread.
  void request_stop() {
    thread_.request_stop();
    wake_.signal();
  }

  // Waits until the body has returned. Nothing when it was not started, or has been joined. One thread at a time, never
  // the worker's own.
  void join() {
    PF_ASSERT(thread_.get_id() != std::this_thread::get_id());
    if (thread_.joinable()) { thread_.join(); }
  }

  // Asks and waits.
  void stop() {
    request_stop();
    join();
  }

 private:
  Wake wake_;  // before the thread: it is there as long as the body runs
  std::jthread thread_;
};

}  // namespace punktfunk
