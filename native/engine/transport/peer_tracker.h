// Where a client's media go, learnt from its pings (docs/gamestream.md, 5.7). A ping's 16 characters travel in clear,
// so whoever sees one can send it again from anywhere: the address that is known is kept while it pings, another one
// must outlast it. Pure: time comes with each call.
#pragma once

#include <cstdint>
#include <optional>

namespace punktfunk {

struct MediaPeer {
  std::uint32_t ipv4 = 0;          // network order
  std::uint16_t port = 0;          // host order; 0 = unknown
  std::uint32_t ping_counter = 0;  // of its last ping; 0 for clients that send the bare "PING"
  bool operator==(const MediaPeer&) const = default;
};

class PeerTracker {
 public:
  // Three pings of a client, which come every 500 ms.
  static constexpr std::uint64_t outlast_ns = 1'500'000'000;
  // Eight minutes of pings: another address is not the client further on.
  static constexpr std::uint32_t max_counter_step = 1000;

  enum class Verdict {
    known,    // from the address that is known
    taken,    // the address is known from now on
    waiting,  // from elsewhere: not yet, or never
    stale,    // from elsewhere, with a counter that was seen: somebody repeats a ping
  };

  // first_ipv4: where the first ping is expected from (network order); 0 = anywhere.
  explicit PeerTracker(std::uint32_t first_ipv4) : first_ipv4_(first_ipv4) {}

  void set_peer(const MediaPeer& peer) { peer_ = peer; }
  [[nodiscard]] const MediaPeer& peer() const { return peer_; }

  // counter: none for the bare "PING".
  Verdict ping(std::uint32_t ipv4, std::uint16_t port, std::optional<std::uint32_t> counter, std::uint64_t now_ns) {
    if (peer_.port != 0 && ipv4 == peer_.ipv4 && port == peer_.port) {
      // Whatever it counts: a ping forged in its name, far ahead, must not make the client's next ones look old, and it
      // silent. Its next one says where it counts.
      take(ipv4, port, counter);
      return Verdict::known;
    }
    if (counter && !follows(*counter, peer_)) { return Verdict::stale; }
    if (peer_.port == 0 && (first_ipv4_ == 0 || ipv4 == first_ipv4_)) {
      take(ipv4, port, counter);
      return Verdict::taken;
    }
    const bool same = ipv4 == newcomer_.ipv4 && port == newcomer_.port;
    const bool silent = now_ns - newcomer_last_ns_ >= outlast_ns;  // it makes room for the next one
    if (!same && newcomer_.port != 0 && !silent) { return Verdict::waiting; }
    if (same && counter && !follows(*counter, newcomer_)) { return Verdict::stale; }
    if (!same || silent) { newcomer_since_ns_ = now_ns; }
    newcomer_ = {ipv4, port, counter.value_or(0)};
    newcomer_last_ns_ = now_ns;
    if (now_ns - newcomer_since_ns_ < outlast_ns) { return Verdict::waiting; }
    take(ipv4, port, counter);
    return Verdict::taken;
  }

 private:
  static bool follows(std::uint32_t counter, const MediaPeer& peer) {
    return counter > peer.ping_counter && counter - peer.ping_counter <= max_counter_step;
  }
  void take(std::uint32_t ipv4, std::uint16_t port, std::optional<std::uint32_t> counter) {
    peer_ = {ipv4, port, counter.value_or(0)};
    newcomer_ = {};
  }

  std::uint32_t first_ipv4_;
  MediaPeer peer_, newcomer_;
  std::uint64_t newcomer_since_ns_ = 0, newcomer_last_ns_ = 0;
};

}  // namespace punktfunk
