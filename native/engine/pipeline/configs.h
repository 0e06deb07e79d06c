// What a start message means to each room of the engine.
#pragma once

#include "contract/messages.h"
#include "engine/audio/audio.h"
#include "engine/capture/source.h"
#include "engine/control/gamestream_link.h"
#include "engine/encode/encoder.h"
#include "engine/transport/gamestream_sender.h"

namespace punktfunk {

[[nodiscard]] EncoderConfig encoder_config(const contract::Video& video);
[[nodiscard]] SourceConfig source_config(const contract::Video& video);
[[nodiscard]] AudioConfig audio_config(const contract::Audio& audio);
[[nodiscard]] GamestreamLinkConfig link_config(const contract::GameStreamTransport& transport);
[[nodiscard]] GamestreamSenderConfig sender_config(const contract::Start& start,
                                                   const contract::GameStreamTransport& transport);

}  // namespace punktfunk
