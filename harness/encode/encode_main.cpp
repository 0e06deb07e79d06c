// punktfunk-encode-meter: what an encoder makes of the beacon's pictures, one after the other without a pause: how long
// it takes, how many bytes come of it, and how like the decoded picture is to the one that was encoded.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "base/clock.h"
#include "client/picture_decoder.h"
#include "engine/encode/encoder.h"
#include "likeness.h"
#include "picture_feed.h"
#include "ssim.h"

namespace {

using namespace punktfunk;

constexpr char usage[] =
    "usage: punktfunk-encode-meter MODULES                 which encoders there are, an object a line; FFmpeg's "
    "filters\n"
    "       punktfunk-encode-meter MODULES LIBRARY WIDTH HEIGHT FPS KBPS SLICES MOTION PICTURES\n"
    "                                                      its name, then an object a picture\n";

std::string why(const Failure& failure) {
  std::string all(text(failure.code));
  for (const std::string& parameter : failure.parameters) { all += " " + parameter; }
  return all;
}

int refuse(const char* sentence, const std::string& detail) {
  std::fprintf(stderr, "punktfunk-encode-meter: %s%s\n", sentence, detail.c_str());
  return 1;
}

std::string quoted(const std::string& text) {
  std::string all = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') { all += '\\'; }
    all += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  }
  return all + '"';
}

int list(const std::string& module_dir) {
  for (const TriedEncoder& tried : try_encoders(module_dir)) {
    std::printf("{\"library\":%s", quoted(tried.library).c_str());
    if (tried.failure) { std::printf(",\"failure\":%s", quoted(why(*tried.failure)).c_str()); }
    std::puts("}");
  }
  if (const std::string version = encode_meter::filter_version(); !version.empty()) {
    std::printf("{\"libavfilter\":%s,\"vmaf\":%s}\n", quoted(version).c_str(),
                encode_meter::filters_have_vmaf() ? "true" : "false");
  }
  return 0;
}

// The mean square of the differences of two planes of luma.
double square_error(const judge::Plane& a, const judge::Plane& b, std::uint32_t width, std::uint32_t height) {
  std::uint64_t sum = 0;
  for (std::uint32_t y = 0; y < height; ++y) {
    std::uint32_t row = 0;  // 16384 samples of 255 squared fit
    for (std::uint32_t x = 0; x < width; ++x) {
      const std::int32_t difference = a.samples[y * a.stride + x] - b.samples[y * b.stride + x];
      row += static_cast<std::uint32_t>(difference * difference);
    }
    sum += row;
  }
  return static_cast<double>(sum) / (static_cast<double>(width) * height);
}

struct Sizes {
  std::uint32_t pictures = 0;
  EncoderConfig config;
};

struct AccessUnit {
  std::vector<std::uint8_t> bytes;
  bool idr = false;
};

int measure(Encoder& encoder, client::PictureDecoder& decoder, beacon::Motion motion, const Sizes& sizes) {
  const std::uint32_t width = sizes.config.width, height = sizes.config.height;
  encode_meter::PictureFeed feed(motion, width, height);
  const auto filters = encode_meter::Likeness::open(width, height);
  AccessUnit unit;
  const SliceSink sink{[](void* user, const Slice& slice) {
                         auto& into = *static_cast<AccessUnit*>(user);
                         into.idr = slice.idr;
                         into.bytes.insert(into.bytes.end(), slice.bytes.begin(), slice.bytes.end());
                       },
                       &unit};
  std::printf("{\"encoder\":%s}\n", quoted(encoder.name()).c_str());
  for (std::uint64_t n = 1; n <= sizes.pictures; ++n) {
    const Picture* const picture = feed.next(n, n * 1'000'000'000u / sizes.config.fps);
    if (picture == nullptr) { return refuse("the picture cannot be converted", ""); }
    unit.bytes.clear();
    const std::uint64_t cpu_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID), begun_ns = monotonic_ns();
    const Status status = encoder.encode(*picture, n == 1, sink);
    const std::uint64_t took_ns = monotonic_ns() - begun_ns, took_cpu_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu_ns;
    if (status != Status::ok) { return refuse("the encoder failed: ", status_text(status)); }
    std::printf("{\"encode_ms\":%.4f,\"cpu_ms\":%.4f,\"bytes\":%zu,\"idr\":%s", static_cast<double>(took_ns) / 1e6,
                static_cast<double>(took_cpu_ns) / 1e6, unit.bytes.size(), unit.idr ? "true" : "false");
    const bool decoded = decoder.decode(unit.bytes, [&](const client::Picture& out) {
      if (out.width != width || out.height != height) { return; }
      const judge::Plane was{picture->y, picture->y_stride}, is{out.planes[0], out.strides[0]};
      std::printf(",\"square_error\":%.6f,\"ssim\":%.6f", square_error(was, is, width, height),
                  judge::ssim(was, is, width, height));
      if (const auto scores = filters ? filters->compare(was, is) : std::nullopt) {
        std::printf(",\"filter_square_error\":%.6f,\"filter_ssim\":%.6f", scores->square_error, scores->ssim);
      }
    });
    std::puts("}");
    if (!decoded) { return refuse("what was encoded cannot be decoded: ", decoder.last_error()); }
    feed.encoded();
  }
  if (filters) {
    for (const double score : filters->vmaf()) { std::printf("{\"vmaf\":%.4f}\n", score); }
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);  // whoever ends it has whole lines
  if (argc == 2 && argv[1][0] != '-') { return list(argv[1]); }
  if (argc != 10) {
    std::fputs(usage, stderr);
    return 64;
  }
  const auto number = [&](int at) { return static_cast<std::uint32_t>(std::strtoul(argv[at], nullptr, 10)); };
  Sizes sizes{.pictures = number(9)};
  sizes.config.width = number(3);
  sizes.config.height = number(4);
  sizes.config.fps = number(5);
  sizes.config.bitrate_kbps = number(6);
  sizes.config.slices = number(7);
  const auto motion = beacon::motion_of(argv[8]);
  if (!motion) { return refuse("the beacon has no motion ", argv[8]); }
  auto encoder = open_encoder(argv[2], argv[1], sizes.config);
  if (!encoder) { return refuse("", why(encoder.error())); }
  std::string error;
  const auto decoder = client::PictureDecoder::open(client::VideoCodec::h264, error);
  if (!decoder) { return refuse("", error); }
  return measure(**encoder, *decoder, *motion, sizes);
}
