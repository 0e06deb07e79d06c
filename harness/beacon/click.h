// A short tone at the moment of a picture: what a client hears tells how long sound takes, and by how much it and the
// picture miss each other. Played as a game plays: the samples are made in PipeWire's cycle.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

struct pw_stream;
struct pw_thread_loop;

namespace punktfunk::beacon {

class Click {
 public:
  // Null and a sentence when there is no PipeWire.
  static std::unique_ptr<Click> open(std::string& error);
  ~Click();
  Click(const Click&) = delete;

  // In the next cycle.
  void play() { asked_.store(true, std::memory_order_release); }

 private:
  Click() = default;
  void on_cycle() noexcept;

  std::atomic<bool> asked_ = false;
  // Of PipeWire's data loop.
  std::size_t played_ = SIZE_MAX;  // samples of the click that is heard
  pw_thread_loop* loop_ = nullptr;
  pw_stream* stream_ = nullptr;
};

}  // namespace punktfunk::beacon
