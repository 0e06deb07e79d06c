#include "client/picture_decoder.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/imgutils.h>
#include <libavutil/log.h>
#include <libavutil/pixdesc.h>
}

#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <vector>

namespace punktfunk::client {

namespace {

// libavcodec conceals damage and only logs it. The log is process-wide; decoding happens on the caller's thread
// (thread_count 1), so what is logged during a call belongs to that call.
thread_local std::uint64_t complaints_of_this_thread = 0;
thread_local std::string last_complaint_of_this_thread;

void count_complaints(void*, int level, const char* format, va_list arguments) {
  if (level > AV_LOG_ERROR) { return; }
  char text[256];
  std::vsnprintf(text, sizeof text, format, arguments);
  ++complaints_of_this_thread;
  last_complaint_of_this_thread = text;
  while (!last_complaint_of_this_thread.empty() && last_complaint_of_this_thread.back() == '\n') {
    last_complaint_of_this_thread.pop_back();
  }
}

AVCodecID codec_id(VideoCodec codec) {
  switch (codec) {
    case VideoCodec::h264:
      return AV_CODEC_ID_H264;
    case VideoCodec::hevc:
      return AV_CODEC_ID_HEVC;
    case VideoCodec::av1:
      return AV_CODEC_ID_AV1;
  }
  return AV_CODEC_ID_NONE;
}

}  // namespace

struct PictureDecoder::State {
  AVCodecContext* context = nullptr;
  AVPacket* packet = av_packet_alloc();
  AVFrame* frame = av_frame_alloc();
  std::vector<std::uint8_t> padded;
  std::string last_error;

  ~State() {
    avcodec_free_context(&context);
    av_packet_free(&packet);
    av_frame_free(&frame);
  }
};

PictureDecoder::PictureDecoder(std::unique_ptr<State> state) : state_(std::move(state)) {}
PictureDecoder::~PictureDecoder() = default;
const std::string& PictureDecoder::last_error() const {
  return state_->last_error;
}

std::unique_ptr<PictureDecoder> PictureDecoder::open(VideoCodec codec, std::string& error) {
  static std::once_flag once;
  std::call_once(once, [] { av_log_set_callback(count_complaints); });
  const AVCodec* const implementation = avcodec_find_decoder(codec_id(codec));
  if (implementation == nullptr) {
    error = "the libavcodec of this machine has no decoder for this codec";
    return nullptr;
  }
  auto state = std::make_unique<State>();
  state->context = avcodec_alloc_context3(implementation);
  if (state->context == nullptr || state->packet == nullptr || state->frame == nullptr) {
    error = "out of memory";
    return nullptr;
  }
  state->context->thread_count = 1;
  state->context->flags |= AV_CODEC_FLAG_LOW_DELAY;
  if (avcodec_open2(state->context, implementation, nullptr) < 0) {
    error = "libavcodec does not open its decoder";
    return nullptr;
  }
  return std::unique_ptr<PictureDecoder>(new PictureDecoder(std::move(state)));
}

bool PictureDecoder::decode(std::span<const std::uint8_t> access_unit,
                            const std::function<void(const Picture&)>& each) {
  State& state = *state_;
  const std::uint64_t complaints_before = complaints_of_this_thread;
  bool clean = true;
  const auto fail = [&](const char* why) {
    clean = false;
    state.last_error = why;
  };

  state.padded.resize(access_unit.size() + AV_INPUT_BUFFER_PADDING_SIZE);
  std::memcpy(state.padded.data(), access_unit.data(), access_unit.size());
  std::memset(state.padded.data() + access_unit.size(), 0, AV_INPUT_BUFFER_PADDING_SIZE);
  state.packet->data = state.padded.data();
  state.packet->size = static_cast<int>(access_unit.size());
  if (avcodec_send_packet(state.context, state.packet) < 0) { fail("the decoder refused the access unit"); }
  while (avcodec_receive_frame(state.context, state.frame) == 0) {
    const AVFrame& frame = *state.frame;
    if (frame.decode_error_flags != 0 || (frame.flags & AV_FRAME_FLAG_CORRUPT) != 0) { fail("the picture is damaged"); }
    const AVPixFmtDescriptor* const format = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
    if (format == nullptr || format->nb_components < 3 || format->comp[0].depth != 8 || format->comp[1].plane != 1) {
      fail("the picture is not planar YUV of 8 bits");
    } else {
      Picture picture{
          .width = static_cast<unsigned>(frame.width),
          .height = static_cast<unsigned>(frame.height),
          .chroma_shift_x = format->log2_chroma_w,
          .chroma_shift_y = format->log2_chroma_h,
          .full_range = frame.color_range == AVCOL_RANGE_JPEG,
          .matrix = static_cast<unsigned>(frame.colorspace),
          .primaries = static_cast<unsigned>(frame.color_primaries),
          .transfer = static_cast<unsigned>(frame.color_trc),
      };
      for (int plane = 0; plane < 3; ++plane) {
        picture.planes[plane] = frame.data[plane];
        picture.strides[plane] = static_cast<std::size_t>(frame.linesize[plane]);
      }
      each(picture);
    }
    av_frame_unref(state.frame);
  }
  if (complaints_of_this_thread != complaints_before) { fail(last_complaint_of_this_thread.c_str()); }
  return clean;
}

}  // namespace punktfunk::client
