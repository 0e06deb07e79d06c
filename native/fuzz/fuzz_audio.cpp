// Audio datagrams from anyone: real ones changed, swapped, repeated and left out as the input says, and raw bytes
// between.
#include <fuzzer/FuzzedDataProvider.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "core/packet/gamestream_audio.h"
#include "core/reassembly/gamestream_audio.h"

using namespace punktfunk;
using namespace punktfunk::gamestream;

namespace {

void require(bool condition) {
  if (!condition) { std::abort(); }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input(data, size);
  AudioPacketizerConfig config;
  if (input.ConsumeBool()) { config.key = AesKey{1}; }
  AudioPacketizer packetizer(config, {input.ConsumeIntegral<std::uint16_t>(), 0});
  AudioReassembler reassembler({config.key, config.rikey_id});
  const std::vector<std::uint8_t> opus(input.ConsumeIntegralInRange<std::size_t>(1, 1388), 7);
  std::vector<std::vector<std::uint8_t>> datagrams;
  for (int i = 0; i < 48; ++i) {
    std::span<const std::uint8_t> out[3];
    std::size_t count = 0;
    require(packetizer.packetize(opus, out, count) == Status::ok);
    for (std::size_t d = 0; d < count; ++d) { datagrams.emplace_back(out[d].begin(), out[d].end()); }
  }
  bool begun = false;
  std::uint16_t expected = 0;
  while (input.remaining_bytes() > 0) {
    std::vector<std::uint8_t> datagram;
    const std::uint8_t kind = input.ConsumeIntegral<std::uint8_t>();
    if (kind < 16) {
      datagram = input.ConsumeBytes<std::uint8_t>(input.ConsumeIntegralInRange<std::size_t>(0, 1600));
    } else {
      datagram = datagrams[input.ConsumeIntegralInRange<std::size_t>(0, datagrams.size() - 1)];
      for (int i = kind % 4; i > 0; --i) {
        datagram[input.ConsumeIntegralInRange<std::size_t>(0, std::min<std::size_t>(datagram.size() - 1, 30))] =
            input.ConsumeIntegral<std::uint8_t>();
      }
      if (kind & 4) { datagram.resize(input.ConsumeIntegralInRange<std::size_t>(0, datagram.size() + 20)); }
    }
    const Status fed = reassembler.feed(datagram);
    require(fed == Status::ok || fed == Status::again || fed == Status::malformed || fed == Status::replayed);
    if (kind & 8) {
      continue;  // a consumer that does not come
    }
    std::span<const std::uint8_t> out;
    std::uint16_t sequence = 0;
    bool lost = false;
    std::size_t handed_out = 0;
    while (reassembler.next(out, sequence, lost) == Status::ok) {
      require(lost ? out.empty() : !out.empty() && out.size() <= 1392);
      require(!begun || handed_out == 0 || sequence == expected);
      begun = true;
      expected = static_cast<std::uint16_t>(sequence + 1);
      require(++handed_out <= 64);
    }
  }
  return 0;
}
