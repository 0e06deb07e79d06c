// punktfunk-judge: what came of the pictures that the beacon painted. Decodes a record (native/client/record.h), paints
// each picture's number again, and tells how like the two are: a JSON object a picture.
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string>

#include "client/picture_decoder.h"
#include "client/record.h"
#include "reference.h"
#include "ssim.h"
#include "stale_bands.h"

namespace {

using namespace punktfunk;
using namespace punktfunk::judge;

class Judge {
 public:
  explicit Judge(beacon::Motion motion) : motion_(motion) {}

  void look(const client::Picture& picture, const client::Received& received) {
    std::printf("{\"received_ns\":%" PRIu64 ",\"bytes\":%zu", received.received_ns, received.access_unit.size());
    BeaconCode code;
    const Plane decoded{picture.planes[0], picture.strides[0]};
    if (read_beacon_code(decoded.samples, decoded.stride, picture.width, picture.height, code)) {
      compare(picture, decoded, code);
    }
    std::puts("}");
  }

 private:
  void compare(const client::Picture& picture, const Plane& decoded, const BeaconCode& code) {
    const LumaForm form{picture.matrix, picture.full_range};
    if (!reference_ || reference_->width() != picture.width || reference_->height() != picture.height ||
        form_ != form) {
      reference_.emplace(motion_, picture.width, picture.height, form);
      form_ = form;
      painted_ = 0;
    }
    if (painted_ != code.frame_number) { reference_->paint(code); }
    painted_ = code.frame_number;
    const auto stale = stale_bands(*reference_, decoded);
    std::printf(",\"number\":%" PRIu64 ",\"painted_ns\":%" PRIu64 ",\"ssim\":%.5f,\"stale_bands\":%zu",
                code.frame_number, code.painted_ns, ssim(decoded, reference_->plane(), picture.width, picture.height),
                stale.size());
    for (const StaleBand& band : stale) {
      std::fprintf(stderr, "picture %" PRIu64 ": rows from %u are of picture %" PRIu64 "\n", code.frame_number,
                   band.first_row, band.of_number);
    }
  }

  beacon::Motion motion_;
  std::optional<Reference> reference_;
  LumaForm form_;
  std::uint64_t painted_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: punktfunk-judge RECORD MOTION    (the motion that the beacon was given)\n", stderr);
    return 64;
  }
  const auto motion = beacon::motion_of(argv[2]);
  if (!motion) {
    std::fprintf(stderr, "punktfunk-judge: the beacon has no motion \"%s\".\n", argv[2]);
    return 64;
  }
  const client::File file(std::fopen(argv[1], "rb"), std::fclose);
  if (!file) {
    std::fprintf(stderr, "punktfunk-judge: %s: %s.\n", argv[1], std::strerror(errno));
    return 1;
  }
  std::string error;
  const auto decoder = client::PictureDecoder::open(client::VideoCodec::h264, error);
  if (!decoder) {
    std::fprintf(stderr, "punktfunk-judge: %s.\n", error.c_str());
    return 1;
  }
  Judge judge(*motion);
  client::Received received;
  while (client::read_record(file.get(), received)) {
    if (!decoder->decode(received.access_unit,
                         [&](const client::Picture& picture) { judge.look(picture, received); })) {
      std::fprintf(stderr, "punktfunk-judge: %s.\n", decoder->last_error().c_str());
      return 1;
    }
  }
  return 0;
}
