// The video encoder behind one interface that knows nothing of packets. Encoders live in modules of their own, loaded
// at run time (x264 is GPL: it is never linked into anything that must stay MIT OR Apache-2.0).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "contract/messages.h"
#include "core/status.h"
#include "engine/slice.h"

namespace punktfunk {

using contract::Colorspace;

struct EncoderConfig {
  std::uint32_t width = 0, height = 0;  // even
  std::uint32_t fps = 60;
  std::uint32_t bitrate_kbps = 15000;
  std::uint32_t slices = 1;
  std::uint32_t max_reference_frames = 0;  // 0 = encoder's choice
  Colorspace colorspace = Colorspace::rec709;
  bool full_range = false;
  std::uint32_t crf = 22;         // x264's: where nothing is better for the eye any more, and no bit or cycle is spent
  char preset[16] = "superfast";  // x264's names
  std::uint32_t threads = 0;      // 0 = as many as slices
};

inline constexpr std::uint32_t macroblock_px = 16;

// NV12, as the converter writes it; must stay unchanged until encode() returns.
struct Picture {
  const std::uint8_t* y = nullptr;
  const std::uint8_t* uv = nullptr;
  std::uint32_t y_stride = 0, uv_stride = 0;
  // A byte for each macroblock, row by row: 1 where the picture is the one encoded before, 0 where it may not be. Null:
  // nobody knows.
  const std::uint8_t* still = nullptr;
};

class Encoder {
 public:
  virtual ~Encoder() = default;
  // Encodes one picture; blocks until the access unit is complete. Exactly one access unit per picture (no delay).
  virtual Status encode(const Picture& picture, bool force_idr, const SliceSink& sink) noexcept = 0;
  // Of the pictures that follow, and with it the buffer of one frame. unsupported: more than this encoder takes.
  // Anything but ok leaves the rate as it was.
  virtual Status set_bitrate_kbps(std::uint32_t bitrate_kbps) noexcept = 0;
  [[nodiscard]] virtual const char* name() const noexcept = 0;
};

// picture_impossible where something is out of range.
Result<void, Failure> check_encoder_config(const EncoderConfig& config);

// Tries libx264's module, then openh264's. module_dir: where punktfunk_encoder_*.so are.
Result<std::unique_ptr<Encoder>, Failure> open_h264_encoder(const std::string& module_dir, const EncoderConfig& config);

// What became of trying each encoder that this build knows, the best first: it was loaded and has encoded a picture.
struct TriedEncoder {
  const char* library;
  contract::Codec codec;
  std::optional<Failure> failure;
};
std::vector<TriedEncoder> try_encoders(const std::string& module_dir);
// That one and no other. library: a TriedEncoder's.
Result<std::unique_ptr<Encoder>, Failure> open_encoder(std::string_view library, const std::string& module_dir,
                                                       const EncoderConfig& config);

// The module's only exported symbol: `extern "C" punktfunk::Encoder* punktfunk_open_encoder(const EncoderConfig*, char*
// error, size_t)`.
inline constexpr char encoder_module_symbol[] = "punktfunk_open_encoder";
inline constexpr std::uint32_t encoder_module_abi = 3;  // exported as `extern "C" const uint32_t punktfunk_encoder_abi`

}  // namespace punktfunk
