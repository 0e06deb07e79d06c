// OpenH264 behind the Encoder interface: the choice of machines without libx264. Built as
// punktfunk_encoder_openh264.so.
#include <libyuv/planar_functions.h>
#include <wels/codec_api.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <vector>

#include "engine/encode/encoder.h"
#include "engine/encode/module_abi.h"
#include "engine/encode/vui.h"

namespace punktfunk {
namespace {

// The library refuses more than its highest level (5.2) has.
constexpr std::uint32_t max_bitrate_kbps = 240'000;

// It shares a rate out among its layers as a float, and refuses what comes out above the limit: up to 2^28 a float has
// each multiple of 16.
int bits_per_second(std::uint32_t bitrate_kbps) {
  return static_cast<int>(std::min(bitrate_kbps, max_bitrate_kbps) * 1000 / 16 * 16);
}

constexpr std::uint32_t finer = 6;           // than a moving picture has to be
constexpr std::uint32_t max_quantizer = 42;  // the library's own
constexpr std::uint32_t max_slices = 32;     // well below the library's limit of 35

struct Destroy {
  void operator()(ISVCEncoder* encoder) const {
    encoder->Uninitialize();
    WelsDestroySVCEncoder(encoder);
  }
};
using Handle = std::unique_ptr<ISVCEncoder, Destroy>;

class OpenH264Encoder final : public Encoder {
 public:
  OpenH264Encoder(Handle encoder, const EncoderConfig& config)
      : encoder_(std::move(encoder)),
        width_(config.width),
        height_(config.height),
        fps_(config.fps),
        bitrate_kbps_(config.bitrate_kbps),
        u_(std::size_t{width_} * height_ / 4),
        v_(u_.size()) {}

  Status encode(const Picture& picture, bool force_idr, const SliceSink& sink) noexcept override {
    const int half_width = static_cast<int>(width_ / 2), half_height = static_cast<int>(height_ / 2);
    libyuv::SplitUVPlane(picture.uv, static_cast<int>(picture.uv_stride), u_.data(), half_width, v_.data(), half_width,
                         half_width, half_height);
    SSourcePicture in{};
    in.iColorFormat = videoFormatI420;
    in.iPicWidth = static_cast<int>(width_);
    in.iPicHeight = static_cast<int>(height_);
    in.uiTimeStamp = static_cast<long long>(frame_++ * 1000 / fps_);
    in.pData[0] = const_cast<std::uint8_t*>(picture.y);
    in.pData[1] = u_.data();
    in.pData[2] = v_.data();
    in.iStride[0] = static_cast<int>(picture.y_stride);
    in.iStride[1] = in.iStride[2] = half_width;
    if (force_idr && encoder_->ForceIntraFrame(true) != 0) { return Status::internal; }
    SFrameBSInfo info{};
    if (encoder_->EncodeFrame(&in, &info) != cmResultSuccess || info.eFrameType == videoFrameTypeSkip ||
        info.iLayerNum <= 0) {
      return Status::internal;
    }
    // A layer is a run of NAL units: the parameter sets of an IDR, then the slices.
    for (int i = 0; i < info.iLayerNum; ++i) {
      const SLayerBSInfo& layer = info.sLayerInfo[i];
      std::size_t bytes = 0;
      for (int n = 0; n < layer.iNalCount; ++n) { bytes += static_cast<std::size_t>(layer.pNalLengthInByte[n]); }
      sink({.bytes = {layer.pBsBuf, bytes},
            .idr = info.eFrameType == videoFrameTypeIDR,
            .first = i == 0,
            .last = i == info.iLayerNum - 1});
    }
    return Status::ok;
  }

  Status set_bitrate_kbps(std::uint32_t bitrate_kbps) noexcept override {
    if (bitrate_kbps == 0) { return Status::invalid_argument; }
    if (bitrate_kbps > max_bitrate_kbps) { return Status::unsupported; }
    // A rate above its limit is refused, and so is a limit below the rate; layer and stream each have one.
    const bool raised = bitrate_kbps > bitrate_kbps_;
    const bool done = raised ? limit(bitrate_kbps) && aim(bitrate_kbps) : aim(bitrate_kbps) && limit(bitrate_kbps);
    if (!done) {
      aim(bitrate_kbps_);
      return Status::internal;
    }
    bitrate_kbps_ = bitrate_kbps;
    return Status::ok;
  }

  [[nodiscard]] const char* name() const noexcept override { return "OpenH264"; }

 private:
  bool set(ENCODER_OPTION option, LAYER_NUM layer, std::uint32_t bitrate_kbps) {
    SBitrateInfo rate{layer, bits_per_second(bitrate_kbps)};
    return encoder_->SetOption(option, &rate) == cmResultSuccess;
  }
  bool aim(std::uint32_t bitrate_kbps) { return set(ENCODER_OPTION_BITRATE, SPATIAL_LAYER_ALL, bitrate_kbps); }
  bool limit(std::uint32_t bitrate_kbps) {
    return set(ENCODER_OPTION_MAX_BITRATE, SPATIAL_LAYER_ALL, bitrate_kbps) &&
           set(ENCODER_OPTION_MAX_BITRATE, SPATIAL_LAYER_0, bitrate_kbps);
  }

  Handle encoder_;
  std::uint32_t width_, height_, fps_, bitrate_kbps_;
  std::uint64_t frame_ = 0;
  std::vector<std::uint8_t> u_, v_;
};

Encoder* open(const EncoderConfig& c, char* error, std::size_t error_bytes) {
  ISVCEncoder* made = nullptr;
  if (WelsCreateSVCEncoder(&made) != 0 || made == nullptr) {
    std::snprintf(error, error_bytes, "OpenH264 cannot make an encoder");
    return nullptr;
  }
  Handle encoder{made};
  int log_level = WELS_LOG_QUIET;
  encoder->SetOption(ENCODER_OPTION_TRACE_LEVEL, &log_level);

  SEncParamExt p;
  encoder->GetDefaultParams(&p);
  const int bitrate_bps = bits_per_second(c.bitrate_kbps);
  const std::uint32_t slices = std::clamp(c.slices, 1u, max_slices);
  p.iUsageType = CAMERA_VIDEO_REAL_TIME;  // the screen mode makes every moving frame an IDR
  p.iPicWidth = static_cast<int>(c.width);
  p.iPicHeight = static_cast<int>(c.height);
  p.iTargetBitrate = p.iMaxBitrate = bitrate_bps;
  p.iRCMode = RC_BITRATE_MODE;
  // It has no other quality for what stands still, so that is what its limit is for. Both or none are obeyed.
  p.iMinQp = static_cast<int>(std::clamp(c.crf, finer + 1, max_quantizer) - finer);
  p.iMaxQp = max_quantizer;
  p.fMaxFrameRate = static_cast<float>(c.fps);
  p.iComplexityMode = LOW_COMPLEXITY;
  p.uiIntraPeriod = 0;
  p.iNumRefFrame = 1;
  p.eSpsPpsIdStrategy = CONSTANT_ID;
  p.iEntropyCodingModeFlag = 1;
  p.iIdrBitrateRatio = 100;    // an IDR no larger than its neighbours, as far as this library can
  p.bEnableFrameSkip = false;  // one access unit a picture
  p.bEnableSceneChangeDetect = false;
  p.iMultipleThreadIdc = static_cast<unsigned short>(c.threads == 1 ? 1 : slices);
  p.iSpatialLayerNum = 1;
  SSpatialLayerConfig& layer = p.sSpatialLayers[0];
  layer.iVideoWidth = p.iPicWidth;
  layer.iVideoHeight = p.iPicHeight;
  layer.fFrameRate = p.fMaxFrameRate;
  layer.iSpatialBitrate = layer.iMaxSpatialBitrate = bitrate_bps;
  layer.uiProfileIdc = PRO_HIGH;
  layer.sSliceArgument.uiSliceMode = slices > 1 ? SM_FIXEDSLCNUM_SLICE : SM_SINGLE_SLICE;
  layer.sSliceArgument.uiSliceNum = slices;
  const Vui vui = vui_of(c.colorspace);
  layer.bVideoSignalTypePresent = true;
  layer.uiVideoFormat = VF_UNDEF;
  layer.bFullRange = c.full_range;
  layer.bColorDescriptionPresent = true;
  layer.uiColorPrimaries = vui.primaries;
  layer.uiTransferCharacteristics = vui.transfer;
  layer.uiColorMatrix = vui.matrix;
  if (encoder->InitializeExt(&p) != cmResultSuccess) {
    std::snprintf(error, error_bytes, "OpenH264 refuses %ux%u at %u frames/s and %u kbit/s", c.width, c.height, c.fps,
                  c.bitrate_kbps);
    return nullptr;
  }
  return new OpenH264Encoder(std::move(encoder), c);
}

}  // namespace
}  // namespace punktfunk

PUNKTFUNK_ENCODER_MODULE(punktfunk::open)
