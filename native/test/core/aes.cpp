#include "core/crypto/aes.h"

#include <doctest/doctest.h>

#include "json.h"
#include "support.h"

using namespace punktfunk;
using test::Bytes;
using test::from_hex;
using test::to_hex;

namespace {

const AesKey appendix_key = test::key_from_hex("000102030405060708090a0b0c0d0e0f");

}  // namespace

TEST_CASE("AES-GCM agrees with docs/gamestream.md, A") {
  Aes128Gcm aes(appendix_key);
  struct Vector {
    const char *nonce, *plain, *tag, *cipher;
  };
  const Vector vectors[] = {
      {"030000000000000000000056", "90000000", "a0acae4fe78622d9a844fc1d358e7cd4", "f814873d"},
      {"010000000000000000004343", "020302000000", "6c12bedcfec5f08348afa44cd89b8572", "21270741031b"},
      {"000000000000000000004843", "0901040080030023", "b835a2b8ace857ddcbad385dce166aa9", "f2dd4edacf3be801"},
      {"01000000000000000000000000000000", "020302000000", "db44075091248d9f4ed1d166104ad599", "e5503cd7b9df"},
      {"010000000000000000004352",
       "4f5054494f4e5320727473703a2f2f302e302e302e303a343830313020525453502f312e300d0a435365713a20310d0a0d0a",
       "11c90b5ce13a2ca2b75d9a659ce50326",
       "9fe452003a42126629e9a38daca4f663a0b4c5ec51aa0265930c8c3181ede1fa583ffad30508461aebf911908cd92b11f584"},
  };
  for (int round = 0; round < 2; ++round) {  // nonce lengths alternate: the contexts must follow
    for (const Vector& v : vectors) {
      CAPTURE(v.nonce);
      const Bytes nonce = from_hex(v.nonce), plain = from_hex(v.plain);
      Bytes cipher(plain.size()), tag(gcm_tag_bytes), opened(plain.size());
      REQUIRE(aes.seal(nonce, plain, cipher.data(), tag.data()) == Status::ok);
      CHECK(to_hex(cipher) == v.cipher);
      CHECK(to_hex(tag) == v.tag);
      REQUIRE(aes.open(nonce, cipher, tag.data(), opened.data()) == Status::ok);
      CHECK(opened == plain);
    }
  }
}

TEST_CASE("AES-GCM works in place and on nothing") {
  Aes128Gcm aes(appendix_key);
  const Bytes nonce(12, 7);
  Bytes buffer = {1, 2, 3, 4, 5}, tag(gcm_tag_bytes);
  REQUIRE(aes.seal(nonce, buffer, buffer.data(), tag.data()) == Status::ok);
  CHECK(buffer != Bytes{1, 2, 3, 4, 5});
  REQUIRE(aes.open(nonce, buffer, tag.data(), buffer.data()) == Status::ok);
  CHECK(buffer == Bytes{1, 2, 3, 4, 5});

  REQUIRE(aes.seal(nonce, {}, nullptr, tag.data()) == Status::ok);
  CHECK(aes.open(nonce, {}, tag.data(), nullptr) == Status::ok);
  tag[0] ^= 1;
  CHECK(aes.open(nonce, {}, tag.data(), nullptr) == Status::not_authentic);
}

TEST_CASE("AES-GCM refuses every single flipped bit, and goes on afterwards") {
  Aes128Gcm aes(appendix_key);
  const Bytes nonce = from_hex("030000000000000000000056"), plain = {10, 20, 30, 40, 50};
  Bytes cipher(plain.size()), tag(gcm_tag_bytes), opened(plain.size());
  REQUIRE(aes.seal(nonce, plain, cipher.data(), tag.data()) == Status::ok);
  auto refused = [&](Bytes n, Bytes c, Bytes t) {
    return aes.open(n, c, t.data(), opened.data()) == Status::not_authentic;
  };
  for (std::size_t bit = 0; bit < cipher.size() * 8; ++bit) {
    Bytes bad = cipher;
    bad[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    CHECK(refused(nonce, bad, tag));
  }
  for (std::size_t bit = 0; bit < tag.size() * 8; ++bit) {
    Bytes bad = tag;
    bad[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    CHECK(refused(nonce, cipher, bad));
  }
  for (std::size_t bit = 0; bit < nonce.size() * 8; ++bit) {
    Bytes bad = nonce;
    bad[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    CHECK(refused(bad, cipher, tag));
  }
  CHECK(refused(nonce, Bytes(cipher.begin(), cipher.end() - 1), tag));
  CHECK(aes.open(nonce, cipher, tag.data(), opened.data()) == Status::ok);
  CHECK(opened == plain);
}

TEST_CASE("AES-GCM refuses nonces of other lengths and null buffers") {
  Aes128Gcm aes(appendix_key);
  Bytes data(4), tag(gcm_tag_bytes);
  for (const std::size_t size : {0, 8, 11, 13, 15, 17}) {
    CHECK(aes.seal(Bytes(size), data, data.data(), tag.data()) == Status::invalid_argument);
    CHECK(aes.open(Bytes(size), data, tag.data(), data.data()) == Status::invalid_argument);
  }
  CHECK(aes.seal(Bytes(12), data, nullptr, tag.data()) == Status::invalid_argument);
  CHECK(aes.seal(Bytes(12), data, data.data(), nullptr) == Status::invalid_argument);
  CHECK(aes.open(Bytes(12), data, nullptr, data.data()) == Status::invalid_argument);
}

TEST_CASE("AES-GCM objects move with their key") {
  Aes128Gcm first(appendix_key);
  Aes128Gcm second(std::move(first));
  first = Aes128Gcm(AesKey{});
  const Bytes nonce(12), plain = {1, 2, 3};
  Bytes cipher(3), tag(gcm_tag_bytes), opened(3);
  REQUIRE(second.seal(nonce, plain, cipher.data(), tag.data()) == Status::ok);
  CHECK(first.open(nonce, cipher, tag.data(), opened.data()) == Status::not_authentic);
  CHECK(Aes128Gcm(appendix_key).open(nonce, cipher, tag.data(), opened.data()) == Status::ok);
}

TEST_CASE("AES-CBC agrees with docs/gamestream.md, A") {
  Aes128Cbc aes(appendix_key);
  const Bytes iv = from_hex("00000002000000000000000000000000"), plain = from_hex("fcfffe");
  Bytes cipher(Aes128Cbc::padded_size(plain.size())), opened(cipher.size());
  const std::span<const std::uint8_t, 16> iv_span(iv.data(), 16);
  REQUIRE(aes.encrypt(iv_span, plain, cipher.data()) == Status::ok);
  CHECK(to_hex(cipher) == "fef4912efce120db0743bada8d0bc306");
  std::size_t size = 0;
  REQUIRE(aes.decrypt(iv_span, cipher, opened.data(), size) == Status::ok);
  CHECK(Bytes(opened.begin(), opened.begin() + static_cast<std::ptrdiff_t>(size)) == plain);
}

TEST_CASE("AES-CBC round trips every length and rejects broken padding") {
  Aes128Cbc aes(appendix_key);
  test::Random random(1);
  for (std::size_t size = 0; size <= 70; ++size) {
    CAPTURE(size);
    const Bytes iv = random.bytes(16), plain = random.bytes(size);
    const std::span<const std::uint8_t, 16> iv_span(iv.data(), 16);
    Bytes cipher(Aes128Cbc::padded_size(size)), opened(cipher.size());
    CHECK(cipher.size() > size);
    REQUIRE(aes.encrypt(iv_span, plain, cipher.data()) == Status::ok);
    std::size_t opened_size = 0;
    REQUIRE(aes.decrypt(iv_span, cipher, opened.data(), opened_size) == Status::ok);
    REQUIRE(opened_size == size);
    opened.resize(size);
    CHECK(opened == plain);
  }
  Bytes out(48);
  std::size_t size = 99;
  const Bytes iv(16);
  const std::span<const std::uint8_t, 16> iv_span(iv.data(), 16);
  CHECK(aes.decrypt(iv_span, Bytes(15), out.data(), size) == Status::malformed);
  CHECK(aes.decrypt(iv_span, {}, out.data(), size) == Status::malformed);
  CHECK(size == 0);
  Bytes cipher(16);
  REQUIRE(aes.encrypt(iv_span, Bytes{1, 2, 3}, cipher.data()) == Status::ok);
  // 13 bytes of padding, value 13 = 0x0d; the IV's last byte flips the padding's last byte into 0x11, which is never
  // valid.
  Bytes wrong_iv(16);
  wrong_iv[15] = 0x0d ^ 0x11;
  CHECK(aes.decrypt(std::span<const std::uint8_t, 16>(wrong_iv.data(), 16), cipher, out.data(), size) ==
        Status::malformed);
  CHECK(aes.decrypt(iv_span, cipher, out.data(), size) == Status::ok);
  CHECK(size == 3);
}

TEST_CASE("recorded RTSP messages open and seal to the same bytes") {
  const auto file = test::json_file(PUNKTFUNK_TESTDATA "/gamestream/rtsp.json");
  int checked = 0;
  for (const auto& session : file.at("sessions")) {
    Aes128Gcm aes(test::key_from_hex(session.at("rikeyHex").get<std::string>()));
    for (const auto& message : session.at("messages")) {
      for (const std::string side : {"request", "reply"}) {
        const Bytes wire = from_hex(message[side + "WireHex"].get<std::string>());
        const Bytes nonce = from_hex(message[side + "NonceHex"].get<std::string>());
        const std::string& text = message[side].get<std::string>();
        REQUIRE(wire.size() == 24 + text.size());
        Bytes plain(text.size()), sealed(text.size()), tag(gcm_tag_bytes);
        REQUIRE(aes.open(nonce, std::span(wire).subspan(24), wire.data() + 8, plain.data()) == Status::ok);
        CHECK(std::string(plain.begin(), plain.end()) == text);
        REQUIRE(aes.seal(nonce, plain, sealed.data(), tag.data()) == Status::ok);
        CHECK(to_hex(tag) + to_hex(sealed) == to_hex(std::span(wire).subspan(8)));
        ++checked;
      }
    }
  }
  CHECK(checked == 28);
}
