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

constexpr std::uint32_t max_slices = 32;  // well below the library's limit of 35

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
    SBitrateInfo rate{SPATIAL_LAYER_ALL, static_cast<int>(bitrate_kbps * 1000)};
    if (encoder_->SetOption(ENCODER_OPTION_MAX_BITRATE, &rate) != cmResultSuccess) { return Status::internal; }
    return encoder_->SetOption(ENCODER_OPTION_BITRATE, &rate) == cmResultSuccess ? Status::ok : Status::internal;
  }

  [[nodiscard]] const char* name() const noexcept override { return "OpenH264"; }

 private:
  Handle encoder_;
  std::uint32_t width_, height_, fps_;
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
  const int bitrate_bps = static_cast<int>(c.bitrate_kbps * 1000);
  const std::uint32_t slices = std::clamp(c.slices, 1u, max_slices);
  p.iUsageType = CAMERA_VIDEO_REAL_TIME;  // the screen mode makes every moving frame an IDR
  p.iPicWidth = static_cast<int>(c.width);
  p.iPicHeight = static_cast<int>(c.height);
  p.iTargetBitrate = p.iMaxBitrate = bitrate_bps;
  p.iRCMode = RC_BITRATE_MODE;
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
