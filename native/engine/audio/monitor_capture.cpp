#include "engine/audio/monitor_capture.h"

#include <spa/param/audio/format-utils.h>
#include <spa/pod/builder.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "engine/audio/audio_pump.h"
#include "engine/audio/opus_encoder.h"
#include "engine/audio/sound_names.h"

namespace punktfunk {
namespace {

constexpr std::size_t rest_after_frames = 2 * audio_rate_hz;
constexpr unsigned rest_cycle_frames = 1024;

std::string cycle_of(unsigned frames) {
  return std::to_string(frames) + "/" + std::to_string(audio_rate_hz);
}

}  // namespace

std::string packet_cycle(const AudioConfig& config) {
  return cycle_of(audio_rate_hz / 1000 * config.audio.packet_duration_ms);
}

bool MonitorCapture::is_quiet() const {
  return quiet_frames_ >= rest_after_frames;
}

// Of whatever is the default sink, where ours is to be the default one: the session manager moves the capture when
// somebody chooses another one, and the client hears on. Else of our own sink and no other.
void MonitorCapture::open(pw_core* core) {
  const auto& target = config_.audio.target;
  Pw<pw_properties> props(pw_properties_new(PW_KEY_NODE_NAME, capture_name(target.sink_name).c_str(),  //
                                            PW_KEY_MEDIA_TYPE, "Audio",                                //
                                            PW_KEY_MEDIA_CATEGORY, "Capture",                          //
                                            PW_KEY_MEDIA_NAME, target.sink_description.c_str(),        //
                                            PW_KEY_STREAM_CAPTURE_SINK, "true",                        //
                                            PW_KEY_NODE_LATENCY, packet_cycle(config_).c_str(),        //
                                            "state.restore-target", "false",  // not where one before it was moved to
                                            "state.restore-props", "false", nullptr));
  if (!target.make_default) {
    pw_properties_set(props.get(), PW_KEY_TARGET_OBJECT, target.sink_name.c_str());
    pw_properties_set(props.get(), PW_KEY_NODE_DONT_RECONNECT, "true");
    pw_properties_set(props.get(), "node.dont-fallback", "true");  // WirePlumber 0.5
  }
  stream_.reset(pw_stream_new(core, target.sink_description.c_str(), props.release()));
  if (!stream_) { return failed_(problem::sound_capture_failed("pw_stream_new")); }
  static const pw_stream_events events = {
      .version = PW_VERSION_STREAM_EVENTS,
      .state_changed =
          [](void* data, pw_stream_state before, pw_stream_state state, const char* message) {
            const bool ended = state == PW_STREAM_STATE_UNCONNECTED && before > PW_STREAM_STATE_UNCONNECTED;
            auto& self = *static_cast<MonitorCapture*>(data);
            if (self.stream_ && (state == PW_STREAM_STATE_ERROR || ended)) {
              self.failed_(
                  problem::sound_capture_failed(message != nullptr ? message : pw_stream_state_as_string(state)));
            }
          },
      .process = [](void* data) { static_cast<MonitorCapture*>(data)->on_chunks(); },
  };
  pw_stream_add_listener(stream_.get(), &listener_, &events, this);

  spa_audio_info_raw format{};
  format.format = SPA_AUDIO_FORMAT_F32;
  format.rate = audio_rate_hz;
  format.channels = config_.audio.channels;
  constexpr spa_audio_channel order[8] = {SPA_AUDIO_CHANNEL_FL,  SPA_AUDIO_CHANNEL_FR, SPA_AUDIO_CHANNEL_FC,
                                          SPA_AUDIO_CHANNEL_LFE, SPA_AUDIO_CHANNEL_RL, SPA_AUDIO_CHANNEL_RR,
                                          SPA_AUDIO_CHANNEL_SL,  SPA_AUDIO_CHANNEL_SR};
  for (unsigned i = 0; i < format.channels; ++i) { format.position[i] = order[i]; }
  std::array<std::uint8_t, 1024> buffer;
  spa_pod_builder builder = SPA_POD_BUILDER_INIT(buffer.data(), static_cast<std::uint32_t>(buffer.size()));
  const spa_pod* params[] = {spa_format_audio_raw_build(&builder, SPA_PARAM_EnumFormat, &format)};
  const auto flags =
      static_cast<pw_stream_flags>(PW_STREAM_FLAG_AUTOCONNECT | PW_STREAM_FLAG_MAP_BUFFERS | PW_STREAM_FLAG_RT_PROCESS);
  quiet_frames_ = 0;
  resting_ = data_quiet_ = false;
  awaited_ = true;
  data_stream_ = stream_.get();
  if (pw_stream_connect(stream_.get(), PW_DIRECTION_INPUT, PW_ID_ANY, flags, params, 1) < 0) {
    failed_(problem::sound_capture_failed("pw_stream_connect"));
  }
}

void MonitorCapture::close() {
  stream_.reset();  // empties stream_ first: what it says at its end is no news
}

void MonitorCapture::set_rest(bool rest) {
  if (rest == std::exchange(resting_, rest)) { return; }
  const std::string text = rest ? cycle_of(rest_cycle_frames) : packet_cycle(config_);
  const spa_dict_item item = {PW_KEY_NODE_LATENCY, text.c_str()};
  const spa_dict change = SPA_DICT_INIT(&item, 1);
  pw_stream_update_properties(stream_.get(), &change);
}

// PipeWire's data loop: a real-time thread.
void MonitorCapture::on_chunks() noexcept {
  while (pw_buffer* buffer = pw_stream_dequeue_buffer(data_stream_)) {
    const spa_data& data = buffer->buffer->datas[0];
    const std::uint32_t offset = std::min(data.chunk->offset, data.maxsize);
    const std::uint32_t bytes = std::min(data.chunk->size, data.maxsize - offset);
    if (data.chunk->flags & SPA_CHUNK_FLAG_CORRUPTED) { pump_.count_overrun(); }
    if (data.data != nullptr) {
      const std::span<const float> samples(SPA_PTROFF(data.data, offset, const float), bytes / sizeof(float));
      pump_.feed(samples);
      const bool quiet = std::all_of(samples.begin(), samples.end(), [](float sample) { return sample == 0; });
      quiet_frames_ = quiet ? quiet_frames_ + samples.size() / config_.audio.channels : 0;
    }
    pw_stream_queue_buffer(data_stream_, buffer);
  }
  const bool quiet = is_quiet();
  ++chunks_;
  const bool first = awaited_.exchange(false);
  if (first) { data_thread_ = gettid(); }
  if (first || quiet != std::exchange(data_quiet_, quiet)) { wake_.signal(); }
}

}  // namespace punktfunk
