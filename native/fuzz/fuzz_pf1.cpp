// punktfunk/1 packets as they are after the seal, from a peer that holds the key and lies: real ones changed, swapped,
// repeated and left out as the input says, and raw bytes between. And datagrams into both ends, which hold against
// anyone.
#include <fuzzer/FuzzedDataProvider.h>

#include <cstdlib>
#include <vector>

#include "core/packet/bytes.h"
#include "core/packet/pf1_packetizer.h"
#include "core/reassembly/pf1_reassembler.h"
#include "core/session/pf1_client.h"
#include "core/session/pf1_feedback.h"
#include "core/session/pf1_host.h"

using namespace punktfunk;
using namespace punktfunk::pf1;
using Bytes = std::vector<std::uint8_t>;

namespace {

void require(bool condition) {
  if (!condition) { std::abort(); }
}

constexpr std::size_t max_frame_bytes = 12'000;

std::vector<Bytes> packets_of_a_stream() {
  std::vector<Bytes> out;
  Packetizer packetizer({0, 512, max_frame_bytes, 40});
  FramePackets room = packetizer.make_room();
  const Bytes bytes(max_frame_bytes, 0x5A);
  const std::size_t sizes[] = {10, 3000, 12'000, 500};
  std::uint64_t number = 0;
  for (std::uint32_t frame = 1; frame <= 4; ++frame) {
    const std::span<const std::uint8_t> whole(bytes.data(), sizes[frame - 1]);
    const std::span<const std::uint8_t> slices[] = {whole.first(whole.size() / 3), whole.subspan(whole.size() / 3)};
    require(packetizer.packetize(frame, slices, {}, room) == Status::ok);
    for (std::size_t i = 0; i < room.size(); ++i) {
      out.emplace_back(room[i].begin(), room[i].end());
      store_u64_le(out.back().data() + at_packet_number, number++);
    }
  }
  return out;
}

void reassemble(FuzzedDataProvider& input) {
  static const std::vector<Bytes> packets = packets_of_a_stream();
  Reassembler reassembler({0, 512, max_frame_bytes, 40});
  std::uint32_t last = 0;
  while (input.remaining_bytes() > 0) {
    const std::uint8_t kind = input.ConsumeIntegral<std::uint8_t>();
    Bytes packet;
    if (kind < 16) {
      packet = input.ConsumeBytes<std::uint8_t>(input.ConsumeIntegralInRange<std::size_t>(0, 560));
    } else {
      packet = packets[input.ConsumeIntegralInRange<std::size_t>(0, packets.size() - 1)];
      for (int i = kind % 4; i > 0; --i) {
        packet[input.ConsumeIntegralInRange<std::size_t>(0, 55)] = input.ConsumeIntegral<std::uint8_t>();
      }
      if (kind & 4) { packet.resize(input.ConsumeIntegralInRange<std::size_t>(0, packet.size() + 64)); }
    }
    if (packet.size() < packet_header_bytes) { continue; }
    Shard shard;
    if (parse_shard(std::span(packet).first(16), std::span(packet).subspan(16), shard) != Status::ok) { continue; }
    ReassembledFrame frame;
    if (reassembler.add(shard, frame) == Status::ok) {
      require(frame.number > last && !frame.bytes.empty() && frame.bytes.size() <= max_frame_bytes);
      require(!frame.slice_ends.empty() && frame.slice_ends.back() == frame.bytes.size());
      last = frame.number;
    }
    std::uint32_t first = 0, end = 0;
    if (reassembler.take_lost(first, end)) { require(first <= end); }
  }
}

SessionConfig config_with(std::uint64_t secret) {
  SessionConfig config;
  store_u64_le(config.secret.data(), secret);
  config.datagram_bytes = 512;
  config.streams[0] = {2'000, 20, StreamKind::video};
  config.streams[1] = {500, 50, StreamKind::sound};
  return config;
}

// One side seals whatever the input says with the right key: what comes after authentication sees every byte.
void both_ends(FuzzedDataProvider& input) {
  static std::uint64_t sessions = 0;
  const SessionConfig config = config_with(++sessions);
  Host host(config);
  Client client(config);
  PacketCryptoConfig crypto{AeadSuite::aes128_gcm, config.secret, Direction::host_to_client, 1, 0,
                            max_packets_per_epoch};
  PacketSealer to_client(crypto);
  crypto.direction = Direction::client_to_host;
  PacketSealer to_host(crypto);
  std::uint64_t now = 0;
  while (input.remaining_bytes() > 0) {
    now += input.ConsumeIntegral<std::uint32_t>();
    const bool down = input.ConsumeBool(), sealed = input.ConsumeBool();
    Bytes plain = input.ConsumeBytes<std::uint8_t>(input.ConsumeIntegralInRange<std::size_t>(0, 512));
    if (sealed && plain.size() >= packet_header_bytes) {
      Bytes datagram(plain.size() + aead_tag_bytes);
      require((down ? to_client : to_host).seal(plain, datagram) == Status::ok);
      plain = datagram;
    }
    const Status status = down ? client.feed_datagram(plain, now) : host.feed_datagram(plain, now);
    require(sealed || status != Status::ok);
    ClientFrame frame;
    ClientEvent client_event;
    HostEvent host_event;
    std::span<const std::uint8_t> out;
    if (client.next_frame(frame) == Status::ok) { require(!frame.frame.bytes.empty()); }
    while (client.poll_event(now, client_event) == Status::ok) {}
    while (host.poll_event(now, host_event) == Status::ok) {
      require(host_event.packet_loss >= 0 && host_event.packet_loss <= 1);
    }
    if (client.poll_datagram(now, out) == Status::ok) {
      require(out.size() == packet_overhead_bytes + feedback_body_bytes);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input(data, size);
  if (input.ConsumeBool()) {
    reassemble(input);
  } else {
    both_ends(input);
  }
  return 0;
}
