#include "engine/capture/portal_session.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/clock.h"

namespace punktfunk {

namespace {

constexpr char portal_name[] = "org.freedesktop.portal.Desktop";
constexpr char portal_path[] = "/org/freedesktop/portal/desktop";
constexpr char cast_interface[] = "org.freedesktop.portal.ScreenCast";
constexpr char request_interface[] = "org.freedesktop.portal.Request";
constexpr char inhibit_interface[] = "org.freedesktop.portal.Inhibit";
constexpr char session_interface[] = "org.freedesktop.portal.Session";

// org.freedesktop.portal.ScreenCast: AvailableSourceTypes, AvailableCursorModes, persist_mode.
constexpr std::uint32_t source_monitor = 1, source_virtual = 4;
constexpr std::uint32_t cursor_embedded = 2;
constexpr std::uint32_t persist_until_revoked = 2, version_with_persistence = 4;
// org.freedesktop.portal.Inhibit: flags.
constexpr std::uint32_t inhibit_suspend = 4, inhibit_idle = 8;
// Of a token as a message carries it (src/contract/messages.ts); a person is asked again where there is none.
constexpr std::size_t max_token_bytes = 1024;
constexpr std::uint32_t response_granted = 0, response_cancelled = 1;

struct MessageCloser {
  void operator()(sd_bus_message* message) const { sd_bus_message_unref(message); }
};
using Message = std::unique_ptr<sd_bus_message, MessageCloser>;

struct BusError {
  sd_bus_error error = SD_BUS_ERROR_NULL;
  ~BusError() { sd_bus_error_free(&error); }
  [[nodiscard]] std::string text(int result) const {
    return error.message != nullptr ? error.message : strerror(-result);
  }
};

std::uint64_t remaining_us(std::uint64_t deadline_ns) {
  const std::uint64_t now_ns = monotonic_ns();
  return now_ns >= deadline_ns ? 1 : (deadline_ns - now_ns) / 1000 + 1;
}

// Calls read(value, key) for each entry of an a{sv}; read consumes the variant, or returns 0 to have it skipped.
int read_dictionary(sd_bus_message* message, const std::function<int(sd_bus_message*, const char*)>& read) {
  int result = sd_bus_message_enter_container(message, 'a', "{sv}");
  if (result < 0) { return result; }
  while ((result = sd_bus_message_enter_container(message, 'e', "sv")) > 0) {
    const char* key = nullptr;
    if ((result = sd_bus_message_read(message, "s", &key)) < 0) { return result; }
    if ((result = read(message, key)) < 0) { return result; }
    if (result == 0 && (result = sd_bus_message_skip(message, "v")) < 0) { return result; }
    if ((result = sd_bus_message_exit_container(message)) < 0) { return result; }
  }
  return result < 0 ? result : sd_bus_message_exit_container(message);
}

int read_string(sd_bus_message* value, std::string& out) {
  const char* text = nullptr;
  const int result = sd_bus_message_read(value, "v", "s", &text);
  if (result > 0) { out = text; }
  return result;
}

// streams, a(ua{sv}): the first one's node.
int read_first_stream(sd_bus_message* value, std::uint32_t& node_id, bool& found) {
  int result = sd_bus_message_enter_container(value, 'v', "a(ua{sv})");
  if (result < 0) { return result; }
  if ((result = sd_bus_message_enter_container(value, 'a', "(ua{sv})")) < 0) { return result; }
  while ((result = sd_bus_message_enter_container(value, 'r', "ua{sv}")) > 0) {
    std::uint32_t node = 0;
    if ((result = sd_bus_message_read(value, "u", &node)) < 0) { return result; }
    if ((result = sd_bus_message_skip(value, "a{sv}")) < 0) { return result; }
    if ((result = sd_bus_message_exit_container(value)) < 0) { return result; }
    if (!found) { node_id = node; }
    found = true;
  }
  if (result < 0 || (result = sd_bus_message_exit_container(value)) < 0) { return result; }
  result = sd_bus_message_exit_container(value);
  return result < 0 ? result : 1;
}

}  // namespace

Result<std::unique_ptr<PortalSession>, Failure> PortalSession::open(const std::string& restore_token,
                                                                    std::uint64_t deadline_ns) {
  auto session = std::make_unique<PortalSession>(Private{});
  PortalSession& s = *session;
  const Append nothing = [](sd_bus_message*) { return 0; };
  const Append session_path = [&](sd_bus_message* call) {
    return sd_bus_message_append(call, "o", s.session_path_.c_str());
  };

  const bool created = s.connect(deadline_ns) && s.read_capabilities(deadline_ns) &&
                       s.request(
                           "CreateSession", deadline_ns, nothing,
                           [](sd_bus_message* call) {
                             return sd_bus_message_append(call, "{sv}", "session_handle_token", "s", "punktfunk");
                           },
                           [&](sd_bus_message* value, const char* key) {
                             return strcmp(key, "session_handle") == 0 ? read_string(value, s.session_path_) : 0;
                           });
  if (created && sd_bus_object_path_is_valid(s.session_path_.c_str()) <= 0) {
    s.session_path_.clear();
    s.fail(problem::portal_unreadable("CreateSession"));
  }
  const auto select = [&] {
    return s.request(
        "SelectSources", deadline_ns, session_path,
        [&](sd_bus_message* call) {
          int result = sd_bus_message_append(call, "{sv}{sv}", "types", "u", s.source_types_, "multiple", "b", 0);
          if (result >= 0 && s.cursor_modes_ != 0) {
            result = sd_bus_message_append(call, "{sv}", "cursor_mode", "u", s.cursor_modes_);
          }
          if (result < 0 || s.version_ < version_with_persistence) { return result; }
          result = sd_bus_message_append(call, "{sv}", "persist_mode", "u", persist_until_revoked);
          if (result < 0 || restore_token.empty()) { return result; }
          return sd_bus_message_append(call, "{sv}", "restore_token", "s", restore_token.c_str());
        },
        [](sd_bus_message*, const char*) { return 0; });
  };
  bool any_stream = false;
  const auto start = [&] {
    return s.request(
        "Start", deadline_ns,
        [&](sd_bus_message* call) { return sd_bus_message_append(call, "os", s.session_path_.c_str(), ""); }, nothing,
        [&](sd_bus_message* value, const char* key) {
          if (strcmp(key, "streams") == 0) { return read_first_stream(value, s.node_id_, any_stream); }
          return strcmp(key, "restore_token") == 0 ? read_string(value, s.restore_token_) : 0;
        });
  };
  if (!s.failure_ && s.watch_closed() && select() && start()) {
    if (s.restore_token_.size() > max_token_bytes) { s.restore_token_.clear(); }
    if (!any_stream) {
      s.fail(problem::portal_without_picture());
    } else if (s.open_remote(deadline_ns)) {
      s.stay_awake();
      return session;
    }
  }
  return *s.failure_;
}

PortalSession::~PortalSession() {
  if (bus_ != nullptr && !session_path_.empty()) {
    sd_bus_call_method_async(bus_.get(), nullptr, portal_name, session_path_.c_str(), session_interface, "Close",
                             nullptr, nullptr, "");
  }
}

bool PortalSession::fail(Failure failure) {
  if (!failure_) { failure_ = std::move(failure); }
  return false;
}

bool PortalSession::connect(std::uint64_t deadline_ns) {
  sd_bus* bus = nullptr;
  const char* unique_name = nullptr;
  int result = sd_bus_open_user(&bus);
  bus_.reset(bus);
  if (result >= 0) {
    sd_bus_set_method_call_timeout(bus, remaining_us(deadline_ns));
    result = sd_bus_get_unique_name(bus, &unique_name);
  }
  if (result < 0) { return fail(problem::bus_unreachable(strerror(-result))); }
  // org.freedesktop.portal.Request: the object's path is known before the call, so that no answer is missed.
  std::string sender = unique_name + 1;
  std::replace(sender.begin(), sender.end(), '.', '_');
  request_prefix_ = std::string(portal_path) + "/request/" + sender + "/";
  sd_bus_slot* slot = nullptr;
  result = sd_bus_match_signal(bus, &slot, portal_name, nullptr, request_interface, "Response", on_response, this);
  response_slot_.reset(slot);
  return result >= 0 || fail(problem::bus_unreachable(strerror(-result)));
}

bool PortalSession::read_capabilities(std::uint64_t deadline_ns) {
  const auto read = [&](const char* property, std::uint32_t& value, BusError& error) {
    sd_bus_set_method_call_timeout(bus_.get(), remaining_us(deadline_ns));
    return sd_bus_get_property_trivial(bus_.get(), portal_name, portal_path, cast_interface, property, &error.error,
                                       'u', &value);
  };
  BusError error, ignored;
  const int result = read("version", version_, error);
  if (result < 0) {
    if (sd_bus_error_has_name(&error.error, SD_BUS_ERROR_SERVICE_UNKNOWN) > 0 ||
        sd_bus_error_has_name(&error.error, SD_BUS_ERROR_NAME_HAS_NO_OWNER) > 0) {
      return fail(problem::portal_missing());
    }
    if (result == -ETIMEDOUT) { return fail(problem::portal_silent("version")); }
    return fail(problem::portal_without_cast(error.text(result)));
  }
  std::uint32_t types = 0, modes = 0;
  if (read("AvailableSourceTypes", types, ignored) < 0) { types = source_monitor; }
  if (read("AvailableCursorModes", modes, ignored) < 0) { modes = 0; }
  source_types_ = types & (source_monitor | source_virtual);
  if (source_types_ == 0) { source_types_ = source_monitor; }
  cursor_modes_ = modes & cursor_embedded;
  return true;
}

// One of the portal's requests: a call, then a Response signal on the request's object.
bool PortalSession::request(const char* method, std::uint64_t deadline_ns, const Append& arguments,
                            const Append& options, const Read& result_reader) {
  const std::string token = "punktfunk" + std::to_string(++requests_);
  request_path_ = request_prefix_ + token;
  answered_ = false;
  parse_result_ = 0;
  read_result_ = result_reader;

  sd_bus_message* raw = nullptr;
  int result = sd_bus_message_new_method_call(bus_.get(), &raw, portal_name, portal_path, cast_interface, method);
  const Message call(raw);
  if (result >= 0) { result = arguments(raw); }
  if (result >= 0) { result = sd_bus_message_open_container(raw, 'a', "{sv}"); }
  if (result >= 0) { result = sd_bus_message_append(raw, "{sv}", "handle_token", "s", token.c_str()); }
  if (result >= 0) { result = options(raw); }
  if (result >= 0) { result = sd_bus_message_close_container(raw); }

  BusError error;
  sd_bus_message* raw_reply = nullptr;
  if (result >= 0) { result = sd_bus_call(bus_.get(), raw, remaining_us(deadline_ns), &error.error, &raw_reply); }
  const Message reply(raw_reply);
  const char* path = nullptr;
  if (result >= 0) { result = sd_bus_message_read(raw_reply, "o", &path); }
  if (result == -ETIMEDOUT) { return fail(problem::portal_silent(method)); }
  if (result < 0) { return fail(problem::portal_refused(method, error.text(result))); }
  request_path_ = path;  // portals older than 0.9 choose it themselves

  while (!answered_ && !failure_) {
    result = sd_bus_process(bus_.get(), nullptr);
    if (result > 0) { continue; }
    if (result == 0 && monotonic_ns() < deadline_ns) { result = sd_bus_wait(bus_.get(), remaining_us(deadline_ns)); }
    if (result < 0 && result != -EINTR) { return fail(problem::bus_gone(strerror(-result))); }
    if (monotonic_ns() >= deadline_ns && !answered_) {
      sd_bus_call_method_async(bus_.get(), nullptr, portal_name, request_path_.c_str(), request_interface, "Close",
                               nullptr, nullptr, "");
      return fail(problem::portal_unanswered(method));
    }
  }
  if (failure_) { return false; }
  if (response_ == response_cancelled) { return fail(problem::portal_denied()); }
  if (response_ != response_granted) { return fail(problem::portal_failed(method, response_)); }
  if (parse_result_ < 0) { return fail(problem::portal_unreadable(method)); }
  return true;
}

int PortalSession::on_response(sd_bus_message* message, void* data, sd_bus_error*) {
  auto& self = *static_cast<PortalSession*>(data);
  if (self.answered_ || self.request_path_ != sd_bus_message_get_path(message)) { return 0; }
  self.answered_ = true;
  int result = sd_bus_message_read(message, "u", &self.response_);
  if (result >= 0 && self.response_ == response_granted) { result = read_dictionary(message, self.read_result_); }
  self.parse_result_ = result;
  return 0;
}

bool PortalSession::watch_closed() {
  sd_bus_slot* slot = nullptr;
  const int result = sd_bus_match_signal(bus_.get(), &slot, portal_name, session_path_.c_str(), session_interface,
                                         "Closed", on_closed, this);
  closed_slot_.reset(slot);
  return result >= 0 || fail(problem::bus_unreachable(strerror(-result)));
}

int PortalSession::on_closed(sd_bus_message*, void* data, sd_bus_error*) {
  auto& self = *static_cast<PortalSession*>(data);
  self.session_path_.clear();
  self.fail(problem::portal_closed());
  return 0;
}

bool PortalSession::open_remote(std::uint64_t deadline_ns) {
  BusError error;
  sd_bus_message* raw = nullptr;
  sd_bus_set_method_call_timeout(bus_.get(), remaining_us(deadline_ns));
  int result = sd_bus_call_method(bus_.get(), portal_name, portal_path, cast_interface, "OpenPipeWireRemote",
                                  &error.error, &raw, "oa{sv}", session_path_.c_str(), 0);
  const Message reply(raw);
  int fd = -1;
  if (result >= 0) {
    result = sd_bus_message_read(raw, "h", &fd);  // the message owns it
  }
  if (result >= 0) { remote_fd_ = UniqueFd(fcntl(fd, F_DUPFD_CLOEXEC, 3)); }
  if (remote_fd_) { return true; }
  return fail(problem::portal_without_pipewire(error.text(result)));
}

void PortalSession::stay_awake() {
  sd_bus_call_method_async(bus_.get(), nullptr, portal_name, portal_path, inhibit_interface, "Inhibit", nullptr,
                           nullptr, "sua{sv}", "", inhibit_idle | inhibit_suspend, 1, "reason", "s",
                           "A client watches this desktop");
}

bool PortalSession::dispatch() {
  int result = 0;
  while (!failure_ && (result = sd_bus_process(bus_.get(), nullptr)) > 0) {}
  if (result < 0) { fail(problem::bus_gone(strerror(-result))); }
  return !failure_;
}

}  // namespace punktfunk
