// punktfunk-capture-meter: what a capture source costs and how late its pictures are. README.md has the method.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <vector>

#include "base/clock.h"
#include "beacon/beacon_code.h"
#include "test/capture/pump.h"
#include "test/failure_text.h"

using namespace punktfunk;

namespace {

constexpr char usage[] =
    "punktfunk-capture-meter: counts and times the pictures of a capture source; one line of JSON on standard output.\n"
    "\n"
    "  --source wlroots|portal|pipewire|synthetic\n"
    "  --seconds N        how long (5)\n"
    "  --output NAME      wlroots: the output (the first)\n"
    "  --node ID          pipewire: the node\n"
    "  --size WxH --fps N what is asked for (1920x1080, 60)\n";

struct Options {
  std::string source, output;
  unsigned seconds = 5, node = 0;
  SourceConfig config{.width = 1920, .height = 1080, .fps = 60};
};

bool parse(int argc, char** argv, Options& options) {
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    const char* const value = argv[i + 1];
    if (name == "--source") {
      options.source = value;
    } else if (name == "--output") {
      options.output = value;
    } else if (name == "--seconds") {
      options.seconds = static_cast<unsigned>(std::atoi(value));
    } else if (name == "--node") {
      options.node = static_cast<unsigned>(std::atoi(value));
    } else if (name == "--fps") {
      options.config.fps = static_cast<unsigned>(std::atoi(value));
    } else if (name != "--size" || std::sscanf(value, "%ux%u", &options.config.width, &options.config.height) != 2) {
      return false;
    }
  }
  return argc % 2 == 1 && !options.source.empty() && options.seconds > 0;
}

std::unique_ptr<FrameSource> open(const Options& options, std::string& error) {
  constexpr unsigned timeout_ms = 10'000;
  std::string token;
  if (options.source == "wlroots") { return test::opened(open_wlroots({"", options.output}, timeout_ms), error); }
  if (options.source == "portal") { return test::opened(open_portal({}, options.config, timeout_ms, token), error); }
  if (options.source == "pipewire") {
    return test::opened(open_pipewire({options.node}, {}, options.config, timeout_ms), error);
  }
  if (options.source == "synthetic") { return test::opened(open_synthetic({.moving = true}, options.config), error); }
  error = "There is no source named " + options.source + ".";
  return nullptr;
}

double quantile_ms(std::vector<std::uint64_t>& values_ns, double q) {
  if (values_ns.empty()) { return -1; }
  const auto at = values_ns.begin() + static_cast<std::ptrdiff_t>(q * static_cast<double>(values_ns.size() - 1));
  std::nth_element(values_ns.begin(), at, values_ns.end());
  return static_cast<double>(*at) / 1e6;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (!parse(argc, argv, options)) {
    std::fputs(usage, stderr);
    return 2;
  }
  std::string error;
  const std::uint64_t opening_ns = monotonic_ns();
  const auto source = open(options, error);
  if (source == nullptr) {
    std::fprintf(stderr, "%s\n", error.c_str());
    return 1;
  }
  std::uint64_t first_frame_ns = 0;
  pump(*source, 10'000, [&](const Frame&) {
    first_frame_ns = monotonic_ns();
    return true;
  });

  std::vector<std::uint64_t> since_painted_ns, since_ready_ns, gaps_ns;
  std::uint64_t frames = 0, reading_ns = 0, previous_ns = 0, out_of_order = 0;
  BeaconCode last;
  std::uint32_t width = 0, height = 0;
  const std::uint64_t dropped_before = source->dropped_frames();
  const std::uint64_t thread_before_ns = thread_cpu_ns();
  const std::uint64_t process_before_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
  const std::uint64_t started_ns = monotonic_ns();
  pump(*source, options.seconds * 1000, [&](const Frame& frame) {
    const std::uint64_t now_ns = monotonic_ns(), cpu_before_ns = thread_cpu_ns();
    ++frames;
    width = frame.width;
    height = frame.height;
    since_ready_ns.push_back(now_ns - std::min(now_ns, frame.ready_ns));
    if (previous_ns != 0) { gaps_ns.push_back(now_ns - previous_ns); }
    previous_ns = now_ns;
    BeaconCode code;
    if (read_beacon_code(frame.planes[0].data + 1, frame.planes[0].stride, frame.width, frame.height, code, 4)) {
      since_painted_ns.push_back(now_ns - std::min(now_ns, code.painted_ns));
      if (code.frame_number <= last.frame_number) { ++out_of_order; }
      last = code;
    }
    reading_ns += thread_cpu_ns() - cpu_before_ns;
    return false;
  });
  const double seconds = static_cast<double>(monotonic_ns() - started_ns) / 1e9;
  const double thread_us = static_cast<double>(thread_cpu_ns() - thread_before_ns - reading_ns) / 1e3;
  const double process_us =
      static_cast<double>(clock_ns(CLOCK_PROCESS_CPUTIME_ID) - process_before_ns - reading_ns) / 1e3;
  const double per_frame = frames > 0 ? static_cast<double>(frames) : 1;
  std::printf(
      "{\"source\":\"%s\",\"width\":%u,\"height\":%u,\"seconds\":%.2f,\"frames\":%llu,\"fps\":%.1f,\"dropped\":%llu,"
      "\"out_of_order\":%llu,\"coded\":%zu,\"first_frame_ms\":%.1f,\"thread_cpu_us_per_frame\":%.1f,"
      "\"process_cpu_us_per_frame\":%.1f,\"ready_to_taken_ms\":{\"p50\":%.2f,\"p95\":%.2f},"
      "\"painted_to_taken_ms\":{\"p50\":%.2f,\"p95\":%.2f},\"gap_ms\":{\"p50\":%.2f,\"p95\":%.2f},\"ended\":\"%s\"}\n",
      options.source.c_str(), width, height, seconds, static_cast<unsigned long long>(frames),
      static_cast<double>(frames) / seconds, static_cast<unsigned long long>(source->dropped_frames() - dropped_before),
      static_cast<unsigned long long>(out_of_order), since_painted_ns.size(),
      first_frame_ns == 0 ? -1.0 : static_cast<double>(first_frame_ns - opening_ns) / 1e6, thread_us / per_frame,
      process_us / per_frame, quantile_ms(since_ready_ns, 0.5), quantile_ms(since_ready_ns, 0.95),
      quantile_ms(since_painted_ns, 0.5), quantile_ms(since_painted_ns, 0.95), quantile_ms(gaps_ns, 0.5),
      quantile_ms(gaps_ns, 0.95), test::text_of(source->failure()).c_str());
  return source->failure() ? 1 : 0;
}
