// A window over the whole screen of a desktop of some kind.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "options.h"
#include "painting.h"

namespace punktfunk::beacon {

class Window {
 public:
  virtual ~Window() = default;

  // Readable when the desktop says something.
  [[nodiscard]] virtual int fd() const = 0;
  // Reads and handles what was said. False: the desktop is gone.
  virtual bool handle_events() = 0;
  // Was something read that is not handled yet?
  [[nodiscard]] virtual bool events_wait() = 0;
  // Paints into a free buffer and shows it.
  virtual void paint(std::uint64_t now_ns) = 0;
  // Sends what the desktop is asked for. False: it takes no more at the moment.
  virtual bool flush() = 0;
  // A person closed it.
  [[nodiscard]] virtual bool closed() const = 0;
  // What keeps it from going on, as a sentence; empty: nothing.
  [[nodiscard]] virtual const std::string& broken() const = 0;
};

// On the kind of desktop that the options name, or else the one that is there. Null and a sentence when there is none.
std::unique_ptr<Window> open_window(Desktop desktop, Painting& painting, std::string& error);

// Handles events and paints until the descriptor `stop_fd` is readable, the time is over or the desktop is gone.
// Returns why.
std::string run(Window& window, Painting& painting, double duration_s, int stop_fd);

}  // namespace punktfunk::beacon
