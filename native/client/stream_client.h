// One stream as a client receives it: sound, control and video together. The caller has done the HTTP and RTSP part and
// starts the three in the order of the protocol: sound after SETUP audio, control after PLAY, video once control is up.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "client/audio_receiver.h"
#include "client/click.h"
#include "client/control_client.h"
#include "client/video_receiver.h"

namespace punktfunk::client {

// Called on the stream's threads; must not block, and must not call stop().
struct StreamEvents {
  std::function<void()> connected;    // control is up: start video now
  std::function<void()> first_frame;  // the first frame that can be decoded is whole
  std::function<void(std::uint16_t type, std::span<const std::uint8_t> payload)> host_message;
  std::function<void(ControlEnd)> ended;
};

struct StreamSummary {
  std::optional<AudioSummary> audio;
  std::optional<VideoSummary> video;
  std::optional<ControlStats> control;
  std::optional<ClickSummary> clicks;  // where sound and picture are received and there were some
};

// start_* and stop are called from one thread; the rest from any.
class StreamClient {
 public:
  explicit StreamClient(StreamEvents events);
  ~StreamClient();

  // Each once; false and a sentence on failure.
  bool start_audio(const AudioReceiverConfig& config, std::string& error);
  bool start_control(const ControlConfig& config, std::string& error);
  bool start_video(const VideoReceiverConfig& config, std::string& error);

  // packet: as in docs/gamestream.md, 9. False when there is no control stream to carry it.
  bool send_input(std::span<const std::uint8_t> packet, std::uint8_t channel, ControlClient::Delivery delivery);
  bool request_idr();
  // Ends video and sound, then says goodbye to the host. Joins every thread.
  void stop();
  [[nodiscard]] StreamSummary summary() const;
  [[nodiscard]] std::vector<HeardClick> clicks() const;
  [[nodiscard]] std::vector<DecodedPicture> take_pictures();  // as PictureSink's

 private:
  const StreamEvents events_;
  // In this order, so that video is gone before the control stream that it asks for IDRs.
  std::unique_ptr<ControlClient> control_;
  std::unique_ptr<AudioReceiver> audio_;
  std::unique_ptr<VideoReceiver> video_;
};

}  // namespace punktfunk::client
