#include "engine/preview/jpeg.h"

#include <libyuv/planar_functions.h>

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include <jpeglib.h>  // after <cstdio>, whose names it uses

namespace punktfunk {
namespace {

constexpr std::uint32_t rows_a_time = 2 * DCTSIZE;  // a row of macroblocks of 4:2:0

// libjpeg's way out of an error: what it jumps over has no destructors.
struct Escape : jpeg_error_mgr {
  std::jmp_buf to;
  char reason[JMSG_LENGTH_MAX];
};

void escape(j_common_ptr jpeg) {
  auto& error = static_cast<Escape&>(*jpeg->err);
  error.format_message(jpeg, error.reason);
  std::longjmp(error.to, 1);
}

// 4:2:0 in three planes, of whole macroblocks: the sides are filled up with their last row and column.
struct Planes {
  std::uint32_t width, height;  // of luma
  std::vector<std::uint8_t> y, u, v;

  Planes(const Picture& picture, std::uint32_t used_width, std::uint32_t used_height)
      : width((used_width + rows_a_time - 1) / rows_a_time * rows_a_time),
        height((used_height + rows_a_time - 1) / rows_a_time * rows_a_time),
        y(std::size_t{width} * height),
        u(y.size() / 4),
        v(y.size() / 4) {
    libyuv::CopyPlane(picture.y, static_cast<int>(picture.y_stride), y.data(), static_cast<int>(width),
                      static_cast<int>(used_width), static_cast<int>(used_height));
    libyuv::SplitUVPlane(picture.uv, static_cast<int>(picture.uv_stride), u.data(), static_cast<int>(width / 2),
                         v.data(), static_cast<int>(width / 2), static_cast<int>(used_width / 2),
                         static_cast<int>(used_height / 2));
    fill_up(y, width, used_width, used_height);
    fill_up(u, width / 2, used_width / 2, used_height / 2);
    fill_up(v, width / 2, used_width / 2, used_height / 2);
  }

  static void fill_up(std::vector<std::uint8_t>& plane, std::size_t stride, std::size_t used_width,
                      std::size_t used_height) {
    for (std::size_t row = 0; row * stride < plane.size(); ++row) {
      std::uint8_t* const at = plane.data() + row * stride;
      if (row >= used_height) {
        std::copy_n(at - stride, stride, at);
      } else {
        for (std::size_t column = used_width; column < stride; ++column) { at[column] = at[column - 1]; }
      }
    }
  }
};

struct File {
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
};

// False on an error, whose words are in `error`. What was allocated is given back by the caller.
bool compress(jpeg_compress_struct& jpeg, Escape& error, Planes& planes, std::uint32_t width, std::uint32_t height,
              int quality, File& file) {
  jpeg.err = jpeg_std_error(&error);
  error.error_exit = escape;
  if (setjmp(error.to) != 0) { return false; }
  jpeg_create_compress(&jpeg);
  jpeg_mem_dest(&jpeg, &file.bytes, &file.size);
  jpeg.image_width = width;
  jpeg.image_height = height;
  jpeg.input_components = 3;
  jpeg.in_color_space = JCS_YCbCr;
  jpeg_set_defaults(&jpeg);  // 4:2:0
  jpeg_set_quality(&jpeg, quality, TRUE);
  jpeg.raw_data_in = TRUE;
  jpeg.dct_method = JDCT_ISLOW;
  jpeg_start_compress(&jpeg, TRUE);
  while (jpeg.next_scanline < height) {
    JSAMPROW y[rows_a_time], u[DCTSIZE], v[DCTSIZE];
    const std::size_t from = jpeg.next_scanline, half_width = planes.width / 2;
    for (std::size_t row = 0; row < rows_a_time; ++row) { y[row] = planes.y.data() + (from + row) * planes.width; }
    for (std::size_t row = 0; row < DCTSIZE; ++row) {
      u[row] = planes.u.data() + (from / 2 + row) * half_width;
      v[row] = planes.v.data() + (from / 2 + row) * half_width;
    }
    JSAMPARRAY rows[] = {y, u, v};
    jpeg_write_raw_data(&jpeg, rows, rows_a_time);
  }
  jpeg_finish_compress(&jpeg);
  return true;
}

}  // namespace

Result<std::vector<std::uint8_t>, std::string> encode_jpeg(const Picture& picture, std::uint32_t width,
                                                           std::uint32_t height, int quality) {
  Planes planes(picture, width, height);
  jpeg_compress_struct jpeg{};
  Escape error{};
  File file;
  const bool done = compress(jpeg, error, planes, width, height, quality, file);
  jpeg_destroy_compress(&jpeg);
  const std::unique_ptr<unsigned char, void (*)(void*)> owned(file.bytes, std::free);
  if (!done) { return std::string(error.reason); }
  return std::vector<std::uint8_t>(file.bytes, file.bytes + file.size);
}

}  // namespace punktfunk
