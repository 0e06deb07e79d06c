#include "engine/threads/threads.h"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
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

constexpr std::uint64_t short_turn_ns = 200'000;  // a packet of sound takes half of it

// sched_setattr(2), for which the C library has no name before glibc 2.41.
struct SchedulingAttributes {
  std::uint32_t size = sizeof(SchedulingAttributes), policy = 0;
  std::uint64_t flags = 0;
  std::int32_t nice = 0;
  std::uint32_t priority = 0;
  std::uint64_t runtime_ns = 0, deadline_ns = 0, period_ns = 0;
};

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
  if (urgency.short_turns) { shorten_turns(thread); }
  return granted(thread, urgency);
}

void shorten_turns(pid_t thread) {
  SchedulingAttributes attributes;
  if (syscall(SYS_sched_getattr, thread, &attributes, sizeof attributes, 0) != 0) { return; }
  if (attributes.policy != SCHED_OTHER) { return; }
  attributes.runtime_ns = short_turn_ns;
  syscall(SYS_sched_setattr, thread, &attributes, 0);
}

void shorten_turns_of(pid_t process, std::string_view program) {
  const std::string path = "/proc/" + std::to_string(process);
  if (read_file(path + "/comm") != std::string(program) + "\n") { return; }
  const std::unique_ptr<DIR, int (*)(DIR*)> tasks(opendir((path + "/task").c_str()), closedir);
  if (!tasks) { return; }
  while (const dirent* entry = readdir(tasks.get())) {
    if (const int thread = std::atoi(entry->d_name); thread > 0) { shorten_turns(thread); }
  }
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
