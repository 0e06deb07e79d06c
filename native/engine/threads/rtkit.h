// RealtimeKit: the system service that raises threads of ordinary users (org.freedesktop.RealtimeKit1).
#pragma once

#include <sys/types.h>

namespace punktfunk {

// Asks for SCHED_RR at this priority, or for a nice value; whether it was granted is to be read from the thread.
void ask_rtkit_for_realtime(pid_t thread, unsigned priority, unsigned timeout_ms);
void ask_rtkit_for_nice(pid_t thread, int nice, unsigned timeout_ms);

}  // namespace punktfunk
