#include "test/capture/fake_portal.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <stdexcept>

#include "base/clock.h"
#include "base/unique_fd.h"

namespace punktfunk::test {

namespace {

constexpr char portal_path[] = "/org/freedesktop/portal/desktop";
constexpr char session_path[] = "/org/freedesktop/portal/desktop/session/1_1/punktfunk";
constexpr char cast_interface[] = "org.freedesktop.portal.ScreenCast";

void require(int result, const char* what) {
  if (result < 0) { throw std::runtime_error(std::string(what) + ": " + strerror(-result)); }
}

int connect_to(const std::string& path) {
  const int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  return connect(client, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ? client
                                                                                           : (close(client), -1);
}

}  // namespace

SessionBus::SessionBus() {
  char name[] = "/tmp/punktfunk-bus.XXXXXX";
  if (mkdtemp(name) == nullptr) { throw std::runtime_error("no temporary directory"); }
  directory_ = name;
  std::ofstream(directory_ / "bus.conf")
      << "<!DOCTYPE busconfig PUBLIC '-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN'"
         " 'http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd'>\n"
         "<busconfig><type>session</type><listen>unix:path="
      << (directory_ / "bus").string()
      << "</listen><policy context='default'><allow send_destination='*' eavesdrop='true'/>"
         "<allow eavesdrop='true'/><allow own='*'/></policy></busconfig>\n";
  setenv("DBUS_SESSION_BUS_ADDRESS", ("unix:path=" + (directory_ / "bus").string()).c_str(), 1);
  daemon_ = std::make_unique<Child>(
      std::vector<std::string>{"dbus-daemon", "--nofork", "--nopidfile", "--config-file", directory_ / "bus.conf"},
      Child::Errors::hidden);  // it complains of limits it may not raise
  const std::uint64_t deadline_ns = monotonic_ns() + 60'000'000'000;
  for (;;) {
    const UniqueFd connected(connect_to(directory_ / "bus"));
    if (connected) { return; }
    if (monotonic_ns() > deadline_ns) { throw std::runtime_error("the test's session bus does not listen"); }
    poll(nullptr, 0, 5);
  }
}

SessionBus::~SessionBus() {
  daemon_.reset();
  std::filesystem::remove_all(directory_);
}

namespace {

FakePortal& self(void* data) {
  return *static_cast<FakePortal*>(data);
}

int method_handler(sd_bus_message* call, void* data, sd_bus_error*) {
  return self(data).on_method(call);
}
int open_handler(sd_bus_message* call, void* data, sd_bus_error*) {
  return self(data).on_open_remote(call);
}
int inhibit_handler(sd_bus_message* call, void* data, sd_bus_error*) {
  return self(data).on_inhibit(call);
}
int property_handler(sd_bus*, const char*, const char*, const char* name, sd_bus_message* reply, void* data,
                     sd_bus_error*) {
  return sd_bus_message_append(reply, "u", self(data).property(name));
}
int filter(sd_bus_message* message, void* data, sd_bus_error*) {
  const char* const member = sd_bus_message_get_member(message);
  if (sd_bus_message_is_method_call(message, nullptr, nullptr) > 0 && member != nullptr &&
      strcmp(member, "Close") == 0) {
    return self(data).on_close(message);
  }
  return 0;
}

const sd_bus_vtable cast_vtable[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD("CreateSession", "a{sv}", "o", method_handler, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("SelectSources", "oa{sv}", "o", method_handler, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("Start", "osa{sv}", "o", method_handler, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("OpenPipeWireRemote", "oa{sv}", "h", open_handler, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_PROPERTY("version", "u", property_handler, 0, 0),
    SD_BUS_PROPERTY("AvailableSourceTypes", "u", property_handler, 0, 0),
    SD_BUS_PROPERTY("AvailableCursorModes", "u", property_handler, 0, 0),
    SD_BUS_VTABLE_END,
};
const sd_bus_vtable inhibit_vtable[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD("Inhibit", "sua{sv}", "o", inhibit_handler, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_VTABLE_END,
};
const sd_bus_vtable other_vtable[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_PROPERTY("version", "u", property_handler, 0, 0),
    SD_BUS_VTABLE_END,
};

}  // namespace

FakePortal::FakePortal(const PortalScript& script) : script_(script), wake_fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  require(sd_bus_open_user(&bus_), "the fake portal has no bus");
  require(sd_bus_add_filter(bus_, nullptr, filter, this), "filter");
  require(sd_bus_add_object_vtable(bus_, nullptr, portal_path,
                                   script_.has_screencast ? cast_interface : "org.freedesktop.portal.FileChooser",
                                   script_.has_screencast ? cast_vtable : other_vtable, this),
          "vtable");
  if (script_.has_inhibit) {
    require(
        sd_bus_add_object_vtable(bus_, nullptr, portal_path, "org.freedesktop.portal.Inhibit", inhibit_vtable, this),
        "vtable");
  }
  require(sd_bus_request_name(bus_, "org.freedesktop.portal.Desktop", 0), "the portal's name");
  thread_ = std::thread([this] { serve(); });
}

FakePortal::~FakePortal() {
  stop_ = true;
  wake();
  thread_.join();
  sd_bus_flush_close_unref(bus_);
  close(wake_fd_);
}

void FakePortal::wake() {
  const std::uint64_t one = 1;
  if (write(wake_fd_, &one, sizeof one) != sizeof one) { throw std::runtime_error("eventfd"); }
}

void FakePortal::serve() {
  while (!stop_) {
    if (close_requested_.exchange(false)) {
      sd_bus_emit_signal(bus_, session_path_.c_str(), "org.freedesktop.portal.Session", "Closed", "a{sv}", 0);
    }
    const int handled = sd_bus_process(bus_, nullptr);
    if (handled < 0) {
      return;  // the bus is gone
    }
    if (handled > 0) { continue; }
    pollfd ready[] = {{sd_bus_get_fd(bus_), static_cast<short>(sd_bus_get_events(bus_)), 0}, {wake_fd_, POLLIN, 0}};
    poll(ready, 2, -1);
    std::uint64_t count = 0;
    if (read(wake_fd_, &count, sizeof count) < 0 && errno != EAGAIN) { return; }
  }
}

unsigned FakePortal::property(const std::string& name) const {
  return name == "version"                ? script_.version
         : name == "AvailableSourceTypes" ? script_.source_types
                                          : script_.cursor_modes;
}

int FakePortal::on_method(sd_bus_message* call) {
  const std::string method = sd_bus_message_get_member(call);
  if (method == script_.silent_call) { return 1; }
  if (method != "CreateSession" && sd_bus_message_skip(call, "o") < 0) { return -EINVAL; }
  if (method == "Start" && sd_bus_message_skip(call, "s") < 0) { return -EINVAL; }
  std::string token;
  sd_bus_message_enter_container(call, 'a', "{sv}");
  while (sd_bus_message_enter_container(call, 'e', "sv") > 0) {
    const char* key = nullptr;
    const char* text = nullptr;
    unsigned number = 0;
    sd_bus_message_read(call, "s", &key);
    const std::string name = key;
    if (name == "types" || name == "cursor_mode" || name == "persist_mode") {
      if (sd_bus_message_read(call, "v", "u", &number) < 0) { return -EINVAL; }
      (name == "types" ? types_ : name == "cursor_mode" ? cursor_mode_ : persist_mode_) = number;
    } else if (name == "handle_token" || name == "restore_token") {
      if (sd_bus_message_read(call, "v", "s", &text) < 0) { return -EINVAL; }
      const std::lock_guard lock(mutex_);
      (name == "handle_token" ? token : restore_token_) = text;
    } else if (sd_bus_message_skip(call, "v") < 0) {
      return -EINVAL;
    }
    sd_bus_message_exit_container(call);
  }
  std::string sender = sd_bus_message_get_sender(call) + 1;
  std::replace(sender.begin(), sender.end(), '.', '_');
  const std::string path =
      std::string(portal_path) + "/request/" + sender + "/" + (script_.old_paths ? "t4711" : token);
  if (script_.answers_early) { respond(path, method); }
  const int result = sd_bus_reply_method_return(call, "o", path.c_str());
  if (!script_.answers_early) { respond(path, method); }
  return result;
}

int FakePortal::on_inhibit(sd_bus_message* call) {
  const char* window = nullptr;
  unsigned flags = 0;
  if (sd_bus_message_read(call, "su", &window, &flags) < 0) { return -EINVAL; }
  inhibited_ = flags;
  return sd_bus_reply_method_return(call, "o", "/org/freedesktop/portal/desktop/request/1_1/inhibit");
}

int FakePortal::respond(const std::string& path, const std::string& method) {
  if (method == script_.silent_request) { return 0; }
  const auto chosen = script_.responses.find(method);
  const unsigned response = chosen == script_.responses.end() ? 0 : chosen->second;
  const auto emit = [&](const char* types, auto... values) {
    return sd_bus_emit_signal(bus_, path.c_str(), "org.freedesktop.portal.Request", "Response", types, response,
                              values...);
  };
  if (method == script_.malformed) {
    return method == "Start" ? emit("ua{sv}", 1, "streams", "as", 2, "not", "streams")
                             : emit("ua{sv}", 1, "session_handle", "u", 7u);
  }
  if (method == "CreateSession" && script_.session_handle) {
    session_path_ = session_path;
    return emit("ua{sv}", 1, "session_handle", "s", session_path);
  }
  if (method == "Start" && script_.streams) {
    return emit("ua{sv}", 2, "streams", "a(ua{sv})", 1, script_.node_id, 1, "source_type", "u", 1u, "restore_token",
                "s", script_.restore_token.c_str());
  }
  return emit("ua{sv}", 0);
}

int FakePortal::on_open_remote(sd_bus_message* call) {
  const UniqueFd remote(script_.pipewire_socket.empty() ? -1 : connect_to(script_.pipewire_socket));
  if (!remote) { return sd_bus_reply_method_errorf(call, "org.freedesktop.portal.Error.Failed", "no PipeWire"); }
  return sd_bus_reply_method_return(call, "h", remote.get());
}

int FakePortal::on_close(sd_bus_message* call) {
  const std::string path = sd_bus_message_get_path(call);
  ++(path == session_path_ ? sessions_closed_ : requests_closed_);
  return 1;
}

}  // namespace punktfunk::test
