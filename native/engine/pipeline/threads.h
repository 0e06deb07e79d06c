// Names, priorities and CPU clocks of threads.
#pragma once

#include <cstdint>

namespace punktfunk {

// For the calling thread. name: at most 15 characters; threads that it makes inherit it. nice: asked for, not insisted
// on.
void enter_thread(const char* name, int nice);

// CPU time of the calling thread.
std::uint64_t thread_cpu_ns();

// CPU time of the whole process, and of its threads by their names: a name counts for all threads that begin with it.
struct CpuTimes {
  std::uint64_t video_ns = 0, send_ns = 0, control_ns = 0, audio_ns = 0, process_ns = 0;
};
CpuTimes cpu_times();

inline constexpr char video_thread_name[] = "pf-video", send_thread_name[] = "pf-send",
                      supervisor_thread_name[] = "pf-engine";

}  // namespace punktfunk
