// punktfunk-beacon: a Wayland client that paints what a machine can read and tells what it was sent.
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cstdio>

#include "base/json_line.h"
#include "options.h"
#include "window.h"

int main(int argc, char** argv) {
  using namespace punktfunk::beacon;
  std::string error;
  const auto options = parse_options(argc, argv, error);
  if (!options) {
    std::fprintf(stderr, "%s\n", error.c_str());
    return 64;
  }
  if (options->help) {
    std::fputs(usage, stdout);
    return 0;
  }
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  sigprocmask(SIG_BLOCK, &ends, nullptr);
  signal(SIGPIPE, SIG_IGN);
  const int stop_fd = signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
  const auto window = Window::open(*options, error);
  if (!window) {
    std::fprintf(stderr, "%s\n", error.c_str());
    return 1;
  }
  const std::string reason = window->run(stop_fd);
  punktfunk::JsonLine("end").text("reason", reason).number("frame", static_cast<std::int64_t>(window->frames()));
  close(stop_fd);
  return reason == "signal" || reason == "duration" || reason == "closed" ? 0 : 1;
}
