// The capture of a sink's monitor: from PipeWire's data loop into the pump. While no program plays the graph may
// turn slowly: a core is not for wakes that bring zeros. What plays and is silent for a while, as a game is before a
// shot, keeps it fast: its next sound would be late by two slow cycles.
#pragma once

#include <pipewire/pipewire.h>
#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "base/wake.h"
#include "contract/problems.h"
#include "engine/audio/audio.h"
#include "engine/audio/pipewire_handles.h"

namespace punktfunk {

class AudioPump;

// PipeWire's node.latency ("240/48000") for a cycle as long as a packet.
std::string packet_cycle(const AudioConfig& config);

class MonitorCapture {
 public:
  // wake: signalled on the data loop with the first samples, and when is_quiet() is another one.
  // failed: on the loop thread, while open.
  MonitorCapture(const AudioConfig& config, AudioPump& pump, const Wake& wake, std::function<void(Failure)> failed)
      : config_(config), pump_(pump), wake_(wake), failed_(std::move(failed)) {}
  MonitorCapture(MonitorCapture&&) = delete;

  // The rest but for open() and close() is said of the capture that is open. Loop thread.
  void open(pw_core* core);
  void close();
  [[nodiscard]] bool is_open() const { return stream_ != nullptr; }
  // Ever.
  [[nodiscard]] std::uint64_t chunks() const { return chunks_; }
  // The desktop has been silent for a while.
  [[nodiscard]] bool is_quiet() const;
  void set_rest(bool rest);
  // 0 before the first chunk.
  [[nodiscard]] pid_t data_thread() const { return data_thread_; }

 private:
  void on_chunks() noexcept;

  const AudioConfig& config_;
  AudioPump& pump_;
  const Wake& wake_;
  std::function<void(Failure)> failed_;
  bool resting_ = false;
  // Also of the data loop.
  std::atomic<std::uint64_t> chunks_ = 0;
  std::atomic<std::size_t> quiet_frames_ = 0;
  std::atomic<bool> awaited_ = false;  // the first chunk
  std::atomic<pid_t> data_thread_ = 0;
  bool data_quiet_ = false;
  pw_stream* data_stream_ = nullptr;  // stream_ is empty while it ends, and the data loop may still be in it
  spa_hook listener_{};               // emptied by the stream's end
  Pw<pw_stream> stream_;
};

}  // namespace punktfunk
