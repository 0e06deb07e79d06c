// Access units to pictures by libavcodec, one in, one out, with every complaint of the decoder counted: a clean stream
// has none. Uses only what libavcodec has had unchanged from FFmpeg 5.1 to 8.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

namespace punktfunk::client {

enum class VideoCodec : std::uint8_t { h264, hevc, av1 };

// A decoded picture, 8 bits a sample, valid during the callback. Chroma is subsampled by chroma_shift in each direction
// that is set.
struct Picture {
  const std::uint8_t* planes[3] = {};
  std::size_t strides[3] = {};
  unsigned width = 0, height = 0;
  unsigned chroma_shift_x = 1, chroma_shift_y = 1;
  bool full_range = false;
  unsigned matrix = 2;     // matrix_coefficients of ITU-T H.273: 1 BT.709, 5 and 6 BT.601, 9 BT.2020, 2 unspecified
  unsigned primaries = 2;  // colour_primaries
  unsigned transfer = 2;   // transfer_characteristics
};

class PictureDecoder {
 public:
  // Null and a sentence when this machine's libavcodec lacks the codec.
  static std::unique_ptr<PictureDecoder> open(VideoCodec codec, std::string& error);
  ~PictureDecoder();

  // Decodes one access unit and hands over each picture that comes out. False when the decoder reported any error.
  bool decode(std::span<const std::uint8_t> access_unit, const std::function<void(const Picture&)>& each);
  // What the decoder said last when it reported an error.
  [[nodiscard]] const std::string& last_error() const;

 private:
  struct State;
  explicit PictureDecoder(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace punktfunk::client
