#include "core/crypto/packet_crypto.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "core/crypto/aead.h"
#include "core/packet/bytes.h"
#include "support.h"

using namespace punktfunk;
using test::Bytes;
using test::from_hex;
using test::to_hex;

namespace {

// A secret that no other test uses: each may be sealed with once in a process.
SessionSecret fresh_secret() {
  static std::uint64_t counter = 0xC0FFEE;
  SessionSecret secret{};
  store_u64_le(secret.data(), counter++);
  return secret;
}

Bytes seal(PacketSealer& sealer, const Bytes& body) {
  Bytes plain(packet_header_bytes);
  plain[0] = 0x10;
  plain.insert(plain.end(), body.begin(), body.end());
  Bytes datagram(plain.size() + aead_tag_bytes);
  REQUIRE(sealer.seal(plain, datagram) == Status::ok);
  return datagram;
}

Status open(PacketOpener& opener, const Bytes& datagram, Bytes* body = nullptr) {
  Bytes out(datagram.size());
  const Status status = opener.open(datagram, out);
  if (status == Status::ok && body) {
    body->assign(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(datagram.size() - 32));
  }
  return status;
}

void round_trip(AeadSuite suite, const char* key, const char* nonce, const char* associated, const Bytes& plain,
                const std::string& cipher_start, const char* tag) {
  Aead sealer(suite, Aead::Use::seal), opener(suite, Aead::Use::open);
  const Bytes n = from_hex(nonce), a = from_hex(associated);
  const std::span<const std::uint8_t, 12> nonce_span(n.data(), 12);
  Bytes cipher(plain.size()), mac(16), opened(plain.size());
  CHECK(sealer.seal(nonce_span, a, plain, cipher.data(), mac.data()) == Status::wrong_state);
  REQUIRE(sealer.set_key(from_hex(key)) == Status::ok);
  REQUIRE(opener.set_key(from_hex(key)) == Status::ok);
  REQUIRE(sealer.seal(nonce_span, a, plain, cipher.data(), mac.data()) == Status::ok);
  CHECK(to_hex(cipher).substr(0, cipher_start.size()) == cipher_start);
  CHECK(to_hex(mac) == tag);
  REQUIRE(opener.open(nonce_span, a, cipher, mac.data(), opened.data()) == Status::ok);
  CHECK(opened == plain);
  Bytes other = a;
  other[0] ^= 1;
  CHECK(opener.open(nonce_span, other, cipher, mac.data(), opened.data()) == Status::not_authentic);
  CHECK(opener.seal(nonce_span, a, plain, cipher.data(), mac.data()) == Status::wrong_state);
  CHECK(sealer.open(nonce_span, a, cipher, mac.data(), opened.data()) == Status::wrong_state);
  CHECK(sealer.set_key(Bytes(7)) == Status::invalid_argument);
}

}  // namespace

TEST_CASE("AES-128-GCM with associated data: test case 4 of the GCM specification") {
  round_trip(
      AeadSuite::aes128_gcm, "feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
      "feedfacedeadbeeffeedfacedeadbeefabaddad2",
      from_hex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aed"
               "f5aa0de657ba637b39"),
      "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac"
      "973d58e091",
      "5bc94fbc3221a5db94fae95ae7121a47");
}

TEST_CASE("ChaCha20-Poly1305: RFC 8439, 2.8.2") {
  const std::string text =
      "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be "
      "it.";
  round_trip(AeadSuite::chacha20_poly1305, "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
             "070000004041424344454647", "50515253c0c1c2c3c4c5c6c7", Bytes(text.begin(), text.end()),
             "d31a8d34648e60db7b86afbc53ef7ec2", "1ae10b594f09e26a7e902ecbd0600691");
}

TEST_CASE("keys differ by secret, suite, direction and epoch") {
  std::set<std::string> keys;
  int made = 0;
  for (int s = 0; s < 2; ++s) {
    const SessionSecret secret = fresh_secret();
    for (const AeadSuite suite : {AeadSuite::aes128_gcm, AeadSuite::chacha20_poly1305}) {
      for (const Direction direction : {Direction::host_to_client, Direction::client_to_host}) {
        for (const std::uint16_t epoch : {0, 1, 256, 65535}) {
          Bytes key(aead_key_bytes(suite));
          REQUIRE(derive_packet_key(secret, suite, direction, epoch, key) == Status::ok);
          keys.insert(to_hex(std::span(key).first(16)));
          ++made;
        }
      }
    }
  }
  CHECK(keys.size() == static_cast<std::size_t>(made));
  Bytes wrong(15);
  CHECK(derive_packet_key(fresh_secret(), AeadSuite::aes128_gcm, Direction::host_to_client, 0, wrong) ==
        Status::invalid_argument);
}

TEST_CASE("the replay window agrees with remembering everything") {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    test::Random random(seed);
    ReplayWindow window;
    std::set<std::uint64_t> seen;
    std::uint64_t top = seed % 2 ? 0 : 1'000'000, newest = 0;
    for (int i = 0; i < 20000; ++i) {
      if (random.below(3) == 0) { top += random.below(seed % 3 == 0 ? 20000 : 40); }
      const std::uint64_t back = random.below(random.below(10) == 0 ? 3 * ReplayWindow::bits : 100);
      const std::uint64_t number = top >= back ? top - back : 0;
      const bool fresh =
          !seen.count(number) && (seen.empty() || number > newest || newest - number < ReplayWindow::bits);
      REQUIRE(window.fresh(number) == fresh);
      if (fresh) {
        window.mark(number);
        seen.insert(number);
        newest = std::max(newest, number);
      }
    }
  }
}

TEST_CASE("packets open once, in any order, across rekeying") {
  for (const AeadSuite suite : {AeadSuite::aes128_gcm, AeadSuite::chacha20_poly1305}) {
    PacketCryptoConfig config;
    config.suite = suite;
    config.secret = fresh_secret();
    config.packets_per_epoch = 10;
    PacketSealer sealer(config);
    PacketOpener opener(config);
    REQUIRE(sealer.status() == Status::ok);
    test::Random random(1);
    std::vector<Bytes> sent;
    for (int i = 0; i < 200; ++i) { sent.push_back(seal(sealer, Bytes(50, static_cast<std::uint8_t>(i)))); }
    CHECK(sealer.epoch() == 19);
    CHECK(sealer.packet_number() == 200);
    // Swapped within one rekeying's reach.
    std::vector<std::pair<std::size_t, std::size_t>> order;
    for (std::size_t i = 0; i < sent.size(); ++i) { order.emplace_back(i + random.below(8), i); }
    std::stable_sort(order.begin(), order.end());
    int opened = 0;
    for (const auto& [place, i] : order) {
      Bytes body;
      CHECK(load_u16_le(sent[i].data() + at_packet_epoch) == i / 10);
      CHECK(load_u64_le(sent[i].data() + at_packet_number) == i);
      if (open(opener, sent[i], &body) == Status::ok) {
        CHECK(body == Bytes(50, static_cast<std::uint8_t>(i)));
        ++opened;
        CHECK(open(opener, sent[i]) == Status::replayed);
      }
    }
    CHECK(opened == 200);
  }
}

TEST_CASE("any changed bit is refused, and changes nothing") {
  PacketCryptoConfig config;
  config.secret = fresh_secret();
  PacketSealer sealer(config);
  PacketOpener opener(config);
  const Bytes good = seal(sealer, Bytes(20, 1));
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    Bytes bad = good;
    bad[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    CHECK(open(opener, bad) == Status::not_authentic);
  }
  for (std::size_t size = 0; size < good.size(); ++size) {
    CHECK(open(opener, Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size))) ==
          (size < packet_overhead_bytes ? Status::malformed : Status::not_authentic));
  }
  CHECK(open(opener, good) == Status::ok);
  PacketCryptoConfig back = config;
  back.direction = Direction::client_to_host;
  PacketOpener other_way(back);
  CHECK(open(other_way, good) == Status::not_authentic);
}

TEST_CASE("an opener follows a sender that is a few epochs ahead, not one that is far") {
  PacketCryptoConfig config;
  config.secret = fresh_secret();
  PacketOpener opener(config);
  config.first_epoch = 16;
  config.first_packet_number = 1000;
  PacketSealer near(config);
  CHECK(open(opener, seal(near, Bytes(5))) == Status::ok);
  config.first_epoch = 33;
  config.first_packet_number = 2000;
  PacketSealer far(config);
  CHECK(open(opener, seal(far, Bytes(5))) == Status::not_authentic);
}

TEST_CASE("a secret that was sealed with cannot be sealed with from the same epoch again") {
  PacketCryptoConfig config;
  config.secret = fresh_secret();
  config.packets_per_epoch = 2;
  {
    PacketSealer first(config);
    REQUIRE(first.status() == Status::ok);
    for (int i = 0; i < 5; ++i) { seal(first, Bytes(1)); }
    CHECK(first.epoch() == 2);
  }
  for (const std::uint16_t epoch : {0, 1, 2}) {
    config.first_epoch = epoch;
    PacketSealer again(config);
    CHECK(again.status() == Status::exhausted);
    Bytes plain(20), datagram(36);
    CHECK(again.seal(plain, datagram) == Status::exhausted);
  }
  config.first_epoch = 3;
  CHECK(PacketSealer(config).status() == Status::ok);
  config.direction = Direction::client_to_host;
  config.first_epoch = 0;
  CHECK(PacketSealer(config).status() == Status::ok);
}

TEST_CASE("when epochs or numbers are used up, sealing ends with a status") {
  PacketCryptoConfig config;
  config.secret = fresh_secret();
  config.first_epoch = UINT16_MAX;
  config.packets_per_epoch = 3;
  PacketSealer sealer(config);
  Bytes plain(20), datagram(36);
  for (int i = 0; i < 3; ++i) { CHECK(sealer.seal(plain, datagram) == Status::ok); }
  CHECK(sealer.seal(plain, datagram) == Status::exhausted);
  CHECK(sealer.seal(plain, datagram) == Status::exhausted);

  config.secret = fresh_secret();
  config.first_packet_number = UINT64_MAX - 1;
  PacketSealer last(config);
  CHECK(last.seal(plain, datagram) == Status::ok);
  CHECK(last.seal(plain, datagram) == Status::exhausted);

  config.secret = fresh_secret();
  config.packets_per_epoch = max_packets_per_epoch + 1;
  CHECK(PacketSealer(config).status() == Status::invalid_argument);
  config.packets_per_epoch = 1;
  config.suite = static_cast<AeadSuite>(9);
  CHECK(PacketSealer(config).status() == Status::invalid_argument);
  CHECK(PacketOpener(config).status() == Status::invalid_argument);
}
