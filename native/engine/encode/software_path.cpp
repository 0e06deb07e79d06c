// Pictures in memory: converter, then an encoder module.
#include <utility>

#include "engine/encode/convert.h"
#include "engine/encode/encoder.h"
#include "engine/encode/video_path.h"

namespace punktfunk {
namespace {

class SoftwarePath final : public VideoPath {
 public:
  SoftwarePath(std::unique_ptr<Encoder> encoder, const EncoderConfig& config)
      : encoder_(std::move(encoder)), converter_(config.width, config.height, config.colorspace, config.full_range) {}

  [[nodiscard]] contract::Codec codec() const noexcept override { return contract::Codec::h264; }
  [[nodiscard]] const char* name() const noexcept override { return encoder_->name(); }
  [[nodiscard]] std::span<const FrameFormat> formats() const noexcept override { return Converter::formats(); }
  Status take(const Frame& frame) noexcept override { return converter_.convert(frame); }
  Status encode(bool force_idr, const SliceSink& sink) noexcept override {
    const Status status = encoder_->encode(converter_.picture(), force_idr, sink);
    converter_.encoded();
    return status;
  }
  Status set_bitrate_kbps(std::uint32_t bitrate_kbps) noexcept override {
    return encoder_->set_bitrate_kbps(bitrate_kbps);
  }

 private:
  std::unique_ptr<Encoder> encoder_;
  Converter converter_;
};

}  // namespace

Result<std::unique_ptr<VideoPath>, Failure> open_software_path(const std::string& module_dir,
                                                               const EncoderConfig& config) {
  auto encoder = open_h264_encoder(module_dir, config);
  if (!encoder) { return std::move(encoder).error(); }
  return std::make_unique<SoftwarePath>(*std::move(encoder), config);
}

}  // namespace punktfunk
