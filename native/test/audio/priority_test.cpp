// What a thread gets is what the limits of its user allow.
#include <doctest/doctest.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>

#include "engine/threads/threads.h"
#include "test/input/headless_sway.h"

using namespace punktfunk;
using namespace punktfunk::test;

namespace {

// What an ordinary user's thread is granted under these limits, with no bus to ask rtkit on; -1 when they cannot be
// set.
int granted_under(rlim_t realtime, rlim_t nice) {
  const pid_t pid = fork();
  if (pid == 0) {
    setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus", 1);
    const rlimit realtime_limit{realtime, realtime}, nice_limit{nice, nice};
    if (setrlimit(RLIMIT_RTPRIO, &realtime_limit) != 0 || setrlimit(RLIMIT_NICE, &nice_limit) != 0) { _exit(255); }
    if (geteuid() == 0 && (setgroups(0, nullptr) != 0 || setgid(nobody) != 0 || setuid(nobody) != 0)) { _exit(255); }
    _exit(static_cast<int>(enter_thread(audio_urgency)));
  }
  int status = 0;
  waitpid(pid, &status, 0);
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 255;
  return code == 255 ? -1 : code;
}

// Some containers grant no real time at all (CONFIG_RT_GROUP_SCHED).
bool realtime_exists() {
  const pid_t pid = fork();
  if (pid == 0) {
    const sched_param lowest{.sched_priority = 1};
    _exit(sched_setscheduler(0, SCHED_RR, &lowest) == 0 ? 0 : 1);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  return status == 0;
}

}  // namespace

TEST_CASE("the thread that sends sound is told truly what it was granted") {
  CHECK(granted_under(0, 0) == static_cast<int>(Granted::nothing));
  constexpr rlim_t up_to_minus_11 = 31;  // getrlimit(2): 20 - nice
  const int nice = granted_under(0, up_to_minus_11);
  if (nice < 0) {
    MESSAGE("limits cannot be raised here (that takes CAP_SYS_RESOURCE): the rest is not tried");
    return;
  }
  CHECK(nice == static_cast<int>(Granted::nice));
  CHECK(granted_under(0, 26) == static_cast<int>(Granted::nothing));  // -6 is not what was asked for
  if (realtime_exists()) {
    CHECK(granted_under(20, 0) == static_cast<int>(Granted::realtime));
  } else {
    MESSAGE("no real time on this machine: not tried");
  }
}

TEST_CASE("a thread of sound has short turns where it has no priority, and nobody else's are touched") {
  struct {
    std::uint32_t size, policy;
    std::uint64_t flags;
    std::int32_t nice;
    std::uint32_t priority;
    std::uint64_t runtime_ns, deadline_ns, period_ns;
  } attributes{};
  const auto turn_ns = [&](pid_t thread) {
    REQUIRE(syscall(SYS_sched_getattr, thread, &attributes, sizeof attributes, 0) == 0);
    return attributes.runtime_ns;
  };
  const std::uint64_t usual_ns = turn_ns(0);
  if (usual_ns == 0) {
    MESSAGE("no turns of one's own in this kernel (Linux 6.12): not tried");
    return;
  }
  UserProcess sleeper({"sleep", "1000"}, {"PATH=/usr/bin:/bin"}, "/dev/null");
  std::string name;
  while (name != "sleep") { std::ifstream("/proc/" + std::to_string(sleeper.pid()) + "/comm") >> name; }
  shorten_turns_of(sleeper.pid(), "slee");
  CHECK(turn_ns(sleeper.pid()) == usual_ns);
  shorten_turns_of(sleeper.pid(), "sleep");
  CHECK(turn_ns(sleeper.pid()) == 200'000);
  CHECK(attributes.policy == SCHED_OTHER);
  CHECK(turn_ns(0) == usual_ns);
}
