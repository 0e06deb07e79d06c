#include "client/stream_client.h"

namespace punktfunk::client {

using gamestream::ControlMessage;

StreamClient::StreamClient(StreamEvents events) : events_(std::move(events)) {}

StreamClient::~StreamClient() {
  stop();
}

bool StreamClient::start_audio(const AudioReceiverConfig& config, std::string& error) {
  if (audio_) {
    error = "sound runs already";
    return false;
  }
  audio_ = AudioReceiver::start(config, error);
  return audio_ != nullptr;
}

bool StreamClient::start_control(const ControlConfig& config, std::string& error) {
  if (control_) {
    error = "the control stream runs already";
    return false;
  }
  control_ = ControlClient::start(
      config, {.connected = events_.connected, .message = events_.host_message, .ended = events_.ended}, error);
  return control_ != nullptr;
}

bool StreamClient::start_video(const VideoReceiverConfig& config, std::string& error) {
  if (video_ || !control_) {
    error = video_ ? "video runs already" : "video needs the control stream first";
    return false;
  }
  video_ = VideoReceiver::start(config, {.request_idr = [this] { request_idr(); }, .first_frame = events_.first_frame},
                                error);
  return video_ != nullptr;
}

bool StreamClient::send_input(std::span<const std::uint8_t> packet, std::uint8_t channel,
                              ControlClient::Delivery delivery) {
  return control_ && control_->send(static_cast<std::uint16_t>(ControlMessage::input), packet, channel, delivery);
}

bool StreamClient::request_idr() {
  constexpr std::uint8_t channel_urgent = 1;
  const std::uint8_t payload[2] = {};
  return control_ && control_->send(static_cast<std::uint16_t>(ControlMessage::request_idr), payload, channel_urgent,
                                    ControlClient::Delivery::reliable);
}

void StreamClient::stop() {
  if (video_) { video_->stop(); }
  if (audio_) { audio_->stop(); }
  if (control_) { control_->stop(); }
}

StreamSummary StreamClient::summary() const {
  StreamSummary result;
  if (audio_) { result.audio = audio_->summary(); }
  if (video_) { result.video = video_->summary(); }
  if (control_) { result.control = control_->stats(); }
  if (result.audio && result.video) {
    const ClickSummary clicks = judge_clicks(result.audio->clicks_ns, result.video->pictures.flashes);
    if (clicks.painted_to_heard_ms.count > 0) { result.clicks = clicks; }
  }
  return result;
}

std::vector<HeardClick> StreamClient::clicks() const {
  if (!audio_ || !video_) { return {}; }
  return match_clicks(audio_->summary().clicks_ns, video_->summary().pictures.flashes);
}

std::vector<DecodedPicture> StreamClient::take_pictures() {
  return video_ ? video_->take_pictures() : std::vector<DecodedPicture>{};
}

}  // namespace punktfunk::client
