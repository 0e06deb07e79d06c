// punktfunk-capture-meter: each picture of a capture source, when it came and what is in it. README.md has the method.
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>

#include "base/clock.h"
#include "beacon/beacon_code.h"
#include "repainted.h"
#include "test/capture/pump.h"
#include "test/failure_text.h"

using namespace punktfunk;

namespace {

constexpr char usage[] =
    "punktfunk-capture-meter: looks at the pictures of a capture source; a JSON object a picture on standard output,\n"
    "and one when it ends.\n"
    "\n"
    "  --source wlroots|portal|pipewire|synthetic\n"
    "  --seconds N        how long, from the first picture on (5)\n"
    "  --motion NAME      what the beacon paints there: each picture is painted again, and compared\n"
    "  --output NAME      wlroots: the output (the first)\n"
    "  --node ID          pipewire: the node\n"
    "  --size WxH --fps N what is asked for (1920x1080, 60)\n";

constexpr unsigned patience_ms = 10'000;

struct Options {
  std::string source, output;
  unsigned seconds = 5, node = 0;
  std::optional<beacon::Motion> motion;
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
    } else if (name == "--motion") {
      options.motion = beacon::motion_of(value);
      if (!options.motion) { return false; }
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
  std::string token;
  if (options.source == "wlroots") { return test::opened(open_wlroots({"", options.output}, patience_ms), error); }
  if (options.source == "portal") { return test::opened(open_portal({}, options.config, patience_ms, token), error); }
  if (options.source == "pipewire") {
    return test::opened(open_pipewire({options.node}, {}, options.config, patience_ms), error);
  }
  if (options.source == "synthetic") { return test::opened(open_synthetic({.moving = true}, options.config), error); }
  error = "There is no source named " + options.source + ".";
  return nullptr;
}

// Writes down one picture after the other. Looking at them is the meter's own work, and no cost of the source.
class Meter {
 public:
  explicit Meter(const Options& options) {
    if (options.motion) { repainted_.emplace(*options.motion); }
  }

  void look(const Frame& frame) {
    const std::uint64_t taken_ns = monotonic_ns(), cpu_ns = thread_cpu_ns(), process_ns = process_cpu_ns();
    std::printf("{\"taken_ns\":%" PRIu64 ",\"presented_ns\":%" PRIu64 ",\"width\":%u,\"height\":%u,\"cpu_us\":%.1f",
                taken_ns, frame.presented_ns, frame.width, frame.height,
                static_cast<double>(cpu_ns - looked_cpu_ns_) / 1e3);
    BeaconCode code;
    if (read_beacon_code(frame.planes[0].data + 1, frame.planes[0].stride, frame.width, frame.height, code, 4)) {
      std::printf(",\"number\":%" PRIu64 ",\"painted_ns\":%" PRIu64, code.frame_number, code.painted_ns);
      const auto wrong = repainted_ ? repainted_->wrong_rows(frame, code) : std::nullopt;
      if (wrong) { std::printf(",\"wrong_rows\":%u", *wrong); }
    }
    std::puts("}");
    looked_cpu_ns_ = thread_cpu_ns();
    own_ns_ += process_cpu_ns() - process_ns;
  }

  void end(const FrameSource& source) const {
    std::printf("{\"ended_ns\":%" PRIu64 ",\"process_cpu_us\":%.1f,\"dropped\":%" PRIu64, monotonic_ns(),
                static_cast<double>(process_cpu_ns() - begun_ns_ - own_ns_) / 1e3, source.dropped_frames());
    if (source.failure()) { std::printf(",\"failure\":\"%s\"", test::text_of(source.failure()).c_str()); }
    std::puts("}");
  }

 private:
  static std::uint64_t process_cpu_ns() { return clock_ns(CLOCK_PROCESS_CPUTIME_ID); }

  std::optional<capture_meter::Repainted> repainted_;
  std::uint64_t looked_cpu_ns_ = thread_cpu_ns(), begun_ns_ = process_cpu_ns(), own_ns_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (!parse(argc, argv, options)) {
    std::fputs(usage, stderr);
    return 2;
  }
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);  // whoever ends it has whole lines
  std::string error;
  const auto source = open(options, error);
  if (source == nullptr) {
    std::fprintf(stderr, "%s\n", error.c_str());
    return 1;
  }
  Meter meter(options);
  const bool came = pump(*source, patience_ms, [&](const Frame& frame) {
    meter.look(frame);
    return true;
  });
  if (came) {
    pump(*source, options.seconds * 1000, [&](const Frame& frame) {
      meter.look(frame);
      return false;
    });
  }
  meter.end(*source);
  return 0;
}
