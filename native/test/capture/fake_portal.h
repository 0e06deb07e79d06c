// A session bus of the test's own, and a desktop portal on it that answers as the test wants.
#pragma once

#include <systemd/sd-bus.h>

#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "test/capture/child.h"

namespace punktfunk::test {

// Sets DBUS_SESSION_BUS_ADDRESS for this process. Starts no services.
class SessionBus {
 public:
  SessionBus();
  ~SessionBus();
  void kill() { daemon_.reset(); }

 private:
  std::filesystem::path directory_;
  std::unique_ptr<Child> daemon_;
};

struct PortalScript {
  bool has_screencast = true, has_inhibit = true;
  unsigned version = 5, source_types = 5, cursor_modes = 3;
  std::map<std::string, unsigned> responses;  // by method; 0 when not named
  std::string silent_call;                    // the method that gets no reply
  std::string silent_request;                 // the method whose request gets no Response
  std::string malformed;                      // the method whose results have the wrong types
  bool streams = true, session_handle = true, old_paths = false;
  bool answers_early = false;  // the Response overtakes the reply to the call
  std::string restore_token = "next-time";
  unsigned node_id = 0;
  std::string pipewire_socket;  // connected to for OpenPipeWireRemote; empty: refused
};

class FakePortal {
 public:
  explicit FakePortal(const PortalScript& script);
  ~FakePortal();

  void close_session() { close_requested_ = true, wake(); }
  // What the client asked for; read after the calls have been answered.
  [[nodiscard]] unsigned types() const { return types_; }
  [[nodiscard]] unsigned cursor_mode() const { return cursor_mode_; }
  [[nodiscard]] unsigned persist_mode() const { return persist_mode_; }
  [[nodiscard]] unsigned inhibited() const { return inhibited_; }
  [[nodiscard]] unsigned sessions_closed() const { return sessions_closed_; }
  [[nodiscard]] unsigned requests_closed() const { return requests_closed_; }
  [[nodiscard]] bool token_was(const std::string& token) const {
    const std::lock_guard lock(mutex_);
    return restore_token_ == token;
  }

  int on_method(sd_bus_message* call);
  int on_open_remote(sd_bus_message* call);
  int on_inhibit(sd_bus_message* call);
  int on_close(sd_bus_message* call);
  unsigned property(const std::string& name) const;

 private:
  void serve();
  void wake();
  int respond(const std::string& path, const std::string& method);

  const PortalScript script_;
  sd_bus* bus_ = nullptr;
  int wake_fd_ = -1;
  std::atomic<bool> stop_ = false, close_requested_ = false;
  std::atomic<unsigned> types_ = 0, cursor_mode_ = 0, persist_mode_ = 0, sessions_closed_ = 0, requests_closed_ = 0;
  std::atomic<unsigned> inhibited_ = 0;
  mutable std::mutex mutex_;
  std::string restore_token_;  // under the mutex
  std::string session_path_;
  std::thread thread_;
};

}  // namespace punktfunk::test
