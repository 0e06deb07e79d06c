// Video datagrams from anyone: real ones of a small stream, changed, swapped, repeated and left out as the input says,
// and raw bytes between.
#include <fuzzer/FuzzedDataProvider.h>

#include <cstdlib>
#include <map>
#include <tuple>
#include <vector>

#include "core/packet/bytes.h"
#include "core/packet/gamestream_video.h"
#include "core/reassembly/gamestream_video.h"

using namespace punktfunk;
using namespace punktfunk::gamestream;

namespace {

void require(bool condition) {
  if (!condition) { std::abort(); }
}

std::vector<std::vector<std::uint8_t>> stream(const VideoPacketizerConfig& config, std::size_t unit_bytes) {
  std::vector<std::vector<std::uint8_t>> out;
  VideoPacketizer packetizer(config);
  const std::vector<std::uint8_t> unit(unit_bytes, 0x5A);
  for (int frame = 0; frame < 4; ++frame) {
    const std::span<const std::uint8_t> pieces[] = {unit};
    DatagramBatch batch;
    require(packetizer.packetize(pieces, {}, batch) == Status::ok);
    for (std::size_t i = 0; i < batch.count; ++i) {
      const std::uint8_t* p = batch.bytes + i * batch.datagram_stride;
      out.emplace_back(p, p + batch.datagram_bytes);
    }
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input(data, size);
  VideoPacketizerConfig config;
  config.packet_size = 256;
  config.max_access_unit_bytes = 20'000;
  const bool sealed = input.ConsumeBool();
  if (sealed) { config.key = AesKey{1}; }
  static std::map<std::tuple<bool, unsigned, std::size_t>, std::vector<std::vector<std::uint8_t>>> streams;
  const unsigned percents[] = {0, 1, 20, 255};
  const std::size_t units[] = {100, 1000, 5000, 20'000};
  config.fec_percent = percents[input.ConsumeIntegralInRange(0, 3)];
  const std::size_t unit_bytes = units[input.ConsumeIntegralInRange(0, 3)];
  auto& datagrams = streams[{sealed, config.fec_percent, unit_bytes}];
  if (datagrams.empty()) { datagrams = stream(config, unit_bytes); }
  VideoReassembler reassembler({config.packet_size, config.max_access_unit_bytes, config.key});
  std::uint32_t last = 0;
  std::uint64_t fed = 0;
  while (input.remaining_bytes() > 0) {
    std::vector<std::uint8_t> datagram;
    const std::uint8_t kind = input.ConsumeIntegral<std::uint8_t>();
    if (kind < 16) {
      datagram = input.ConsumeBytes<std::uint8_t>(input.ConsumeIntegralInRange<std::size_t>(0, 320));
    } else {
      datagram = datagrams[input.ConsumeIntegralInRange<std::size_t>(0, datagrams.size() - 1)];
      for (int i = kind % 4; i > 0; --i) {
        // Mostly the header: payload bytes steer nothing.
        const std::size_t at = input.ConsumeIntegralInRange<std::size_t>(0, kind & 4 ? datagram.size() - 1 : 40);
        datagram[at] = input.ConsumeIntegral<std::uint8_t>();
      }
      if (kind & 8) { store_u32_le(datagram.data() + (config.key ? 12 : 20), input.ConsumeIntegral<std::uint32_t>()); }
    }
    ReassembledFrame frame;
    ++fed;
    if (reassembler.feed(datagram, frame) == Status::ok) {
      require(!frame.access_unit.empty() && frame.access_unit.size() <= config.max_access_unit_bytes);
      require(frame.frame_index > last || !config.key);
      last = frame.frame_index;
      volatile std::uint8_t touch = frame.access_unit.front() ^ frame.access_unit.back();
      static_cast<void>(touch);
    }
  }
  const auto& stats = reassembler.stats();
  require(stats.datagrams == fed);
  require(stats.malformed + stats.not_authentic + stats.duplicates + stats.late + stats.frames <= fed);
  return 0;
}
