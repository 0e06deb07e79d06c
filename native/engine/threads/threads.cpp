#include "engine/threads/threads.h"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "engine/threads/rtkit.h"

namespace punktfunk {
namespace {

// A small file of /proc, or an empty string when the thread is gone.
std::string read_file(const std::string& path) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  char text[256];
  const ssize_t n = fd ? read(fd.get(), text, sizeof text) : 0;
  return {text, static_cast<std::size_t>(n > 0 ? n : 0)};
}

Granted granted(pid_t thread, const Urgency& urgency) {
  const int policy = sched_getscheduler(thread) & ~SCHED_RESET_ON_FORK;
  if (policy == SCHED_RR || policy == SCHED_FIFO) { return Granted::realtime; }
  const bool raised = urgency.nice < 0 && getpriority(PRIO_PROCESS, static_cast<id_t>(thread)) <= urgency.nice;
  return raised ? Granted::nice : Granted::nothing;
}

}  // namespace

const char* granted_text(Granted g) noexcept {
  return g == Granted::realtime ? "realtime" : g == Granted::nice ? "nice" : "nothing";
}

Granted raise_thread(pid_t thread, Urgency urgency) {
  const sched_param wanted{.sched_priority = urgency.realtime};
  if (urgency.realtime > 0 && sched_setscheduler(thread, SCHED_RR | SCHED_RESET_ON_FORK, &wanted) != 0) {
    ask_rtkit_for_realtime(thread, static_cast<unsigned>(urgency.realtime), rtkit_timeout_ms);
  }
  if (urgency.nice < 0 && granted(thread, urgency) == Granted::nothing &&
      setpriority(PRIO_PROCESS, static_cast<id_t>(thread), urgency.nice) != 0) {
    ask_rtkit_for_nice(thread, urgency.nice, rtkit_timeout_ms);
  }
  return granted(thread, urgency);
}

Granted enter_thread(Urgency urgency) {
  prctl(PR_SET_TIMERSLACK, 1000UL, 0UL, 0UL, 0UL);  // ns: pacing sleeps shorter than the usual slack of 50 us
  return raise_thread(gettid(), urgency);
}

CpuTimes cpu_times() {
  CpuTimes times;
  times.process_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
  const std::unique_ptr<DIR, int (*)(DIR*)> tasks(opendir("/proc/self/task"), closedir);
  if (!tasks) { return times; }
  while (const dirent* entry = readdir(tasks.get())) {
    const std::string path = std::string("/proc/self/task/") + entry->d_name;
    const std::string name = read_file(path + "/comm");
    std::uint64_t* sum = name.starts_with(video_thread_name)     ? &times.video_ns
                         : name.starts_with(send_thread_name)    ? &times.send_ns
                         : name.starts_with(control_thread_name) ? &times.control_ns
                         : name.starts_with(audio_thread_name)   ? &times.audio_ns
                                                                 : nullptr;
    if (sum != nullptr) { *sum += std::strtoull(read_file(path + "/schedstat").c_str(), nullptr, 10); }
  }
  return times;
}

}  // namespace punktfunk
