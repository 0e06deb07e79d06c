#include "core/packet/gamestream_control.h"

#include <doctest/doctest.h>

#include "json.h"
#include "support.h"

using namespace punktfunk;
using namespace punktfunk::gamestream;
using test::Bytes;
using test::from_hex;
using test::to_hex;

namespace {

struct Opened {
  Status status = Status::internal;
  std::uint32_t sequence = 0;
  std::uint16_t type = 0;
  Bytes payload;
};

Opened open(Aes128Gcm& aes, NonceScheme scheme, Side sender, const Bytes& message) {
  Opened out;
  Bytes plain(message.size());
  std::span<const std::uint8_t> payload;
  out.status = open_control(aes, scheme, sender, message, plain, out.sequence, out.type, payload);
  out.payload.assign(payload.begin(), payload.end());
  return out;
}

Bytes seal(Aes128Gcm& aes, NonceScheme scheme, Side sender, std::uint32_t sequence, std::uint16_t type,
           const Bytes& payload) {
  Bytes out(control_envelope_bytes + 4 + payload.size());
  std::size_t bytes = 0;
  REQUIRE(seal_control(aes, scheme, sender, sequence, type, payload, out, bytes) == Status::ok);
  CHECK(bytes == out.size());
  return out;
}

const AesKey appendix_key = test::key_from_hex("000102030405060708090a0b0c0d0e0f");

}  // namespace

TEST_CASE("control messages seal as in docs/gamestream.md, A") {
  Aes128Gcm aes(appendix_key);
  CHECK(to_hex(seal(aes, NonceScheme::v2, Side::client, 1, 0x0302, {0, 0})) ==
        "01001a00010000006c12bedcfec5f08348afa44cd89b857221270741031b");
  CHECK(to_hex(seal(aes, NonceScheme::v2, Side::host, 0, 0x0109, from_hex("80030023"))) ==
        "01001c0000000000b835a2b8ace857ddcbad385dce166aa9f2dd4edacf3be801");
  CHECK(to_hex(seal(aes, NonceScheme::legacy16, Side::client, 257, 0x0302, {0, 0})) ==
        "01001a0001010000db44075091248d9f4ed1d166104ad599e5503cd7b9df");
}

TEST_CASE("recorded control messages open, and seal to the same bytes") {
  const auto file = test::json_file(PUNKTFUNK_TESTDATA "/gamestream/control.json");
  int checked = 0;
  for (const auto& session : file.at("sessions")) {
    CAPTURE(session.at("id").get<std::string>());
    Aes128Gcm aes(test::key_from_hex(session.at("rikeyHex").get<std::string>()));
    const NonceScheme scheme = session.at("legacyNonce").get<bool>() ? NonceScheme::legacy16 : NonceScheme::v2;
    for (const auto& message : session.at("messages")) {
      const Side sender = message.at("dir").get<std::string>() == "c2h" ? Side::client : Side::host;
      const Bytes plain = from_hex(message.at("plaintextHex").get<std::string>());
      const auto sequence = static_cast<std::uint32_t>(message.at("sequence").get<std::int64_t>());
      const auto type = static_cast<std::uint16_t>(plain[0] | plain[1] << 8);
      const Bytes payload(plain.begin() + 4, plain.end());
      const Bytes sealed = seal(aes, scheme, sender, sequence, type, payload);
      CHECK(to_hex(std::span(sealed).subspan(8)) ==
            message.at("tagHex").get<std::string>() + message.at("ciphertextHex").get<std::string>());
      const Opened opened = open(aes, scheme, sender, sealed);
      REQUIRE(opened.status == Status::ok);
      CHECK(opened.sequence == sequence);
      CHECK(opened.type == type);
      CHECK(opened.payload == payload);
      ++checked;
    }
  }
  CHECK(checked > 300);
}

TEST_CASE("recorded input messages open to the recorded plaintext") {
  const auto file = test::json_file(PUNKTFUNK_TESTDATA "/gamestream/input.json");
  Aes128Gcm aes(test::key_from_hex(file.at("rikeyHex").get<std::string>()));
  int checked = 0;
  for (const auto& message : file.at("messages")) {
    const Opened opened = open(aes, NonceScheme::v2, Side::client, from_hex(message.at("wireHex").get<std::string>()));
    REQUIRE(opened.status == Status::ok);
    CHECK(opened.type == static_cast<std::uint16_t>(ControlMessage::input));
    CHECK(to_hex(opened.payload) == message.at("plaintextHex").get<std::string>().substr(8));
    ++checked;
  }
  CHECK(checked == 108);
}

TEST_CASE("control messages that were changed, cut or sealed for the other side are refused") {
  Aes128Gcm aes(appendix_key);
  const Bytes good = seal(aes, NonceScheme::v2, Side::client, 7, 0x0206, Bytes(20, 9));
  REQUIRE(open(aes, NonceScheme::v2, Side::client, good).status == Status::ok);
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    Bytes bad = good;
    bad[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    const Opened opened = open(aes, NonceScheme::v2, Side::client, bad);
    CHECK(opened.status == (bit < 32 ? Status::malformed : Status::not_authentic));
    CHECK(opened.payload.empty());
  }
  for (std::size_t size = 0; size < good.size(); ++size) {
    CHECK(
        open(aes, NonceScheme::v2, Side::client, Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)))
            .status == Status::malformed);
  }
  CHECK(open(aes, NonceScheme::v2, Side::host, good).status == Status::not_authentic);
  CHECK(open(aes, NonceScheme::legacy16, Side::client, good).status == Status::not_authentic);

  Bytes small(good.size() - control_envelope_bytes - 1);
  std::uint32_t sequence = 0;
  std::uint16_t type = 0;
  std::span<const std::uint8_t> payload;
  CHECK(open_control(aes, NonceScheme::v2, Side::client, good, small, sequence, type, payload) ==
        Status::buffer_too_small);
}

TEST_CASE("an inner length that lies is malformed though it is authentic") {
  Aes128Gcm aes(appendix_key);
  const Bytes plain = {0x06, 0x02, 5, 0, 1, 2, 3};  // says 5, has 3
  Bytes message = {1, 0, static_cast<std::uint8_t>(4 + 16 + plain.size()), 0, 7, 0, 0, 0};
  message.resize(control_envelope_bytes + plain.size());
  const Bytes nonce = {7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 'C', 'C'};
  REQUIRE(aes.seal(nonce, plain, message.data() + control_envelope_bytes, message.data() + 8) == Status::ok);
  CHECK(open(aes, NonceScheme::v2, Side::client, message).status == Status::malformed);
}

TEST_CASE("control messages keep to their largest size") {
  Aes128Gcm aes(appendix_key);
  const Bytes largest(max_control_plain_bytes - 4, 1);
  const Bytes sealed = seal(aes, NonceScheme::v2, Side::host, 1, 1, largest);
  CHECK(open(aes, NonceScheme::v2, Side::host, sealed).payload == largest);

  Bytes out(4096);
  std::size_t bytes = 99;
  CHECK(seal_control(aes, NonceScheme::v2, Side::host, 1, 1, Bytes(max_control_plain_bytes - 3), out, bytes) ==
        Status::invalid_argument);
  CHECK(bytes == 0);
  CHECK(seal_control(aes, NonceScheme::v2, Side::host, 1, 1, largest, std::span(out).first(sealed.size() - 1), bytes) ==
        Status::buffer_too_small);
  Bytes longer(sealed);
  longer.push_back(0);
  longer[2] = static_cast<std::uint8_t>(longer[2] + 1);
  CHECK(open(aes, NonceScheme::v2, Side::host, longer).status == Status::malformed);
}
