#include "engine/input/input_router.h"

#include <doctest/doctest.h>

#include <string>

#include "base/wake.h"

using namespace punktfunk;

namespace {

// What became of the backends, which the router owns.
struct Log {
  std::string text;
  Wake readable;
  bool there = true;
  std::uint16_t lights = 0;
};

class FakeBackend final : public InputBackend {
 public:
  FakeBackend(Log& log, char name) : log_(log), name_(name) {}
  ~FakeBackend() override { say("destroyed"); }
  Injected inject(const InputEvent&) override {
    say("event");
    return Injected::done;
  }
  void release_all() override { say("released"); }
  void lift_buttons(std::uint32_t buttons) override { say("lifted " + std::to_string(buttons)); }
  [[nodiscard]] int poll_fd() const override { return log_.readable.fd(); }
  std::optional<PadFeedback> take_feedback() override {
    if (log_.lights == 0) { return std::nullopt; }
    return PadLight{.pad = log_.lights--};
  }
  bool dispatch() override {
    log_.readable.clear();
    say("dispatched");
    return log_.there;
  }

 private:
  void say(const std::string& what) { log_.text += std::string(1, name_) + " " + what + ";"; }
  Log& log_;
  char name_;
};

InputEvent event(InputKind kind) {
  InputEvent e;
  e.kind = kind;
  return e;
}

std::string taken(Log& log) {
  return std::exchange(log.text, {});
}

constexpr InputKinds pads = {InputKind::pad_arrival, InputKind::pad_state, InputKind::haptics_enable};

}  // namespace

TEST_CASE("each kind of input goes to the backend that serves it, to the first where two do") {
  Log desktop, kernel;
  InputRouter router;
  CHECK(router.inject(event(InputKind::key)) == Injected::no_desktop);
  router.add(pointer_and_keyboard_kinds, std::make_unique<FakeBackend>(desktop, 'd'));
  CHECK(router.inject(event(InputKind::pad_state)) == Injected::unknown);
  router.add(pads, std::make_unique<FakeBackend>(kernel, 'k'));
  CHECK(router.inject(event(InputKind::mouse_button)) == Injected::done);
  CHECK(taken(desktop) == "d event;");
  CHECK(router.inject(event(InputKind::pad_state)) == Injected::done);
  CHECK(taken(kernel) == "k event;");
  CHECK(router.inject(event(InputKind::haptics_enable)) == Injected::done);
  CHECK(taken(desktop) == "d event;");
  CHECK(taken(kernel).empty());
  CHECK(router.inject(event(InputKind::pen)) == Injected::unknown);
}

TEST_CASE("keys have no desktop where there are gamepads alone") {
  Log kernel;
  InputRouter router;
  router.add(pads, std::make_unique<FakeBackend>(kernel, 'k'));
  CHECK(router.inject(event(InputKind::key)) == Injected::no_desktop);
  CHECK(router.inject(event(InputKind::pad_state)) == Injected::done);
}

TEST_CASE("what is held goes up everywhere") {
  Log desktop, kernel;
  InputRouter router;
  router.add(pointer_and_keyboard_kinds, std::make_unique<FakeBackend>(desktop, 'd'));
  router.add(pads, std::make_unique<FakeBackend>(kernel, 'k'));
  router.release_all();
  router.lift_buttons(6);
  CHECK(taken(desktop) == "d released;d lifted 6;");
  CHECK(taken(kernel) == "k released;k lifted 6;");
  router = {};
  CHECK(taken(desktop) == "d destroyed;");
  CHECK(taken(kernel) == "k destroyed;");
}

TEST_CASE("backends are polled together, and one that is gone takes only its own kinds with it") {
  Log desktop, kernel;
  InputRouter router;
  router.add(pointer_and_keyboard_kinds, std::make_unique<FakeBackend>(desktop, 'd'));
  router.add(pads, std::make_unique<FakeBackend>(kernel, 'k'));
  pollfd fds[InputRouter::max_backends];
  const std::span<pollfd> used(fds, router.poll_fds(fds));
  REQUIRE(used.size() == 2);
  kernel.readable.signal();
  REQUIRE(poll(used.data(), used.size(), 0) == 1);
  CHECK(router.dispatch(used));
  CHECK(taken(desktop).empty());
  CHECK(taken(kernel) == "k dispatched;");

  desktop.there = false;
  desktop.readable.signal();
  REQUIRE(poll(used.data(), used.size(), 0) == 1);
  CHECK_FALSE(router.dispatch(used));
  CHECK(taken(desktop) == "d dispatched;d destroyed;");
  CHECK(router.inject(event(InputKind::key)) == Injected::no_desktop);
  CHECK(router.inject(event(InputKind::pad_state)) == Injected::done);
  CHECK(router.inject(event(InputKind::pen)) == Injected::unknown);
  CHECK(router.poll_fds(fds) == 1);
}

TEST_CASE("what programs want of pads is taken from every backend, until none has any") {
  Log desktop, kernel;
  InputRouter router;
  router.add(pointer_and_keyboard_kinds, std::make_unique<FakeBackend>(desktop, 'd'));
  router.add(pads, std::make_unique<FakeBackend>(kernel, 'k'));
  CHECK_FALSE(router.take_feedback());
  kernel.lights = 2;
  CHECK(router.take_feedback() == PadFeedback(PadLight{.pad = 2}));
  CHECK(router.take_feedback() == PadFeedback(PadLight{.pad = 1}));
  CHECK_FALSE(router.take_feedback());
}
