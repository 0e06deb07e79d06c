// Names, priorities and CPU clocks of threads.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string_view>

namespace punktfunk {

// What a thread asks for. realtime: a priority of SCHED_RR, 0 = not asked for; where that is not granted, nice is, and
// short turns, which nobody needs a permission for.
struct Urgency {
  int nice = 0, realtime = 0;
  bool short_turns = false;
};
// What the kernel says that a thread has, read back and not believed.
enum class Granted : std::uint8_t { nothing, nice, realtime };
const char* granted_text(Granted) noexcept;

// For a thread of this process: asks the kernel (limits RLIMIT_RTPRIO and RLIMIT_NICE), then rtkit on the system bus,
// which grants it to sessions without limits of their own. May wait for the bus, not longer than rtkit_timeout_ms.
Granted raise_thread(pid_t thread, Urgency urgency);
inline constexpr unsigned rtkit_timeout_ms = 300;

// A thread that does little each time it is woken says so, and then comes to its turn before those that do much (Linux
// 6.12; before it nothing happens). Real-time threads wait for nobody and stay as they are.
void shorten_turns(pid_t thread);
// All threads of another process of this user, if it runs this program.
void shorten_turns_of(pid_t process, std::string_view program);

// The first thing a worker of the engine does (base/worker.h): raise_thread, and timers that are exact.
Granted enter_thread(Urgency urgency);

// CPU time of the whole process, and of its threads by their names: a name counts for all threads that begin with it.
struct CpuTimes {
  std::uint64_t video_ns = 0, send_ns = 0, control_ns = 0, audio_ns = 0, process_ns = 0;
};
CpuTimes cpu_times();

// Threads that one makes inherit its name.
inline constexpr char video_thread_name[] = "pf-video", send_thread_name[] = "pf-send",
                      control_thread_name[] = "pf-control", supervisor_thread_name[] = "pf-engine",
                      audio_thread_name[] = "pf-audio", audio_graph_thread_name[] = "pf-audio-graph";

// Sound before pictures: a packet of it takes a tenth of a millisecond each five, and a gap is heard. Both lie within
// what rtkit grants (priority 20, nice -15).
inline constexpr Urgency audio_urgency = {.nice = -11, .realtime = 15, .short_turns = true},
                         send_urgency = {.nice = -10}, video_urgency = {.nice = -5};

}  // namespace punktfunk
