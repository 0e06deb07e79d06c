#include "mutter_cast.h"

#include <cstring>
#include <stdexcept>

#include "base/clock.h"

namespace punktfunk::test {

namespace {

constexpr char service[] = "org.gnome.Mutter.ScreenCast";
constexpr char cast_path[] = "/org/gnome/Mutter/ScreenCast";
constexpr char session_interface[] = "org.gnome.Mutter.ScreenCast.Session";
constexpr char stream_interface[] = "org.gnome.Mutter.ScreenCast.Stream";
constexpr std::uint64_t timeout_us = 60'000'000;
constexpr std::uint32_t cursor_hidden = 0;

struct MessageCloser {
  void operator()(sd_bus_message* message) const { sd_bus_message_unref(message); }
};
using Message = std::unique_ptr<sd_bus_message, MessageCloser>;

struct BusError {
  sd_bus_error error = SD_BUS_ERROR_NULL;
  ~BusError() { sd_bus_error_free(&error); }
};

[[noreturn]] void refuse(const char* what, int result, const BusError& error) {
  throw std::runtime_error(std::string("Mutter does not do ") + what + ": " +
                           (error.error.message != nullptr ? error.error.message : std::strerror(-result)));
}

std::string path_in(const Message& reply) {
  const char* path = "";
  sd_bus_message_read(reply.get(), "o", &path);
  return path;
}

int on_node(sd_bus_message* message, void* node_id, sd_bus_error*) {
  return sd_bus_message_read(message, "u", static_cast<std::uint32_t*>(node_id));
}

}  // namespace

MutterCast::MutterCast(const char* method, const std::string& connector) {
  sd_bus* bus = nullptr;
  if (const int result = sd_bus_open_user(&bus); result < 0) { refuse("a session bus", result, {}); }
  bus_.reset(bus);
  sd_bus_set_method_call_timeout(bus, timeout_us);
  const auto call = [&](const std::string& path, const char* interface, const char* name, const char* types,
                        auto... values) {
    BusError error;
    sd_bus_message* reply = nullptr;
    const int result =
        sd_bus_call_method(bus, service, path.c_str(), interface, name, &error.error, &reply, types, values...);
    if (result < 0) { refuse(name, result, error); }
    return Message(reply);
  };
  session_path_ = path_in(call(cast_path, service, "CreateSession", "a{sv}", 0));
  const std::string stream = path_in(
      connector.empty() ? call(session_path_, session_interface, method, "a{sv}", 1, "cursor-mode", "u", cursor_hidden)
                        : call(session_path_, session_interface, method, "sa{sv}", connector.c_str(), 1, "cursor-mode",
                               "u", cursor_hidden));
  // Told between the start and its answer, or after it.
  const int watched = sd_bus_match_signal(bus, nullptr, service, stream.c_str(), stream_interface,
                                          "PipeWireStreamAdded", on_node, &node_id_);
  if (watched < 0) { refuse("a stream", watched, {}); }
  call(session_path_, session_interface, "Start", "");
  const std::uint64_t give_up_ns = monotonic_ns() + timeout_us * 1000;
  while (node_id_ == 0 && monotonic_ns() < give_up_ns) {
    int result = sd_bus_process(bus, nullptr);
    if (result == 0) { result = sd_bus_wait(bus, 1'000'000); }
    if (result < 0) { refuse("a stream", result, {}); }
  }
  if (node_id_ == 0) { refuse("a stream", -ETIMEDOUT, {}); }
}

void MutterCast::stop() {
  BusError error;
  const int result = sd_bus_call_method(bus_.get(), service, session_path_.c_str(), session_interface, "Stop",
                                        &error.error, nullptr, "");
  if (result < 0) { refuse("Stop", result, error); }
}

}  // namespace punktfunk::test
