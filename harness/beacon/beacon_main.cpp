// punktfunk-beacon: a window that paints what a machine can read and tells what it was sent.
#include <signal.h>
#include <sys/signalfd.h>

#include <cstdio>

#include "base/json_line.h"
#include "base/unique_fd.h"
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
  const punktfunk::UniqueFd stop(signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK));
  const auto painting = Painting::begin(*options, error);
  const auto window = painting ? open_window(options->desktop, *painting, error) : nullptr;
  if (!window) {
    std::fprintf(stderr, "%s\n", error.c_str());
    return 1;
  }
  const std::string reason = run(*window, *painting, options->duration_s, stop.get());
  punktfunk::JsonLine("end").text("reason", reason).number("frame", static_cast<std::int64_t>(painting->frames()));
  return reason == "signal" || reason == "duration" || reason == "closed" ? 0 : 1;
}
