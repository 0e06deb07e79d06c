// The portal's dialogue against a portal that refuses, falls silent, or talks nonsense.
#include <doctest/doctest.h>

#include <cstdlib>
#include <functional>

#include "beacon/beacon_code.h"
#include "test/capture/fake_portal.h"
#include "test/capture/pipewire_world.h"
#include "test/capture/pump.h"
#include "test/failure_text.h"

using namespace punktfunk;
using namespace punktfunk::test;

namespace {

constexpr unsigned deadline_ms = 60'000;

std::unique_ptr<FrameSource> open(std::string& error, unsigned timeout_ms = deadline_ms,
                                  const std::string& restore_token = "", std::string* new_token = nullptr) {
  std::string token;
  auto source = opened(
      open_portal({.restore_token = restore_token}, {.width = 1280, .height = 720, .fps = 60}, timeout_ms, token),
      error);
  if (new_token != nullptr) { *new_token = token; }
  return source;
}

std::string refusal(const PortalScript& script, unsigned timeout_ms = deadline_ms) {
  const SessionBus bus;
  const FakePortal portal(script);
  std::string error;
  CHECK(open(error, timeout_ms) == nullptr);
  return error;
}

std::string pipewire_socket() {
  return std::string(getenv("PIPEWIRE_RUNTIME_DIR")) + "/pipewire-0";
}

bool await(const std::function<bool()>& condition) {
  const std::uint64_t give_up_ns = monotonic_ns() + 60'000'000'000;
  while (!condition() && monotonic_ns() < give_up_ns) { poll(nullptr, 0, 5); }
  return condition();
}

}  // namespace

TEST_CASE("no bus, no portal, a portal without screen casts") {
  std::string error;
  setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus", 1);
  CHECK(open(error) == nullptr);
  CHECK(error.starts_with("bus_unreachable("));
  {
    const SessionBus bus;
    CHECK(open(error) == nullptr);
    CHECK(error == "portal_missing");
  }
  PortalScript script;
  script.has_screencast = false;
  CHECK(refusal(script).starts_with("portal_without_cast("));
}

TEST_CASE("each step refused by the user, or given up by the portal") {
  for (const char* const method : {"CreateSession", "SelectSources", "Start"}) {
    PortalScript script;
    script.responses[method] = 1;
    CHECK(refusal(script) == "portal_denied");
    script.responses[method] = 2;
    const std::string error = refusal(script);
    CHECK(error == std::string("portal_failed(") + method + ", 2)");
    script.responses[method] = 4'000'000'000;
    CHECK(refusal(script) == std::string("portal_failed(") + method + ", 4000000000)");
  }
}

TEST_CASE("each step silent: the call is not answered, or nobody clicks") {
  for (const char* const method : {"CreateSession", "SelectSources", "Start"}) {
    PortalScript script;
    script.silent_call = method;
    CHECK(refusal(script, 200) == std::string("portal_silent(") + method + ")");
    PortalScript waiting;
    waiting.silent_request = method;
    const SessionBus bus;
    const FakePortal portal(waiting);
    std::string error;
    CHECK(open(error, 200) == nullptr);
    CHECK(error == std::string("portal_unanswered(") + method + ")");
    CHECK(await([&] { return portal.requests_closed() == 1; }));  // the dialogue does not stay open
    const bool session_made = std::string(method) != "CreateSession";
    CHECK(await([&] { return portal.sessions_closed() == (session_made ? 1u : 0u); }));
  }
}

TEST_CASE("nonsense: wrong types, no session, no stream, no connection") {
  PortalScript script;
  script.malformed = "CreateSession";
  CHECK(refusal(script) == "portal_unreadable(CreateSession)");
  script.malformed = "Start";
  CHECK(refusal(script) == "portal_unreadable(Start)");
  PortalScript no_session;
  no_session.session_handle = false;
  CHECK(refusal(no_session) == "portal_unreadable(CreateSession)");
  PortalScript no_streams;
  no_streams.streams = false;
  CHECK(refusal(no_streams) == "portal_without_picture");
  CHECK(refusal({}) == "portal_without_pipewire(no PipeWire)");
}

TEST_CASE("granted: frames flow, the right things are asked for, the session is closed at the end") {
  const PipeWireDaemon daemon;
  const Producer producer{Script{}};
  const SessionBus bus;
  PortalScript script;
  script.node_id = producer.node_id();
  script.pipewire_socket = pipewire_socket();
  for (const bool early : {false, true}) {
    for (const bool old_paths : {false, true}) {
      script.answers_early = early;
      script.old_paths = old_paths;
      const FakePortal portal(script);
      std::string error, token;
      auto source = open(error, deadline_ms, "last-time", &token);
      INFO(error);
      REQUIRE(source != nullptr);
      CHECK(token == "next-time");
      CHECK(portal.types() == 5);
      CHECK(portal.cursor_mode() == 2);
      CHECK(portal.persist_mode() == 2);
      CHECK(portal.token_was("last-time"));
      unsigned frames = 0;
      CHECK(pump(*source, deadline_ms, [&](const Frame& frame) {
        BeaconCode code;
        CHECK(read_beacon_code(frame.planes[0].data + 1, frame.planes[0].stride, frame.width, frame.height, code, 4));
        return ++frames == 20;
      }));
      CHECK_FALSE(source->failure());
      CHECK(await([&] { return portal.inhibited() == (4u | 8u); }));  // suspend and idle
      source.reset();
      CHECK(await([&] { return portal.sessions_closed() == 1; }));
    }
  }
}

TEST_CASE("a portal before version 4 is not asked to remember; one without an embedded cursor not for that") {
  const PipeWireDaemon daemon;
  const Producer producer{Script{}};
  const SessionBus bus;
  PortalScript script;
  script.node_id = producer.node_id();
  script.pipewire_socket = pipewire_socket();
  script.version = 3;
  script.cursor_modes = 1;
  script.source_types = 1;
  script.has_inhibit = false;
  const FakePortal portal(script);
  std::string error;
  const auto source = open(error, deadline_ms, "last-time");
  REQUIRE(source != nullptr);
  CHECK(portal.types() == 1);
  CHECK(portal.cursor_mode() == 0);
  CHECK(portal.persist_mode() == 0);
  CHECK(portal.token_was(""));
  CHECK(pump(*source, deadline_ms, [](const Frame&) { return true; }));  // also where nothing keeps it awake
}

TEST_CASE("a token that is longer than the contract carries is none") {
  const PipeWireDaemon daemon;
  const Producer producer{Script{}};
  const SessionBus bus;
  PortalScript script;
  script.node_id = producer.node_id();
  script.pipewire_socket = pipewire_socket();
  for (const std::size_t bytes : {1024, 1025}) {
    script.restore_token = std::string(bytes, 'x');
    const FakePortal portal(script);
    std::string error, token;
    const auto source = open(error, deadline_ms, "", &token);
    INFO(error);
    REQUIRE(source != nullptr);
    CHECK(token.size() == (bytes <= 1024 ? bytes : 0));
  }
}

TEST_CASE("the desktop ends the session; the bus dies") {
  const PipeWireDaemon daemon;
  const Producer producer{Script{}};
  SessionBus bus;
  PortalScript script;
  script.node_id = producer.node_id();
  script.pipewire_socket = pipewire_socket();
  FakePortal portal(script);
  std::string error;
  {
    const auto source = open(error);
    REQUIRE(source != nullptr);
    REQUIRE(pump(*source, deadline_ms, [](const Frame&) { return true; }));
    portal.close_session();
    CHECK_FALSE(pump(*source, deadline_ms, [](const Frame&) { return false; }));
    CHECK(source->failure() == problem::portal_closed());
  }
  CHECK(portal.sessions_closed() == 0);  // not closed twice
  const auto source = open(error);
  REQUIRE(source != nullptr);
  bus.kill();
  CHECK_FALSE(pump(*source, deadline_ms, [](const Frame&) { return false; }));
  CHECK(text_of(source->failure()).starts_with("bus_gone("));
}
