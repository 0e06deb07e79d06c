// The recorded video sessions of testdata, read once.
#pragma once

#include <map>

#include "core/packet/gamestream_video_layout.h"
#include "core/reassembly/gamestream_video.h"
#include "json.h"
#include "support.h"

namespace test {

struct RecordedShard {
  Bytes datagram, plain;
  std::size_t frame, block, index, data_shards;
  unsigned percent;
};

struct RecordedVideo {
  std::string id;
  punktfunk::gamestream::VideoReassemblerConfig config;
  std::vector<RecordedShard> shards;
  nlohmann::json json;
};

inline const std::vector<RecordedVideo>& recorded_video() {
  static const std::vector<RecordedVideo> sessions = [] {
    std::vector<RecordedVideo> out;
    static const nlohmann::json file = test::json_file(PUNKTFUNK_TESTDATA "/gamestream/video.json");
    for (const auto& capture : file.at("captures")) {
      RecordedVideo r;
      r.id = capture.at("id").get<std::string>();
      r.json = capture;
      const auto& session = capture.at("session");
      r.config.packet_size = static_cast<std::size_t>(session.at("packetSize").get<std::int64_t>());
      if (session.at("videoEncrypted").get<bool>()) {
        r.config.key = key_from_hex(session.at("rikeyHex").get<std::string>());
      }
      std::optional<punktfunk::Aes128Gcm> aes;
      if (r.config.key) { aes.emplace(*r.config.key); }
      for (const auto& packet : capture.at("packets")) {
        RecordedShard s;
        s.datagram = from_base64(packet.at("datagramBase64").get<std::string>());
        s.plain = s.datagram;
        if (aes) {
          s.plain.resize(s.datagram.size() - 32);
          if (aes->open(std::span(s.datagram).first(12), std::span(s.datagram).subspan(32), s.datagram.data() + 16,
                        s.plain.data()) != punktfunk::Status::ok) {
            throw std::runtime_error("a recorded datagram does not open");
          }
        }
        s.frame = static_cast<std::size_t>(packet.at("frame").get<std::int64_t>());
        s.block = static_cast<std::size_t>(packet.at("block").get<std::int64_t>());
        s.index = static_cast<std::size_t>(packet.at("index").get<std::int64_t>());
        s.data_shards = static_cast<std::size_t>(packet.at("dataShards").get<std::int64_t>());
        s.percent = static_cast<unsigned>(packet.at("percent").get<std::int64_t>());
        r.shards.push_back(std::move(s));
      }
      out.push_back(std::move(r));
    }
    return out;
  }();
  return sessions;
}

}  // namespace test
