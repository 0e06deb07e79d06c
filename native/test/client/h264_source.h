// Pictures with the machine-readable corner, as H.264 access units: what a host would send. Encoded by libavcodec's own
// choice of H.264 encoder, one slice after the other, no B-frames, an IDR when asked for.
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/opt.h>
}

#include <doctest/doctest.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "beacon/beacon_code.h"

namespace punktfunk::test {

struct EncodedPicture {
  std::vector<std::uint8_t> bytes;
  bool idr = false;
};

class H264Source {
 public:
  H264Source(unsigned width, unsigned height) : width_(width), height_(height) {
    const AVCodec* const codec = avcodec_find_encoder(AV_CODEC_ID_H264);
    REQUIRE_MESSAGE(codec != nullptr, "this machine's libavcodec has no H.264 encoder; install one with libx264");
    context_.reset(avcodec_alloc_context3(codec));
    context_->width = static_cast<int>(width);
    context_->height = static_cast<int>(height);
    context_->time_base = {1, 60};
    context_->pix_fmt = AV_PIX_FMT_YUV420P;
    context_->gop_size = 1 << 20;
    context_->max_b_frames = 0;
    context_->thread_count = 1;
    context_->bit_rate = 8'000'000;
    context_->color_range = AVCOL_RANGE_MPEG;
    context_->colorspace = AVCOL_SPC_BT709;
    context_->color_primaries = AVCOL_PRI_BT709;
    context_->color_trc = AVCOL_TRC_BT709;
    av_opt_set(context_->priv_data, "preset", "ultrafast", 0);
    av_opt_set(context_->priv_data, "tune", "zerolatency", 0);
    av_opt_set(context_->priv_data, "forced-idr", "1", 0);
    REQUIRE(avcodec_open2(context_.get(), codec, nullptr) == 0);
    frame_.reset(av_frame_alloc());
    frame_->format = AV_PIX_FMT_YUV420P;
    frame_->width = context_->width;
    frame_->height = context_->height;
    REQUIRE(av_frame_get_buffer(frame_.get(), 0) == 0);
  }

  EncodedPicture next(const BeaconCode& code, bool idr) {
    REQUIRE(av_frame_make_writable(frame_.get()) == 0);
    paint(code);
    frame_->pts = count_++;
    frame_->pict_type = idr ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
    REQUIRE(avcodec_send_frame(context_.get(), frame_.get()) == 0);
    const std::unique_ptr<AVPacket, Free> packet(av_packet_alloc());
    REQUIRE(avcodec_receive_packet(context_.get(), packet.get()) == 0);
    return {{packet->data, packet->data + packet->size}, (packet->flags & AV_PKT_FLAG_KEY) != 0};
  }

 private:
  struct Free {
    void operator()(AVCodecContext* context) const { avcodec_free_context(&context); }
    void operator()(AVFrame* frame) const { av_frame_free(&frame); }
    void operator()(AVPacket* packet) const { av_packet_free(&packet); }
  };

  // Grey with the code in the corner and a bar that moves with the frame number.
  void paint(const BeaconCode& code) {
    std::vector<std::uint8_t> pixels(std::size_t{width_} * height_ * 4, 128);
    const unsigned bar = static_cast<unsigned>(code.frame_number * 7 % width_);
    for (unsigned y = beacon_height_px; y < height_; ++y) {
      std::memset(pixels.data() + (std::size_t{y} * width_ + bar) * 4, static_cast<int>(y), 4);
    }
    REQUIRE(paint_beacon_code(pixels.data(), std::size_t{width_} * 4, width_, height_, code));
    for (unsigned y = 0; y < height_; ++y) {
      for (unsigned x = 0; x < width_; ++x) {
        frame_->data[0][std::size_t{y} * static_cast<std::size_t>(frame_->linesize[0]) + x] =
            static_cast<std::uint8_t>(16 + pixels[(std::size_t{y} * width_ + x) * 4] * 219 / 255);
      }
    }
    for (int plane = 1; plane < 3; ++plane) {
      for (unsigned y = 0; y < height_ / 2; ++y) {
        std::memset(frame_->data[plane] + std::size_t{y} * static_cast<std::size_t>(frame_->linesize[plane]), 128,
                    width_ / 2);
      }
    }
  }

  unsigned width_, height_;
  std::int64_t count_ = 0;
  std::unique_ptr<AVCodecContext, Free> context_;
  std::unique_ptr<AVFrame, Free> frame_;
};

}  // namespace punktfunk::test
