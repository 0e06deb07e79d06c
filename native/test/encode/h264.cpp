#include "h264.h"

extern "C" {
#include <libavcodec/avcodec.h>
}

#include <cstring>
#include <stdexcept>

namespace punktfunk::test {
namespace {

class Bits {
 public:
  explicit Bits(std::span<const std::uint8_t> nal) {
    for (std::size_t i = 1; i < nal.size(); ++i) {
      if (i + 2 < nal.size() && nal[i] == 0 && nal[i + 1] == 0 && nal[i + 2] == 3) {  // emulation prevention
        bytes_.insert(bytes_.end(), {0, 0});
        i += 2;
      } else {
        bytes_.push_back(nal[i]);
      }
    }
  }
  unsigned u(unsigned count) {
    unsigned v = 0;
    while (count-- > 0) {
      if (at_ / 8 >= bytes_.size()) { throw std::runtime_error("SPS too short"); }
      v = v << 1 | (bytes_[at_ / 8] >> (7 - at_ % 8) & 1u);
      ++at_;
    }
    return v;
  }
  unsigned ue() {
    unsigned zeros = 0;
    while (u(1) == 0) { ++zeros; }
    return (1u << zeros) - 1 + (zeros > 0 ? u(zeros) : 0);
  }

 private:
  std::vector<std::uint8_t> bytes_;
  std::size_t at_ = 0;
};

}  // namespace

std::vector<Nal> split_annex_b(std::span<const std::uint8_t> s) {
  std::vector<std::size_t> starts;
  for (std::size_t i = 0; i + 3 < s.size(); ++i) {
    if (s[i] == 0 && s[i + 1] == 0 && s[i + 2] == 1) { starts.push_back(i + 3); }
  }
  std::vector<Nal> nals;
  for (std::size_t n = 0; n < starts.size(); ++n) {
    std::size_t end = n + 1 < starts.size() ? starts[n + 1] - 3 : s.size();
    while (end > starts[n] && s[end - 1] == 0) { --end; }
    nals.push_back({s[starts[n]] & 31u, s.subspan(starts[n], end - starts[n])});
  }
  return nals;
}

// H.264, 7.3.2.1.1 and E.1.1, for what the encoders here write (4:2:0, no scaling lists, no HRD).
Sps parse_sps(std::span<const std::uint8_t> nal) {
  Bits b(nal);
  Sps s{};
  s.profile = b.u(8);
  b.u(8);
  s.level = b.u(8);
  b.ue();
  if (s.profile == 100) {
    if (b.ue() != 1) { throw std::runtime_error("not 4:2:0"); }
    b.ue(), b.ue(), b.u(1);
    if (b.u(1) != 0) { throw std::runtime_error("scaling lists"); }
  }
  b.ue();
  if (const unsigned order_type = b.ue(); order_type == 0) {
    b.ue();
  } else if (order_type == 1) {
    throw std::runtime_error("picture order count type 1");
  }
  s.reference_frames = b.ue();
  b.u(1);
  s.width = (b.ue() + 1) * 16;
  s.height = (b.ue() + 1) * 16;
  if (b.u(1) == 0) { throw std::runtime_error("interlaced"); }
  b.u(1);
  if (b.u(1) != 0) {
    const unsigned left = b.ue(), right = b.ue(), top = b.ue(), bottom = b.ue();
    s.width -= (left + right) * 2;
    s.height -= (top + bottom) * 2;
  }
  s.vui = b.u(1) != 0;
  if (!s.vui) { return s; }
  if (b.u(1) != 0 && b.u(8) == 255) {
    b.u(32);  // aspect ratio
  }
  if (b.u(1) != 0) {
    b.u(1);  // overscan
  }
  if (b.u(1) != 0) {
    b.u(3);
    s.full_range = b.u(1) != 0;
    if (b.u(1) != 0) { s.primaries = b.u(8), s.transfer = b.u(8), s.matrix = b.u(8); }
  }
  if (b.u(1) != 0) { s.chroma_location = b.ue(), b.ue(); }
  if (b.u(1) != 0) {
    b.u(32), b.u(32), b.u(1);  // timing
  }
  if (b.u(1) != 0 || b.u(1) != 0) { throw std::runtime_error("HRD"); }
  b.u(1);
  s.restriction = b.u(1) != 0;
  if (s.restriction) {
    b.u(1);
    for (int i = 0; i < 4; ++i) { b.ue(); }
    s.reorder_frames = b.ue();
    s.decoder_buffer_frames = b.ue();
  }
  return s;
}

Decoder::Decoder()
    : context_(avcodec_alloc_context3(avcodec_find_decoder(AV_CODEC_ID_H264))), frame_(av_frame_alloc()) {
  av_log_set_level(AV_LOG_QUIET);
  context_->thread_count = 1;
  context_->flags |= AV_CODEC_FLAG_LOW_DELAY;
  context_->err_recognition = AV_EF_EXPLODE;
  if (avcodec_open2(context_, nullptr, nullptr) != 0) { throw std::runtime_error("no H.264 decoder"); }
}

Decoder::~Decoder() {
  av_frame_free(&frame_);
  avcodec_free_context(&context_);
}

const AVFrame* Decoder::decode(std::span<const std::uint8_t> access_unit) {
  AVPacket* packet = av_packet_alloc();
  const bool made = av_new_packet(packet, static_cast<int>(access_unit.size())) == 0;
  if (made) { std::memcpy(packet->data, access_unit.data(), access_unit.size()); }
  const bool sent = made && avcodec_send_packet(context_, packet) == 0;
  av_packet_free(&packet);
  if (!sent || avcodec_receive_frame(context_, frame_) != 0) { return nullptr; }
  return frame_->decode_error_flags == 0 ? frame_ : nullptr;
}

}  // namespace punktfunk::test
