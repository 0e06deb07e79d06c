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
  Json json;
};

inline const std::vector<RecordedVideo>& recorded_video() {
  static const std::vector<RecordedVideo> sessions = [] {
    std::vector<RecordedVideo> out;
    static const Json file = Json::file(PUNKTFUNK_TESTDATA "/gamestream/video.json");
    for (const auto& capture : file["captures"]) {
      RecordedVideo r;
      r.id = capture["id"].text();
      r.json = capture;
      const auto& session = capture["session"];
      r.config.packet_size = static_cast<std::size_t>(session["packetSize"].integer());
      if (session["videoEncrypted"].boolean()) { r.config.key = key_from_hex(session["rikeyHex"].text()); }
      std::optional<punktfunk::Aes128Gcm> aes;
      if (r.config.key) { aes.emplace(*r.config.key); }
      for (const auto& packet : capture["packets"]) {
        RecordedShard s;
        s.datagram = from_base64(packet["datagramBase64"].text());
        s.plain = s.datagram;
        if (aes) {
          s.plain.resize(s.datagram.size() - 32);
          if (aes->open(std::span(s.datagram).first(12), std::span(s.datagram).subspan(32), s.datagram.data() + 16,
                        s.plain.data()) != punktfunk::Status::ok) {
            throw std::runtime_error("a recorded datagram does not open");
          }
        }
        s.frame = static_cast<std::size_t>(packet["frame"].integer());
        s.block = static_cast<std::size_t>(packet["block"].integer());
        s.index = static_cast<std::size_t>(packet["index"].integer());
        s.data_shards = static_cast<std::size_t>(packet["dataShards"].integer());
        s.percent = static_cast<unsigned>(packet["percent"].integer());
        r.shards.push_back(std::move(s));
      }
      out.push_back(std::move(r));
    }
    return out;
  }();
  return sessions;
}

}  // namespace test
