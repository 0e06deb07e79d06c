// A preview as who looks at it has it: a decoded picture.
#pragma once

#include <doctest/doctest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "beacon/beacon_code.h"
#include "contract/messages.h"

extern "C" {
#include <libavcodec/avcodec.h>
}

namespace punktfunk::test {

inline std::vector<std::uint8_t> from_base64(const std::string& text) {
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::vector<std::uint8_t> bytes;
  std::uint32_t bits = 0, count = 0;
  for (const char c : text) {
    if (c == '=') { break; }
    bits = bits << 6 | static_cast<std::uint32_t>(digits.find(c));
    if ((count += 6) >= 8) { bytes.push_back(static_cast<std::uint8_t>(bits >> (count -= 8))); }
  }
  return bytes;
}

struct Free {
  void operator()(AVFrame* frame) const { av_frame_free(&frame); }
};
using Decoded = std::unique_ptr<AVFrame, Free>;

inline Decoded decode(std::vector<std::uint8_t> jpeg) {
  const std::size_t bytes = jpeg.size();
  jpeg.resize(bytes + AV_INPUT_BUFFER_PADDING_SIZE);
  AVCodecContext* context = avcodec_alloc_context3(avcodec_find_decoder(AV_CODEC_ID_MJPEG));
  REQUIRE(avcodec_open2(context, context->codec, nullptr) == 0);
  AVPacket* packet = av_packet_alloc();
  packet->data = jpeg.data();
  packet->size = static_cast<int>(bytes);
  Decoded frame(av_frame_alloc());
  const bool decoded = avcodec_send_packet(context, packet) == 0 && avcodec_receive_frame(context, frame.get()) == 0;
  av_packet_free(&packet);
  avcodec_free_context(&context);
  REQUIRE(decoded);
  return frame;
}

inline Decoded decode(const contract::PreviewPicture& preview) {
  Decoded frame = decode(from_base64(preview.jpeg_base64));
  CHECK(frame->width == preview.width);
  CHECK(frame->height == preview.height);
  return frame;
}

inline bool read_code(const AVFrame& frame, BeaconCode& code) {
  return read_beacon_code(frame.data[0], static_cast<std::size_t>(frame.linesize[0]),
                          static_cast<std::uint32_t>(frame.width), static_cast<std::uint32_t>(frame.height), code);
}

}  // namespace punktfunk::test
