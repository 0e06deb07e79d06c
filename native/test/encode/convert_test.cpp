#include "engine/encode/convert.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <random>
#include <tuple>
#include <vector>

#include "engine/encode/nv12_rows.h"

using namespace punktfunk;

namespace {

constexpr std::uint32_t xr24 = 0x34325258, ar24 = 0x34325241, xb24 = 0x34324258, ab24 = 0x34324241;
constexpr Colorspace colorspaces[] = {Colorspace::rec601, Colorspace::rec709, Colorspace::rec2020};

// A 32-bit picture with a stride of its own, and the frame that describes it.
struct Image {
  std::uint32_t width, height, stride;
  std::vector<std::uint8_t> bytes;

  Image(std::uint32_t w, std::uint32_t h, std::uint32_t padding = 0)
      : width(w), height(h), stride(w * 4 + padding), bytes(std::size_t{stride} * (h - 1) + w * 4) {}

  std::uint8_t* at(std::uint32_t x, std::uint32_t y) { return bytes.data() + std::size_t{y} * stride + x * 4; }

  void noise(unsigned seed) {
    std::mt19937 random(seed);
    for (auto& b : bytes) { b = static_cast<std::uint8_t>(random()); }
  }
  void fill(Rect r, std::uint8_t a, std::uint8_t b, std::uint8_t c) {
    for (int y = r.y; y < r.y + r.height; ++y) {
      for (int x = r.x; x < r.x + r.width; ++x) {
        std::uint8_t* p = at(static_cast<std::uint32_t>(x), static_cast<std::uint32_t>(y));
        p[0] = a, p[1] = b, p[2] = c;
      }
    }
  }
  [[nodiscard]] Frame frame(std::uint32_t fourcc = xr24) const {
    Frame f;
    f.plane_count = 1;
    f.planes[0].data = bytes.data();
    f.planes[0].length = bytes.size();
    f.planes[0].stride = stride;
    f.fourcc = fourcc;
    f.width = width;
    f.height = height;
    f.damage = {0, 0, static_cast<int>(width), static_cast<int>(height)};
    return f;
  }
};

double reference(const double (&row)[3], double offset, const double (&rgb)[3]) {
  return std::clamp(std::round(row[0] * rgb[0] + row[1] * rgb[1] + row[2] * rgb[2] + offset), 0.0, 255.0);
}

// The largest distance of the picture from the matrix worked out in doubles, over luma and chroma.
double error_against_reference(Image& image, const Picture& got, const ColorMatrix& m, bool red_first) {
  double worst = 0;
  const auto rgb = [&](std::uint32_t x, std::uint32_t y, double (&out)[3]) {
    const std::uint8_t* p = image.at(x, y);
    out[0] += p[red_first ? 0 : 2], out[1] += p[1], out[2] += p[red_first ? 2 : 0];
  };
  for (std::uint32_t y = 0; y < image.height; ++y) {
    for (std::uint32_t x = 0; x < image.width; ++x) {
      double c[3] = {};
      rgb(x, y, c);
      worst = std::max(worst, std::abs(reference(m.y, m.y_offset, c) - got.y[y * got.y_stride + x]));
      if (x % 2 == 1 || y % 2 == 1) { continue; }
      for (const auto& [dx, dy] : {std::pair{1u, 0u}, {0u, 1u}, {1u, 1u}}) { rgb(x + dx, y + dy, c); }
      for (double& v : c) { v /= 4; }
      const std::uint8_t* uv = got.uv + y / 2 * got.uv_stride + x;
      worst = std::max({worst, std::abs(reference(m.cb, 128, c) - uv[0]), std::abs(reference(m.cr, 128, c) - uv[1])});
    }
  }
  return worst;
}

std::vector<std::uint8_t> copy(const Picture& p, std::uint32_t width, std::uint32_t height) {
  std::vector<std::uint8_t> out;
  for (std::uint32_t y = 0; y < height; ++y) {
    out.insert(out.end(), p.y + y * p.y_stride, p.y + y * p.y_stride + width);
  }
  for (std::uint32_t y = 0; y < height / 2; ++y) {
    out.insert(out.end(), p.uv + y * p.uv_stride, p.uv + y * p.uv_stride + width);
  }
  return out;
}

}  // namespace

TEST_CASE("every matrix, range and byte order is within one step of the exact value") {
  for (const Colorspace colorspace : colorspaces) {
    for (const bool full : {false, true}) {
      for (const std::uint32_t fourcc : {xr24, ar24, xb24, ab24}) {
        Image image(198, 66, 24);
        image.noise(static_cast<unsigned>(colorspace) * 2 + full);
        image.fill({0, 0, 10, 10}, 255, 255, 255);
        image.fill({10, 0, 10, 10}, 0, 0, 0);
        image.fill({20, 0, 10, 10}, 255, 0, 0);
        image.fill({30, 0, 10, 10}, 0, 0, 255);
        Converter converter(image.width, image.height, colorspace, full);
        REQUIRE(converter.convert(image.frame(fourcc)) == Status::ok);
        const bool red_first = fourcc == xb24 || fourcc == ab24;
        CHECK(error_against_reference(image, converter.picture(), color_matrix(colorspace, full), red_first) <= 1);
        const Picture& p = converter.picture();
        CHECK(p.y[0] == (full ? 255 : 235));  // white and black are exact, and grey has no colour
        CHECK(p.y[10] == (full ? 0 : 16));
        CHECK(p.uv[0] == 128);
        CHECK(p.uv[11] == 128);
      }
    }
  }
}

TEST_CASE("the kernels agree byte for byte at every width and leave what is beside the row alone") {
  unsigned count = 0;
  const Nv12Kernel* kernels = nv12_kernels(count);
  REQUIRE(count >= 1);
  const Nv12Kernel& scalar = kernels[count - 1];
  const FixedMatrix matrix = fixed_matrix(Colorspace::rec709, true, false);
  for (std::uint32_t width = 2; width <= 200; width += 2) {
    Image image(width, 2);
    image.noise(width);
    std::vector<std::uint8_t> expected(3 * (width + 1), 0xA5), got(expected);
    const auto run = [&](const Nv12Kernel& k, std::vector<std::uint8_t>& out) {
      k.rows(image.at(0, 0), image.at(0, 1), out.data(), out.data() + width + 1, out.data() + 2 * (width + 1), width,
             matrix);
    };
    run(scalar, expected);
    for (unsigned i = 0; i + 1 < count; ++i) {
      if (width < kernels[i].min_width) { continue; }
      std::fill(got.begin(), got.end(), 0xA5);
      run(kernels[i], got);
      CAPTURE(width);
      CHECK_MESSAGE(got == expected, kernels[i].name);
      CHECK(got[width] == 0xA5);
      CHECK(got.back() == 0xA5);
    }
  }
}

TEST_CASE("only what was damaged is converted, and all of it") {
  const std::uint32_t width = 320, height = 180;
  Image image(width, height, 64);
  image.noise(1);
  Converter converter(width, height, Colorspace::rec709, false);
  REQUIRE(converter.convert(image.frame()) == Status::ok);
  std::mt19937 random(2);
  for (int round = 0; round < 200; ++round) {
    const int x = static_cast<int>(random() % width), y = static_cast<int>(random() % height);
    const Rect damage{x, y, 1 + static_cast<int>(random() % (width - x)),
                      1 + static_cast<int>(random() % (height - y))};
    image.fill(damage, static_cast<std::uint8_t>(random()), static_cast<std::uint8_t>(random()),
               static_cast<std::uint8_t>(random()));
    Frame frame = image.frame();
    frame.damage = damage;
    REQUIRE(converter.convert(frame) == Status::ok);
  }
  Converter whole(width, height, Colorspace::rec709, false);
  REQUIRE(whole.convert(image.frame()) == Status::ok);
  CHECK(copy(converter.picture(), width, height) == copy(whole.picture(), width, height));

  // What changed outside the damage (grown to the vector's width) stays as it was.
  const auto before = copy(converter.picture(), width, height);
  image.noise(3);
  Frame frame = image.frame();
  frame.damage = {100, 50, 40, 20};
  REQUIRE(converter.convert(frame) == Status::ok);
  const auto after = copy(converter.picture(), width, height);
  CHECK(before != after);
  for (std::uint32_t y = 0; y < height; ++y) {
    for (std::uint32_t x = 0; x < width; ++x) {
      if (y < 50 || y >= 70 || x < 100 || x >= 140) { REQUIRE(before[y * width + x] == after[y * width + x]); }
    }
  }
}

TEST_CASE("a macroblock stands still where its pixels do, whatever the damage says") {
  // Point by point, with a part of a macroblock at the edges, letterboxed, and scaled.
  for (const auto& [source_width, source_height, width, height] :
       {std::tuple{330u, 190u, 330u, 190u}, {300u, 190u, 330u, 190u}, {660u, 380u, 330u, 190u}}) {
    const std::uint32_t columns = (width + 15) / 16, rows = (height + 15) / 16;
    Image image(source_width, source_height, 64);
    image.noise(1);
    Converter converter(width, height, Colorspace::rec709, false);
    std::mt19937 random(2);
    std::vector<std::uint8_t> before;
    unsigned standing = 0;
    for (int round = 0; round < 60; ++round) {
      Frame frame = image.frame();
      for (unsigned taken = 0; taken < 1 + random() % 3; ++taken) {  // several pictures between two that are encoded
        const int x = static_cast<int>(random() % source_width), y = static_cast<int>(random() % source_height);
        const Rect box{x, y, std::min(1 + static_cast<int>(random() % 60), static_cast<int>(source_width) - x),
                       std::min(1 + static_cast<int>(random() % 60), static_cast<int>(source_height) - y)};
        image.fill(box, static_cast<std::uint8_t>(random()), 0, static_cast<std::uint8_t>(random()));
        if (round % 2 == 1) { frame.damage = box; }
        REQUIRE(converter.convert(frame) == Status::ok);
      }
      const Picture& p = converter.picture();
      const auto after = copy(p, width, height);
      const auto differs = [&](std::uint32_t x, std::uint32_t y) {
        return before.empty() || before[y * width + x] != after[y * width + x] ||
               before[width * height + y / 2 * width + x] != after[width * height + y / 2 * width + x];
      };
      for (std::uint32_t i = 0; i < columns * rows; ++i) {
        bool changed = false;
        for (std::uint32_t y = i / columns * 16; y < std::min(i / columns * 16 + 16, height); ++y) {
          for (std::uint32_t x = i % columns * 16; x < std::min(i % columns * 16 + 16, width); ++x) {
            changed = changed || differs(x, y);
          }
        }
        REQUIRE((!changed || p.still[i] == 0));  // never a stale one
        standing += p.still[i];
      }
      before = after;
      converter.encoded();
    }
    CHECK(standing > 60 * columns * rows / 2);
  }
}

TEST_CASE("damage outside the picture and no damage at all convert nothing") {
  Image image(64, 64);
  image.noise(1);
  Converter converter(64, 64, Colorspace::rec709, false);
  REQUIRE(converter.convert(image.frame()) == Status::ok);
  const auto before = copy(converter.picture(), 64, 64);
  image.noise(2);
  for (const Rect damage :
       {Rect{0, 0, 0, 0}, Rect{10, 10, -5, 5}, Rect{64, 0, 10, 10}, Rect{0, 1000, 10, 10}, Rect{-20, -20, 20, 20}}) {
    Frame frame = image.frame();
    frame.damage = damage;
    CHECK(converter.convert(frame) == Status::ok);
    CHECK(copy(converter.picture(), 64, 64) == before);
  }
  Frame frame = image.frame();
  frame.damage = {-2'000'000'000, -2'000'000'000, 2'147'483'647, 2'147'483'647};
  CHECK(converter.convert(frame) == Status::ok);
}

TEST_CASE("a bottom-up frame comes out upright") {
  Image image(64, 48), flipped(64, 48);
  image.noise(7);
  for (std::uint32_t y = 0; y < 48; ++y) { std::copy_n(image.at(0, y), 64 * 4, flipped.at(0, 47 - y)); }
  Converter upright(64, 48, Colorspace::rec709, false), turned(64, 48, Colorspace::rec709, false);
  REQUIRE(upright.convert(image.frame()) == Status::ok);
  Frame frame = flipped.frame();
  frame.y_inverted = true;
  REQUIRE(turned.convert(frame) == Status::ok);
  CHECK(copy(upright.picture(), 64, 48) == copy(turned.picture(), 64, 48));
}

constexpr int scaling_error = 2;  // libyuv's column filter has 7-bit weights that add up to 127

TEST_CASE("a source of another shape is scaled into black bars") {
  for (const bool full : {false, true}) {
    Image image(400, 300);
    image.fill({0, 0, 400, 300}, 0, 255, 0);
    Converter converter(640, 360, Colorspace::rec709, full);
    REQUIRE(converter.convert(image.frame()) == Status::ok);
    const Picture& p = converter.picture();
    const int black = full ? 0 : 16, green = full ? 182 : 173;
    for (const std::uint32_t y : {0u, 180u, 359u}) {
      CHECK(p.y[y * p.y_stride + 79] == black);
      CHECK(std::abs(p.y[y * p.y_stride + 80] - green) <= scaling_error);
      CHECK(std::abs(p.y[y * p.y_stride + 559] - green) <= scaling_error);
      CHECK(p.y[y * p.y_stride + 560] == black);
      CHECK(p.uv[y / 2 * p.uv_stride + 78] == 128);
      CHECK(p.uv[y / 2 * p.uv_stride + 80] < 64);
      CHECK(p.uv[y / 2 * p.uv_stride + 560] == 128);
    }
    Image tall(100, 1000);  // narrower than a vector once it is scaled
    tall.fill({0, 0, 100, 1000}, 255, 255, 255);
    REQUIRE(converter.convert(tall.frame()) == Status::ok);
    CHECK(p.y[180 * p.y_stride + 300] == black);
    CHECK(std::abs(p.y[180 * p.y_stride + 320] - (full ? 255 : 235)) <= scaling_error);
    CHECK(p.y[180 * p.y_stride + 340] == black);
  }
}

TEST_CASE("a scaled picture that is brought up to date by damage equals a whole conversion") {
  for (const auto& [sw, sh] : {std::pair{1281u, 721u}, {333u, 777u}, {1920u, 1080u}, {640u, 361u}, {65u, 33u}}) {
    const std::uint32_t width = 640, height = 360;
    Image image(sw, sh);
    image.noise(5);
    Converter converter(width, height, Colorspace::rec709, false);
    REQUIRE(converter.convert(image.frame()) == Status::ok);
    std::mt19937 random(sw);
    for (int round = 0; round < 20; ++round) {
      const int x = static_cast<int>(random() % sw), y = static_cast<int>(random() % sh);
      const Rect damage{x, y, 1 + static_cast<int>(random() % (sw - x)), 1 + static_cast<int>(random() % (sh - y))};
      image.fill(damage, static_cast<std::uint8_t>(random()), static_cast<std::uint8_t>(random()), 9);
      Frame frame = image.frame();
      frame.damage = damage;
      REQUIRE(converter.convert(frame) == Status::ok);
      Converter whole(width, height, Colorspace::rec709, false);
      REQUIRE(whole.convert(image.frame()) == Status::ok);
      const auto a = copy(converter.picture(), width, height), b = copy(whole.picture(), width, height);
      int worst = 0;
      for (std::size_t i = 0; i < a.size(); ++i) { worst = std::max(worst, std::abs(a[i] - b[i])); }
      CAPTURE(sw);
      CAPTURE(damage.x);
      CAPTURE(damage.y);
      CAPTURE(damage.width);
      CAPTURE(damage.height);
      REQUIRE(worst <= 1);
    }
  }
}

TEST_CASE("a new size, order or format of the source converts everything") {
  Converter converter(64, 64, Colorspace::rec709, false);
  Image image(64, 64);
  image.fill({0, 0, 64, 64}, 255, 0, 0);
  REQUIRE(converter.convert(image.frame(xr24)) == Status::ok);
  const int blue = converter.picture().y[0];
  Frame frame = image.frame(xb24);
  frame.damage = {0, 0, 2, 2};
  REQUIRE(converter.convert(frame) == Status::ok);
  CHECK(converter.picture().y[63 * converter.picture().y_stride + 63] != blue);
  Image wide(128, 64);
  wide.fill({0, 0, 128, 64}, 255, 255, 255);
  frame = wide.frame();
  frame.damage = {};
  REQUIRE(converter.convert(frame) == Status::ok);
  CHECK(converter.picture().y[0] == 16);
  CHECK(converter.picture().y[32 * converter.picture().y_stride] == 235);
}

TEST_CASE("frames that cannot be read are refused") {
  Image image(64, 64);
  Converter converter(64, 64, Colorspace::rec709, false);
  Frame frame = image.frame(0x3231564E);  // NV12
  CHECK(converter.convert(frame) == Status::unsupported);
  frame = image.frame();
  frame.modifier = 1;
  CHECK(converter.convert(frame) == Status::unsupported);
  frame = image.frame();
  frame.plane_count = 0;
  CHECK(converter.convert(frame) == Status::unsupported);
  frame = image.frame();
  frame.planes[0].length -= 1;
  CHECK(converter.convert(frame) == Status::invalid_argument);
  frame = image.frame();
  frame.planes[0].stride = 64 * 4 - 4;
  CHECK(converter.convert(frame) == Status::invalid_argument);
  frame = image.frame();
  frame.planes[0].data = nullptr;
  CHECK(converter.convert(frame) == Status::invalid_argument);
  frame = image.frame();
  frame.width = 0;
  CHECK(converter.convert(frame) == Status::invalid_argument);
  frame = image.frame();
  frame.height = 0xFFFFFFFF;
  CHECK(converter.convert(frame) == Status::invalid_argument);
}

namespace {

constexpr OutputTransform transforms[] = {
    OutputTransform::normal,  OutputTransform::turned_90,  OutputTransform::turned_180,  OutputTransform::turned_270,
    OutputTransform::flipped, OutputTransform::flipped_90, OutputTransform::flipped_180, OutputTransform::flipped_270};

// The desktop's picture as it lies in the memory of an output with that transform.
Image laid(Image& desktop, OutputTransform transform, bool y_inverted) {
  Image buffer(swaps_sides(transform) ? desktop.height : desktop.width,
               swaps_sides(transform) ? desktop.width : desktop.height, 32);
  for (std::uint32_t y = 0; y < desktop.height; ++y) {
    for (std::uint32_t x = 0; x < desktop.width; ++x) {
      // A pixel's middle, doubled: in_buffer() knows places, not pixels.
      const PlaceOnOutput p = in_buffer(transform, {2 * x + 1, 2 * y + 1, 2 * desktop.width, 2 * desktop.height});
      const auto row = static_cast<std::uint32_t>(p.y / 2);
      std::copy_n(desktop.at(x, y), 4,
                  buffer.at(static_cast<std::uint32_t>(p.x / 2), y_inverted ? buffer.height - 1 - row : row));
    }
  }
  return buffer;
}

// The damage of the desktop, in the buffer's coordinates.
Rect laid(const Rect& box, OutputTransform transform, std::uint32_t width, std::uint32_t height) {
  const PlaceOnOutput a = in_buffer(transform, {box.x, box.y, width, height}),
                      b = in_buffer(transform, {box.x + box.width, box.y + box.height, width, height});
  return {static_cast<int>(std::min(a.x, b.x)), static_cast<int>(std::min(a.y, b.y)),
          static_cast<int>(std::abs(a.x - b.x)), static_cast<int>(std::abs(a.y - b.y))};
}

}  // namespace

TEST_CASE("all eight transforms come out upright, bottom-up or not: red, green, blue and white in their corners") {
  for (const OutputTransform transform : transforms) {
    for (const bool y_inverted : {false, true}) {
      CAPTURE(static_cast<int>(transform));
      CAPTURE(y_inverted);
      Image desktop(128, 72);
      desktop.noise(3);
      desktop.fill({0, 0, 20, 20}, 0, 0, 255);
      desktop.fill({108, 0, 20, 20}, 0, 255, 0);
      desktop.fill({0, 52, 20, 20}, 255, 0, 0);
      desktop.fill({108, 52, 20, 20}, 255, 255, 255);
      Image buffer = laid(desktop, transform, y_inverted);
      Frame frame = buffer.frame();
      frame.transform = transform;
      frame.y_inverted = y_inverted;
      Converter expected(128, 72, Colorspace::rec709, false), converter(128, 72, Colorspace::rec709, false);
      REQUIRE(expected.convert(desktop.frame()) == Status::ok);
      REQUIRE(converter.convert(frame) == Status::ok);
      const Picture& p = converter.picture();
      const auto luma = [&](std::uint32_t x, std::uint32_t y) { return int{p.y[y * p.y_stride + x]}; };
      CHECK(luma(4, 4) == 63);
      CHECK(luma(123, 4) == 173);
      CHECK(luma(4, 67) == 32);
      CHECK(luma(123, 67) == 235);
      CHECK(copy(p, 128, 72) == copy(expected.picture(), 128, 72));
    }
  }
}

TEST_CASE("a turned picture that is brought up to date by damage equals a whole conversion, scaled or not") {
  constexpr std::uint32_t width = 320, height = 180;
  for (const auto& [dw, dh] : {std::pair{320u, 180u}, {321u, 181u}, {200u, 300u}}) {
    for (const OutputTransform transform : transforms) {
      CAPTURE(static_cast<int>(transform));
      CAPTURE(dw);
      Image desktop(dw, dh);
      desktop.noise(5);
      Converter converter(width, height, Colorspace::rec709, false);
      std::mt19937 random(static_cast<unsigned>(transform));
      for (int round = 0; round < 20; ++round) {
        const int x = static_cast<int>(random() % dw), y = static_cast<int>(random() % dh);
        const Rect damage{x, y, 1 + static_cast<int>(random() % (dw - x)), 1 + static_cast<int>(random() % (dh - y))};
        desktop.fill(damage, static_cast<std::uint8_t>(random()), static_cast<std::uint8_t>(random()), 9);
        Image buffer = laid(desktop, transform, false);
        Frame frame = buffer.frame();
        frame.transform = transform;
        frame.damage = laid(damage, transform, dw, dh);
        REQUIRE(converter.convert(frame) == Status::ok);
      }
      Converter whole(width, height, Colorspace::rec709, false);
      REQUIRE(whole.convert(desktop.frame()) == Status::ok);
      const auto a = copy(converter.picture(), width, height), b = copy(whole.picture(), width, height);
      int worst = 0;
      for (std::size_t i = 0; i < a.size(); ++i) { worst = std::max(worst, std::abs(a[i] - b[i])); }
      CHECK(worst <= 1);
    }
  }
}

TEST_CASE("a transform that changes in mid-stream converts everything anew") {
  Image desktop(128, 72);
  desktop.noise(9);
  Converter converter(128, 72, Colorspace::rec709, false), expected(128, 72, Colorspace::rec709, false);
  REQUIRE(expected.convert(desktop.frame()) == Status::ok);
  for (const OutputTransform transform :
       {OutputTransform::normal, OutputTransform::turned_180, OutputTransform::flipped_180, OutputTransform::turned_90,
        OutputTransform::flipped_270, OutputTransform::normal}) {
    Image buffer = laid(desktop, transform, false);
    Frame frame = buffer.frame();
    frame.transform = transform;
    frame.damage = {4, 4, 2, 2};
    REQUIRE(converter.convert(frame) == Status::ok);
    CHECK(copy(converter.picture(), 128, 72) == copy(expected.picture(), 128, 72));
  }
}

TEST_CASE("damage that a producer makes up is cut to the picture, whatever way it lies") {
  for (const OutputTransform transform : transforms) {
    Image image(66, 34);
    image.noise(1);
    Converter converter(34, 66, Colorspace::rec709, false);
    Frame frame = image.frame();
    frame.transform = transform;
    REQUIRE(converter.convert(frame) == Status::ok);
    for (const Rect damage : {Rect{-2'000'000'000, -2'000'000'000, 2'147'483'647, 2'147'483'647},
                              {2'147'483'647, 2'147'483'647, 2'147'483'647, 2'147'483'647},
                              {65, 33, 2'147'483'647, 1},
                              {-5, 33, 6, 2'147'483'647},
                              {10, 10, -5, 5}}) {
      frame.damage = damage;
      CHECK(converter.convert(frame) == Status::ok);
    }
  }
}

TEST_CASE("a desktop of odd sides is streamed point by point, without its last column and row") {
  for (const auto& [dw, dh] : {std::pair{129u, 73u}, {129u, 72u}, {128u, 73u}}) {
    for (const OutputTransform transform : {OutputTransform::normal, OutputTransform::turned_270}) {
      CAPTURE(dw);
      CAPTURE(dh);
      Image desktop(dw, dh), even(128, 72);
      desktop.noise(4);
      for (std::uint32_t y = 0; y < 72; ++y) { std::copy_n(desktop.at(0, y), 128 * 4, even.at(0, y)); }
      Image buffer = laid(desktop, transform, false);
      Frame frame = buffer.frame();
      frame.transform = transform;
      Converter converter(128, 72, Colorspace::rec709, false), expected(128, 72, Colorspace::rec709, false);
      REQUIRE(converter.convert(frame) == Status::ok);
      REQUIRE(expected.convert(even.frame()) == Status::ok);
      CHECK(copy(converter.picture(), 128, 72) == copy(expected.picture(), 128, 72));
      frame.damage = laid({static_cast<int>(dw) - 1, static_cast<int>(dh) - 1, 1, 1}, transform, dw, dh);
      CHECK(converter.convert(frame) == Status::ok);  // damage in what is not streamed
    }
  }
}
