// Every decoded picture is the picture that was painted, from the first row to the last. The number in a picture's
// corner proves only the corner: an encoder can leave bands of the picture before in the rest.
//
// Coding is lossy, so a band is judged by comparison: of the pictures painted last, the newest must be the one it is
// nearest to. The beacon's picture pans, and its lines of text are alike in no two of 128 successive pictures.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <random>
#include <thread>
#include <vector>

#include "beacon/beacon_code.h"
#include "engine/encode/convert.h"
#include "engine/encode/encoder.h"
#include "h264.h"
#include "one_module.h"
#include "picture.h"
#include "test/need.h"

extern "C" {
#include <libavcodec/avcodec.h>
}

using namespace punktfunk;
using namespace punktfunk::test;

namespace {

constexpr std::uint32_t width = 1280, height = 720;
constexpr std::uint32_t band_rows = 16,
                        bands = height / band_rows;  // a row of macroblocks, a line of the beacon's text
constexpr std::uint32_t bar_every = 8;               // lines that are a coloured bar, alike for long
constexpr unsigned remembered = 4;                   // pictures that a band is compared with
constexpr std::uint32_t bitrate_kbps = 7000;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr unsigned share = 15;  // a sanitizer looks at memory, not at pictures, and is slow
#else
constexpr unsigned share = 1;
#endif

enum class Content {
  pan,     // costs half of the rate
  grain,   // with new noise in every picture: more than the rate allows
  window,  // pans in a window; the rest stands still, but for rows that the window leaves and comes to
};

// Paints as the beacon does, and remembers the luma of what it painted last.
class Painter {
 public:
  explicit Painter(Content content) : content_(content) {
    std::minstd_rand random(1);
    for (auto& value : grain_) { value = static_cast<std::uint8_t>(random() >> 8); }
  }

  const Picture& paint(unsigned number) {
    beacon::Canvas canvas{pixels_.data(), static_cast<int>(width), static_cast<int>(height)};
    if (content_ == Content::window) {
      paint_window(canvas, number);
    } else {
      picture_.paint(canvas, number, 0);
    }
    if (content_ == Content::grain) { add_grain(number); }
    Frame frame;
    frame.plane_count = 1;
    frame.planes[0].data = reinterpret_cast<const std::uint8_t*>(pixels_.data());
    frame.planes[0].length = pixels_.size() * 4;
    frame.planes[0].stride = width * 4;
    frame.fourcc = 0x34325258;  // XR24
    frame.width = width;
    frame.height = height;
    frame.damage = {0, 0, static_cast<int>(width), static_cast<int>(height)};  // what stands still is found by pixels
    converter_.encoded();
    REQUIRE(converter_.convert(frame) == Status::ok);
    const Picture& made = converter_.picture();
    for (std::uint32_t y = 0; y < height; ++y) {
      std::memcpy(lumas_[number % remembered].data() + y * width, made.y + std::size_t{y} * made.y_stride, width);
    }
    newest_ = number;
    return made;
  }

  [[nodiscard]] const std::uint8_t* luma(unsigned age) const { return lumas_[(newest_ - age) % remembered].data(); }

  // How many pictures ago the one was painted that the band is nearest to: 0 is right.
  [[nodiscard]] unsigned age_of(const std::uint8_t* decoded, std::ptrdiff_t stride, std::uint32_t band) const {
    unsigned nearest = 0;
    std::uint64_t least = ~std::uint64_t{0};
    for (unsigned age = 0; age < std::min(remembered, newest_ + 1); ++age) {
      std::uint64_t sum = 0;
      for (std::uint32_t y = band * band_rows; y < (band + 1) * band_rows; ++y) {
        const std::uint8_t* const was = luma(age) + std::size_t{y} * width;
        const std::uint8_t* const is = decoded + static_cast<std::ptrdiff_t>(y) * stride;
        for (std::uint32_t x = 0; x < width; ++x) { sum += static_cast<std::uint64_t>(std::abs(was[x] - is[x])); }
      }
      if (sum < least) { least = sum, nearest = age; }
    }
    return nearest;
  }

  // The bands that are not of the newest picture, in words; empty when there are none.
  [[nodiscard]] std::string faults(const std::uint8_t* decoded, std::ptrdiff_t stride) const {
    std::string told;
    for (std::uint32_t band = 0; band < bands; ++band) {
      if (band % bar_every == 0) { continue; }
      const unsigned age = age_of(decoded, stride, band);
      if (age != 0) {
        told += "; picture " + std::to_string(newest_) + ": rows " + std::to_string(band * band_rows) + " to " +
                std::to_string((band + 1) * band_rows - 1) + " are of picture " + std::to_string(newest_ - age);
      }
    }
    return told;
  }

 private:
  void paint_window(beacon::Canvas& canvas, unsigned number) {
    if (number == 0) { picture_.paint(canvas, 0, 0); }
    const std::vector<std::uint32_t> before = pixels_;
    picture_.paint(canvas, number, 0);
    // By whole bands: of a few rows of one nothing can be told.
    const unsigned top = 176 + number / 8 % 4 * band_rows, left = 300 + number / 2 % 40;
    for (unsigned y = beacon_height_px; y < height; ++y) {
      for (unsigned x = 0; x < width; ++x) {
        const bool inside = y >= top && y < top + 304 && x >= left && x < left + 400;
        if (!inside) { pixels_[y * width + x] = before[y * width + x]; }
      }
    }
  }

  // Over half of the contrast, so that the text stays what tells pictures apart. Not over the beacon's code.
  void add_grain(unsigned number) {
    const std::size_t from = number * std::size_t{7919};
    for (std::size_t i = std::size_t{beacon_height_px} * width; i < pixels_.size(); ++i) {
      pixels_[i] = (pixels_[i] >> 1 & 0x7F7F7F) + grain_[(from + i * 3) % grain_.size()] % 64 * 0x010101u;
    }
  }

  Content content_;
  beacon::Picture picture_{beacon::Motion::full};
  std::vector<std::uint32_t> pixels_ = std::vector<std::uint32_t>(width * height);
  std::vector<std::uint8_t> grain_ = std::vector<std::uint8_t>(65537);
  Converter converter_{width, height, Colorspace::rec709, false};
  std::vector<std::vector<std::uint8_t>> lumas_{remembered, std::vector<std::uint8_t>(width * height)};
  unsigned newest_ = 0;
};

// A thread that wants a processor for itself.
class Spinner {
 public:
  ~Spinner() {
    stop_ = true;
    thread_.join();
  }

 private:
  std::atomic<bool> stop_{false};
  std::thread thread_{[this] {
    while (!stop_) {}
  }};
};

void append(void* user, const Slice& slice) {
  auto& unit = *static_cast<std::vector<std::uint8_t>*>(user);
  unit.insert(unit.end(), slice.bytes.begin(), slice.bytes.end());
}

void stream(const std::string& module, Content content, std::uint32_t slices, bool busy, unsigned pictures) {
  const OneModule only(module);
  EncoderConfig config;
  config.width = width;
  config.height = height;
  config.slices = slices;
  config.bitrate_kbps = bitrate_kbps;
  std::string faults;
  const auto encoder = need(open_h264_encoder(only.dir, config));
  Decoder decoder;
  Painter painter(content);
  std::optional<Spinner> spinner;
  if (busy) { spinner.emplace(); }
  for (unsigned number = 0; number < pictures; ++number) {
    std::vector<std::uint8_t> unit;
    REQUIRE(encoder->encode(painter.paint(number), false, {append, &unit}) == Status::ok);
    const AVFrame* const decoded = decoder.decode(unit);
    REQUIRE(decoded != nullptr);
    faults += painter.faults(decoded->data[0], decoded->linesize[0]);
  }
  const std::string what = module + ", " + std::to_string(slices) + " slices, " +
                           (content == Content::pan     ? "pan"
                            : content == Content::grain ? "grain"
                                                        : "window") +
                           (busy ? ", busy" : ", idle");
  CHECK_MESSAGE(faults.empty(), what << faults.substr(0, 2000));
}

void streams_whole_pictures(const std::string& module) {
  if (!std::filesystem::exists(module_dir + "/punktfunk_encoder_" + module + ".so")) {
    MESSAGE("not built, so not tested: " << module);
    return;
  }
  for (const Content content : {Content::pan, Content::grain, Content::window}) {
    for (const bool busy : {false, true}) {
      stream(module, content, 1, busy, 30 / share);
      stream(module, content, 2, busy, 150 / share);
      stream(module, content, 4, busy, 60 / share);
    }
  }
}

}  // namespace

TEST_CASE("whole pictures: a band of an earlier picture is seen, and told with its rows and where it came from") {
  for (const Content content : {Content::pan, Content::grain}) {
    Painter painter(content);
    for (unsigned number = 0; number < 10; ++number) { painter.paint(number); }
    std::vector<std::uint8_t> mixed(painter.luma(0), painter.luma(0) + width * height);
    CHECK(painter.faults(mixed.data(), width) == "");
    for (std::uint32_t band = 0; band < bands; ++band) {
      if (band % bar_every == 0) { continue; }
      for (unsigned age = 1; age < remembered; ++age) {
        const std::size_t at = std::size_t{band} * band_rows * width, bytes = std::size_t{band_rows} * width;
        std::memcpy(mixed.data() + at, painter.luma(age) + at, bytes);
        CHECK(painter.faults(mixed.data(), width) == "; picture 9: rows " + std::to_string(band * band_rows) + " to " +
                                                         std::to_string(band * band_rows + 15) + " are of picture " +
                                                         std::to_string(9 - age));
        std::memcpy(mixed.data() + at, painter.luma(0) + at, bytes);
      }
    }
  }
}

TEST_CASE("whole pictures: libx264 mixes none, whatever the slices, the load and the grain") {
  streams_whole_pictures("x264");
}

TEST_CASE("whole pictures: OpenH264 mixes none, whatever the slices, the load and the grain") {
  streams_whole_pictures("openh264");
}
