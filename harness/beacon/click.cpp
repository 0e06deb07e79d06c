#include "click.h"

#include <pipewire/pipewire.h>
#include <spa/param/audio/format-utils.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <numbers>

namespace punktfunk::beacon {
namespace {

constexpr unsigned rate_hz = 48'000, tone_hz = 2000;
constexpr std::size_t click_frames = rate_hz / 1000 * 5;
constexpr double loudness = 0.5;

// It begins at a peak: its first sample can be told.
float sample_at(std::size_t frame) {
  if (frame >= click_frames) { return 0; }
  return static_cast<float>(loudness * std::cos(2 * std::numbers::pi * tone_hz * static_cast<double>(frame) / rate_hz));
}

}  // namespace

std::unique_ptr<Click> Click::open(std::string& error) {
  pw_init(nullptr, nullptr);
  std::unique_ptr<Click> click(new Click);
  const auto failed = [&] {
    error = std::string("punktfunk-beacon: no PipeWire to click with (") + std::strerror(errno) +
            "). Leave out --click, or set XDG_RUNTIME_DIR.";
    return nullptr;
  };
  click->loop_ = pw_thread_loop_new("pf-click", nullptr);
  if (click->loop_ == nullptr) { return failed(); }
  static const pw_stream_events events = {
      .version = PW_VERSION_STREAM_EVENTS,
      .process = [](void* self) { static_cast<Click*>(self)->on_cycle(); },
  };
  click->stream_ =
      pw_stream_new_simple(pw_thread_loop_get_loop(click->loop_), "punktfunk beacon",
                           pw_properties_new(PW_KEY_MEDIA_TYPE, "Audio", PW_KEY_MEDIA_CATEGORY, "Playback",
                                             PW_KEY_MEDIA_ROLE, "Game", PW_KEY_NODE_NAME, "punktfunk-beacon", nullptr),
                           &events, click.get());
  if (click->stream_ == nullptr) { return failed(); }
  spa_audio_info_raw format{};
  format.format = SPA_AUDIO_FORMAT_F32;
  format.rate = rate_hz;
  format.channels = 1;
  format.position[0] = SPA_AUDIO_CHANNEL_MONO;
  std::array<std::uint8_t, 1024> buffer;
  spa_pod_builder builder = SPA_POD_BUILDER_INIT(buffer.data(), static_cast<std::uint32_t>(buffer.size()));
  const spa_pod* params[] = {spa_format_audio_raw_build(&builder, SPA_PARAM_EnumFormat, &format)};
  const auto flags =
      static_cast<pw_stream_flags>(PW_STREAM_FLAG_AUTOCONNECT | PW_STREAM_FLAG_MAP_BUFFERS | PW_STREAM_FLAG_RT_PROCESS);
  if (pw_stream_connect(click->stream_, PW_DIRECTION_OUTPUT, PW_ID_ANY, flags, params, 1) < 0) { return failed(); }
  if (pw_thread_loop_start(click->loop_) < 0) { return failed(); }
  return click;
}

Click::~Click() {
  if (loop_ != nullptr) { pw_thread_loop_stop(loop_); }
  if (stream_ != nullptr) { pw_stream_destroy(stream_); }
  if (loop_ != nullptr) { pw_thread_loop_destroy(loop_); }
  pw_deinit();
}

void Click::on_cycle() noexcept {
  pw_buffer* buffer = pw_stream_dequeue_buffer(stream_);
  if (buffer == nullptr) { return; }
  spa_data& data = buffer->buffer->datas[0];
  if (auto* samples = static_cast<float*>(data.data)) {
    std::size_t frames = data.maxsize / sizeof(float);
    if (buffer->requested != 0) { frames = std::min<std::size_t>(frames, buffer->requested); }
    if (asked_.exchange(false, std::memory_order_acquire)) { played_ = 0; }
    for (std::size_t i = 0; i < frames; ++i) {
      samples[i] = sample_at(played_);
      if (played_ < click_frames) { ++played_; }
    }
    data.chunk->offset = 0;
    data.chunk->stride = sizeof(float);
    data.chunk->size = static_cast<std::uint32_t>(frames * sizeof(float));
  }
  pw_stream_queue_buffer(stream_, buffer);
}

}  // namespace punktfunk::beacon
