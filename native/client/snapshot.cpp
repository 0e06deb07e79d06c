#include "client/snapshot.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <memory>
#include <vector>

namespace punktfunk::client {

namespace {

// Kr and Kb of the matrix (ITU-T H.273, table 4); pictures that say nothing are taken as BT.709.
struct Weights {
  double red, blue;
};
Weights weights(unsigned matrix) {
  if (matrix == 5 || matrix == 6) { return {0.299, 0.114}; }
  if (matrix == 9 || matrix == 10) { return {0.2627, 0.0593}; }
  return {0.2126, 0.0722};
}

std::uint8_t to_byte(double value) {
  return static_cast<std::uint8_t>(std::lround(std::clamp(value, 0.0, 1.0) * 255));
}

}  // namespace

bool write_ppm(const Picture& picture, const std::string& path, std::string& error) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "wb"), std::fclose);
  if (!file) {
    error = "cannot write " + path + ": " + std::strerror(errno);
    return false;
  }
  const auto [kr, kb] = weights(picture.matrix);
  const double kg = 1 - kr - kb;
  const double luma_offset = picture.full_range ? 0 : 16;
  const double luma_span = picture.full_range ? 255 : 219;
  const double chroma_span = picture.full_range ? 255 : 224;
  std::vector<std::uint8_t> line(std::size_t{picture.width} * 3);
  bool written = std::fprintf(file.get(), "P6\n%u %u\n255\n", picture.width, picture.height) > 0;
  for (unsigned y = 0; y < picture.height && written; ++y) {
    for (unsigned x = 0; x < picture.width; ++x) {
      const std::size_t cx = x >> picture.chroma_shift_x, cy = y >> picture.chroma_shift_y;
      const double luma = (picture.planes[0][y * picture.strides[0] + x] - luma_offset) / luma_span;
      const double cb = (picture.planes[1][cy * picture.strides[1] + cx] - 128) / chroma_span;
      const double cr = (picture.planes[2][cy * picture.strides[2] + cx] - 128) / chroma_span;
      const double red = luma + 2 * (1 - kr) * cr;
      const double blue = luma + 2 * (1 - kb) * cb;
      const double green = (luma - kr * red - kb * blue) / kg;
      line[std::size_t{x} * 3] = to_byte(red);
      line[std::size_t{x} * 3 + 1] = to_byte(green);
      line[std::size_t{x} * 3 + 2] = to_byte(blue);
    }
    written = std::fwrite(line.data(), 1, line.size(), file.get()) == line.size();
  }
  if (!written || std::fflush(file.get()) != 0) {
    error = "cannot write " + path + ": " + std::strerror(errno);
    return false;
  }
  return true;
}

}  // namespace punktfunk::client
