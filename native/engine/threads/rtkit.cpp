#include "engine/threads/rtkit.h"

#include <sys/resource.h>
#include <systemd/sd-bus.h>

#include <algorithm>
#include <cstdint>
#include <memory>

namespace punktfunk {
namespace {

// The longest that rtkit lets a real-time thread run without a pause (its RTTimeUSecMax, by default 200 ms): it refuses
// processes without such a limit.
constexpr rlim_t max_run_us = 200'000;

struct BusCloser {
  void operator()(sd_bus* bus) const { sd_bus_flush_close_unref(bus); }
};

template <typename... Arguments>
void ask(const char* method, const char* types, unsigned timeout_ms, Arguments... arguments) {
  sd_bus* opened = nullptr;
  if (sd_bus_open_system(&opened) < 0) { return; }
  const std::unique_ptr<sd_bus, BusCloser> bus(opened);
  sd_bus_set_method_call_timeout(bus.get(), std::uint64_t{timeout_ms} * 1000);
  sd_bus_error error = SD_BUS_ERROR_NULL;
  sd_bus_call_method(bus.get(), "org.freedesktop.RealtimeKit1", "/org/freedesktop/RealtimeKit1",
                     "org.freedesktop.RealtimeKit1", method, &error, nullptr, types, arguments...);
  sd_bus_error_free(&error);
}

}  // namespace

void ask_rtkit_for_realtime(pid_t thread, unsigned priority, unsigned timeout_ms) {
  rlimit limit{};
  if (getrlimit(RLIMIT_RTTIME, &limit) != 0) { return; }
  limit.rlim_max = std::min(limit.rlim_max, max_run_us);
  limit.rlim_cur = std::min(limit.rlim_cur, limit.rlim_max);
  if (setrlimit(RLIMIT_RTTIME, &limit) != 0) { return; }
  ask("MakeThreadRealtime", "tu", timeout_ms, static_cast<std::uint64_t>(thread), priority);
}

void ask_rtkit_for_nice(pid_t thread, int nice, unsigned timeout_ms) {
  ask("MakeThreadHighPriority", "ti", timeout_ms, static_cast<std::uint64_t>(thread), nice);
}

}  // namespace punktfunk
