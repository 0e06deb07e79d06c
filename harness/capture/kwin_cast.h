// A screen cast of KWin, asked for in its own Wayland protocol (zkde_screencast_unstable_v1): who has its node may be
// any PipeWire consumer.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

struct wl_display;
struct zkde_screencast_stream_unstable_v1;

namespace punktfunk::test {

// The first output, without its pointer.
class KWinCast {
 public:
  KWinCast();
  ~KWinCast();
  KWinCast(const KWinCast&) = delete;
  KWinCast& operator=(const KWinCast&) = delete;

  // 0: KWin refused, and said why.
  [[nodiscard]] std::uint32_t node_id() const { return node_id_; }
  [[nodiscard]] const std::string& refusal() const { return refusal_; }

 private:
  struct Callbacks;
  friend struct Callbacks;

  wl_display* display_;
  zkde_screencast_stream_unstable_v1* stream_ = nullptr;
  std::uint32_t node_id_ = 0;
  std::string refusal_;
};

}  // namespace punktfunk::test
