// Where a stream stands, in a small file on tmpfs that the host makes and two engines map one after the other: when an
// engine dies, its successor continues the client's session with numbers and nonces that were never used. Holds no
// secret. Counters are stored before the bytes that use them are sent.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace punktfunk {

inline constexpr std::uint32_t checkpoint_magic = 0x50464350;
inline constexpr std::uint32_t checkpoint_version = 2;
inline constexpr std::uint32_t checkpoint_bytes = 4096;
inline constexpr std::uint32_t checkpoint_channels = 0x30;

// Which client control messages were taken (engine/control/replay_window.h).
struct ReplayState {
  static constexpr std::uint32_t window = 8192;  // eight seconds of the busiest mouse
  std::atomic<std::uint64_t> next;               // highest sequence taken + 1
  std::atomic<std::uint64_t> taken[window / 64];
};

// A client's gamepad: what was made of it (engine/pads/pads.cpp); 0 = none.
using KeptPad = std::atomic<std::uint32_t>;
inline constexpr std::size_t max_pads = 16;

struct Checkpoint {
  std::atomic<std::uint32_t> magic;
  std::atomic<std::uint32_t> version;
  std::atomic<std::uint32_t> generation;  // of the engine that writes: +1 per start

  // video (send thread)
  std::atomic<std::uint32_t> video_frame_index, video_packet_index;
  std::atomic<std::uint64_t> video_nonce_counter;
  std::atomic<std::uint64_t> video_epoch_ns;  // CLOCK_MONOTONIC of RTP time 0
  // audio (audio thread)
  std::atomic<std::uint32_t> audio_sequence, audio_timestamp;
  // control (control thread)
  std::atomic<std::uint32_t> control_sequence;  // of the next host message
  std::atomic<std::uint32_t> control_started;   // 1 after start B
  std::atomic<std::uint32_t> held_buttons;      // of the mouse: bit n = button n is down
  ReplayState control_replay;
  struct {
    std::atomic<std::uint32_t> connected;  // 1 while a peer is connected
    std::atomic<std::uint32_t> address_ipv4, port, connect_id, outgoing_peer_id, incoming_peer_id, outgoing_session_id,
        incoming_session_id, mtu, window_size, channel_count;
    std::atomic<std::uint32_t> outgoing_reliable_sequence;  // of commands that belong to no channel
    std::atomic<std::uint32_t> incoming_unsequenced_group;
    std::atomic<std::uint32_t>
        host_messages_acknowledged;  // of channel 0's reliable numbers: up to here the client has them
    std::atomic<std::uint32_t> channel_out_reliable[checkpoint_channels], channel_in_reliable[checkpoint_channels];
    std::atomic<std::uint32_t> channel_out_unreliable[checkpoint_channels], channel_in_unreliable[checkpoint_channels];
  } enet;
  // where the client's RTP goes, as learnt from its pings (send thread; engine/transport/peer_tracker.h)
  struct Peer {
    std::atomic<std::uint32_t> ipv4, port, ping_counter;
  } video_peer, audio_peer;
  KeptPad pads[max_pads];  // control thread
};
static_assert(sizeof(Checkpoint) <= checkpoint_bytes);

}  // namespace punktfunk
