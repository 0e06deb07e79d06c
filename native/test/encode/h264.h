// What the tests need to know of an H.264 stream: its NAL units, the parts of the SPS that clients rely on, and
// decoding by libavcodec.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

struct AVCodecContext;
struct AVFrame;

namespace punktfunk::test {

struct Nal {
  unsigned type;
  std::span<const std::uint8_t> bytes;  // with the header byte, without start code
};
std::vector<Nal> split_annex_b(std::span<const std::uint8_t> stream);

struct Sps {
  unsigned profile, level, reference_frames, width, height;
  bool vui = false, full_range = false, restriction = false;
  unsigned primaries = 2, transfer = 2, matrix = 2, chroma_location = 0, reorder_frames = 99,
           decoder_buffer_frames = 99;
};
Sps parse_sps(std::span<const std::uint8_t> nal);

class Decoder {
 public:
  Decoder();
  ~Decoder();
  // One access unit in, its picture out. Null when the decoder gives none for it or reports an error. Valid until the
  // next call.
  const AVFrame* decode(std::span<const std::uint8_t> access_unit);

 private:
  AVCodecContext* context_;
  AVFrame* frame_;
};

}  // namespace punktfunk::test
