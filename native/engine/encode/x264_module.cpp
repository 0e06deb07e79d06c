// libx264 behind the Encoder interface, in a module of its own because x264 is GPL. Built as punktfunk_encoder_x264.so.
#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <memory>

extern "C" {
#include <x264.h>
}

#include "engine/encode/encoder.h"
#include "engine/encode/module_abi.h"
#include "engine/encode/still_quality.h"
#include "engine/encode/vui.h"

namespace punktfunk {
namespace {

constexpr std::uint32_t min_slice_rows = 4;  // macroblock rows that x264 wants for each of its slice threads
constexpr int min_quantizer = 10;            // below it a still picture only costs bits and time: the eye sees no gain
// With sliced threads and a buffer of one frame each thread's rate control reads the sizes that the others expect while
// those still change. A pessimistic moment drives it to quantizers (up to 69) where macroblocks become skips: bands of
// the picture before (native/test/encode/whole_picture_test.cpp: some at 51, none up to 48). A limit of 42 no longer
// kept noise at a low rate within the buffer (encoder_test.cpp); 44 did.
constexpr int max_quantizer = 45;
constexpr float texture_coarser = 4;  // than its neighbours, about: what stands is refined beyond that, too
// x264's 1 spends on what is flat more than desktops and games show.
constexpr float adaptive_strength = 0.7F;
// Text is sharp until it is smoothed: blocks are, from a quantizer of 18 on, where they begin to be seen.
constexpr int deblocking = -1;

struct Log {
  char text[256] = "";
};

void on_log(void* to, int level, const char* format, va_list arguments) {
  if (level > X264_LOG_ERROR) { return; }
  auto& log = *static_cast<Log*>(to);
  std::vsnprintf(log.text, sizeof log.text, format, arguments);
  log.text[std::strcspn(log.text, "\n")] = 0;
}

// A quality that is enough, within a rate: what it does not need of the rate is not spent.
void set_rate(x264_param_t& p, std::uint32_t bitrate_kbps) {
  p.rc.i_vbv_max_bitrate = static_cast<int>(bitrate_kbps);
  p.rc.i_vbv_buffer_size = static_cast<int>((bitrate_kbps * p.i_fps_den + p.i_fps_num - 1) / p.i_fps_num);  // one frame
  p.rc.f_vbv_buffer_init = 1;
}

class X264Encoder final : public Encoder {
 public:
  X264Encoder(x264_t* encoder, const EncoderConfig& config, std::unique_ptr<Log> log)
      : encoder_(encoder),
        log_(std::move(log)),
        macroblocks_(std::size_t{(config.width + macroblock_px - 1) / macroblock_px} *
                     ((config.height + macroblock_px - 1) / macroblock_px)),
        still_quality_(macroblocks_, std::min(min_quantizer - texture_coarser - static_cast<float>(config.crf), 0.0F)),
        fps_(config.fps),
        bitrate_kbps_(config.bitrate_kbps) {
    std::snprintf(name_, sizeof name_, "libx264 %s", config.preset);
  }
  ~X264Encoder() override { x264_encoder_close(encoder_); }

  Status encode(const Picture& picture, bool force_idr, const SliceSink& sink) noexcept override {
    x264_picture_t in, reconstructed;
    x264_picture_init(&in);
    in.i_type = force_idr ? X264_TYPE_IDR : X264_TYPE_AUTO;
    in.i_pts = pts_++;
    in.img.i_csp = X264_CSP_NV12;
    in.img.i_plane = 2;
    in.img.plane[0] = const_cast<std::uint8_t*>(picture.y);
    in.img.plane[1] = const_cast<std::uint8_t*>(picture.uv);
    in.img.i_stride[0] = static_cast<int>(picture.y_stride);
    in.img.i_stride[1] = static_cast<int>(picture.uv_stride);
    const bool known = picture.still != nullptr && !force_idr;
    // Read during the call only, and never written: without b_mb_info_update x264 gives nothing back.
    in.prop.mb_info = known ? const_cast<std::uint8_t*>(picture.still) : nullptr;
    in.prop.quant_offsets = still_quality_.next({picture.still, known ? macroblocks_ : 0});
    x264_nal_t* nals = nullptr;
    int count = 0;
    const int bytes = x264_encoder_encode(encoder_, &nals, &count, &in, &reconstructed);
    if (bytes <= 0 || count <= 0) { return Status::internal; }
    still_quality_.took(static_cast<std::size_t>(bytes), std::size_t{bitrate_kbps_} * 1000 / 8 / fps_);
    hand_out(nals, count, reconstructed.b_keyframe != 0, sink);
    return Status::ok;
  }

  Status set_bitrate_kbps(std::uint32_t bitrate_kbps) noexcept override {
    if (bitrate_kbps == 0) { return Status::invalid_argument; }
    x264_param_t p;
    x264_encoder_parameters(encoder_, &p);
    set_rate(p, bitrate_kbps);
    if (x264_encoder_reconfig(encoder_, &p) != 0) { return Status::internal; }
    bitrate_kbps_ = bitrate_kbps;
    return Status::ok;
  }

  [[nodiscard]] const char* name() const noexcept override { return name_; }

 private:
  // x264 lays an access unit's NAL units one after the other. A slice takes with it the parameter sets before it; SEI
  // (type 6, about 700 bytes of options in the first frame) is left out: it would push the first slice out of the first
  // packet (docs/gamestream.md, 6.6).
  static void hand_out(x264_nal_t* nals, int count, bool idr, const SliceSink& sink) {
    int last = count - 1;
    while (last > 0 && nals[last].i_type == NAL_SEI) { --last; }
    std::uint8_t* piece = nals[0].p_payload;
    std::size_t bytes = 0;
    bool first = true;
    for (int i = 0; i <= last; ++i) {
      const auto size = static_cast<std::size_t>(nals[i].i_payload);
      if (nals[i].i_type == NAL_SEI) {  // what stands before it moves up
        std::memmove(piece + size, piece, bytes);
        piece += size;
        continue;
      }
      bytes += size;
      const bool slice = nals[i].i_type == NAL_SLICE || nals[i].i_type == NAL_SLICE_IDR;
      if (!slice && i < last) { continue; }
      sink({.bytes = {piece, bytes}, .idr = idr, .first = first, .last = i == last});
      first = false;
      piece += bytes;
      bytes = 0;
    }
  }

  x264_t* encoder_;
  std::unique_ptr<Log> log_;  // x264 keeps a pointer to it
  std::size_t macroblocks_;
  StillQuality still_quality_;
  std::uint32_t fps_, bitrate_kbps_;
  std::int64_t pts_ = 0;
  char name_[48];
};

void set_slices(x264_param_t& p, const EncoderConfig& c) {
  const std::uint32_t rows = (c.height + 15) / 16;
  const bool threads = c.slices > 1 && c.threads != 1 && c.slices <= std::max(1u, rows / min_slice_rows);
  // Sliced threads make exactly one slice each and ignore i_slice_count.
  p.i_threads = threads ? static_cast<int>(c.slices) : 1;
  p.b_sliced_threads = threads;
  p.i_slice_count = threads ? 0 : static_cast<int>(std::min(c.slices, rows));
}

// What superfast does for a fifth of its time, and a desktop's pictures gain nothing by: motion of half samples, parts
// of macroblocks, transforms of 8x8 (docs/benchmarks.md, What the encoder looks for). veryfast does it.
void leave_out_what_does_not_pay(x264_param_t& p) {
  p.analyse.i_subpel_refine = 0;
  p.analyse.inter = p.analyse.intra = 0;
  p.analyse.b_transform_8x8 = 0;
}

Encoder* open(const EncoderConfig& c, char* error, std::size_t error_bytes) {
  x264_param_t p;
  if (x264_param_default_preset(&p, c.preset, "zerolatency") != 0) {
    std::snprintf(error, error_bytes, "libx264 does not know the preset '%s'", c.preset);
    return nullptr;
  }
  auto log = std::make_unique<Log>();
  p.pf_log = on_log;
  p.p_log_private = log.get();
  p.i_log_level = X264_LOG_ERROR;

  p.i_csp = X264_CSP_NV12;
  p.i_width = static_cast<int>(c.width);
  p.i_height = static_cast<int>(c.height);
  p.i_fps_num = c.fps;
  p.i_fps_den = 1;
  p.i_timebase_num = 1;
  p.i_timebase_den = c.fps;
  p.b_vfr_input = 0;
  set_slices(p, c);
  if (std::strcmp(c.preset, "superfast") == 0) { leave_out_what_does_not_pay(p); }
  p.i_deblocking_filter_alphac0 = p.i_deblocking_filter_beta = deblocking;
  p.rc.i_rc_method = X264_RC_CRF;
  p.rc.f_rf_constant = static_cast<float>(c.crf);
  p.rc.f_qcompress = 1;  // the same quantizer however little changes: else a still desktop is polished without an end
  set_rate(p, c.bitrate_kbps);
  p.analyse.b_mb_info = 1;
  const bool adaptive = p.rc.i_aq_mode != X264_AQ_NONE;
  p.rc.i_aq_mode = X264_AQ_VARIANCE;  // ultrafast has none, but a macroblock's offset is part of it
  p.rc.f_aq_strength = adaptive ? adaptive_strength : 0.01F;
  p.rc.i_qp_min = min_quantizer;
  p.rc.i_qp_max = max_quantizer;

  p.i_keyint_max = X264_KEYINT_MAX_INFINITE;
  p.i_scenecut_threshold = 0;
  p.i_bframe = 0;
  p.analyse.i_weighted_pred = X264_WEIGHTP_NONE;
  if (c.max_reference_frames > 0) {
    p.i_frame_reference = std::min(p.i_frame_reference, static_cast<int>(c.max_reference_frames));
  }

  p.b_annexb = 1;
  p.b_repeat_headers = 1;
  p.b_aud = 0;
  const Vui vui = vui_of(c.colorspace);
  p.vui.b_fullrange = c.full_range;
  p.vui.i_colorprim = vui.primaries;
  p.vui.i_transfer = vui.transfer;
  p.vui.i_colmatrix = vui.matrix;
  p.vui.i_chroma_loc = chroma_sample_location;

  x264_t* encoder = x264_param_apply_profile(&p, "high") == 0 ? x264_encoder_open(&p) : nullptr;
  if (encoder == nullptr) {
    std::snprintf(error, error_bytes, "libx264 refuses %ux%u at %u frames/s and %u kbit/s: %s", c.width, c.height,
                  c.fps, c.bitrate_kbps, log->text[0] != 0 ? log->text : "no reason given");
    return nullptr;
  }
  return new X264Encoder(encoder, c, std::move(log));
}

}  // namespace
}  // namespace punktfunk

PUNKTFUNK_ENCODER_MODULE(punktfunk::open)
