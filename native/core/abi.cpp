// The C ABI, part one: version, statuses, FEC and sealing. See punktfunk_core.h for the contract.
#include <memory>
#include <optional>
#include <vector>

#include "core/abi_support.h"
#include "core/crypto/packet_crypto.h"
#include "core/fec/gf16.h"
#include "core/fec/gf8.h"

using namespace punktfunk;

static_assert(PUNKTFUNK_SECRET_BYTES == session_secret_bytes);
static_assert(PUNKTFUNK_PACKET_HEADER_BYTES == packet_header_bytes && PUNKTFUNK_TAG_BYTES == aead_tag_bytes);
static_assert(PUNKTFUNK_INTERNAL == static_cast<int>(Status::internal));

uint32_t punktfunk_abi_version(void) {
  return PUNKTFUNK_ABI_VERSION;
}

const char* punktfunk_status_text(punktfunk_status status) {
  return status == PUNKTFUNK_NO_MEMORY ? "the machine has no memory left for it"
                                       : status_text(static_cast<Status>(status));
}

namespace {
struct FecObject {
  abi::Entrance entrance;
  std::uint32_t kind;
  gf16::Limits limits;
  std::optional<gf16::Encoder> encoder;
  std::optional<gf16::Decoder> decoder;
  std::unique_ptr<bool[]> present;

  FecObject(std::uint32_t k, const gf16::Limits& l)
      : kind(k), limits(l), present(new bool[l.data_shards + l.parity_shards]) {
    if (kind == PUNKTFUNK_FEC_GF16) {
      encoder.emplace(limits);
      decoder.emplace(limits);
    }
  }
  [[nodiscard]] Status status() const { return encoder ? encoder->status() : Status::ok; }
  [[nodiscard]] gf8::Matrix matrix() const {
    return kind == PUNKTFUNK_FEC_GF8_AUDIO ? gf8::Matrix::audio : gf8::Matrix::video;
  }
  [[nodiscard]] bool within(std::size_t data, std::size_t parity, std::size_t bytes) const {
    return data >= 1 && data <= limits.data_shards && parity <= limits.parity_shards && bytes >= 1 &&
           bytes <= limits.shard_bytes;
  }
};
}  // namespace
template <>
struct punktfunk::abi::Inside<punktfunk_fec> {
  using type = FecObject;
};

namespace {

constexpr std::size_t max_fec_shard_bytes = 1u << 20;

bool fec_shape_ok(std::uint32_t kind, std::size_t data, std::size_t parity, std::size_t bytes) {
  const std::size_t most = kind == PUNKTFUNK_FEC_GF16 ? 65535 : gf8::max_block_shards;
  return kind <= PUNKTFUNK_FEC_GF8_AUDIO && data >= 1 && parity >= 1 && data <= most && parity <= most &&
         data + parity <= most && bytes >= 1 && bytes <= max_fec_shard_bytes;
}

template <typename Pointer>
bool any_null(Pointer const* pointers, std::size_t count) {
  return std::any_of(pointers, pointers + count, [](Pointer p) { return p == nullptr; });
}

punktfunk_status read_crypto(const punktfunk_crypto_config* from, PacketCryptoConfig& to) {
  punktfunk_crypto_config c{};
  const punktfunk_status read = abi::read_struct(from, sizeof(punktfunk_crypto_config), c);
  if (read != PUNKTFUNK_OK) { return read; }
  if (c.suite > UINT8_MAX || c.direction > PUNKTFUNK_CLIENT_TO_HOST || c.first_epoch > UINT16_MAX) {
    return PUNKTFUNK_INVALID_ARGUMENT;
  }
  to.suite = static_cast<AeadSuite>(c.suite);
  std::copy_n(c.secret, session_secret_bytes, to.secret.begin());
  to.direction = static_cast<Direction>(c.direction);
  to.first_epoch = static_cast<std::uint16_t>(c.first_epoch);
  to.first_packet_number = c.first_packet_number;
  wipe(c.secret);
  return PUNKTFUNK_OK;
}

}  // namespace

punktfunk_status punktfunk_fec_create(uint32_t kind, size_t max_data_shards, size_t max_parity_shards,
                                      size_t max_shard_bytes, punktfunk_fec** fec) {
  if (!fec) { return PUNKTFUNK_INVALID_ARGUMENT; }
  *fec = nullptr;
  if (!fec_shape_ok(kind, max_data_shards, max_parity_shards, max_shard_bytes)) { return PUNKTFUNK_INVALID_ARGUMENT; }
  return abi::create(fec, kind, gf16::Limits{max_data_shards, max_parity_shards, max_shard_bytes});
}

void punktfunk_fec_destroy(punktfunk_fec* fec) {
  delete abi::object_of(fec);
}

punktfunk_status punktfunk_fec_encode(punktfunk_fec* fec, const uint8_t* const* data, size_t data_shards,
                                      uint8_t* const* parity, size_t parity_shards, size_t shard_bytes) {
  return abi::inside(fec, [&](FecObject& object) {
    if (!data || !parity || parity_shards == 0 || !object.within(data_shards, parity_shards, shard_bytes) ||
        any_null(data, data_shards) || any_null(parity, parity_shards)) {
      return PUNKTFUNK_INVALID_ARGUMENT;
    }
    return abi::code(object.encoder
                         ? object.encoder->encode({data, data_shards}, {parity, parity_shards}, shard_bytes)
                         : gf8::encode(object.matrix(), {data, data_shards}, {parity, parity_shards}, shard_bytes));
  });
}

punktfunk_status punktfunk_fec_decode(punktfunk_fec* fec, uint8_t* const* shards, const uint8_t* present,
                                      size_t data_shards, size_t parity_shards, size_t shard_bytes) {
  return abi::inside(fec, [&](FecObject& object) {
    if (!shards || !present || !object.within(data_shards, parity_shards, shard_bytes) ||
        any_null(shards, data_shards)) {
      return PUNKTFUNK_INVALID_ARGUMENT;
    }
    const std::size_t total = data_shards + parity_shards;
    for (std::size_t i = 0; i < total; ++i) {
      object.present[i] = present[i] != 0;
      if (present[i] != 0 && !shards[i]) { return PUNKTFUNK_INVALID_ARGUMENT; }
    }
    const std::span<const bool> here(object.present.get(), total);
    return abi::code(object.decoder ? object.decoder->decode({shards, total}, here, data_shards, shard_bytes)
                                    : gf8::decode(object.matrix(), {shards, total}, here, data_shards, shard_bytes));
  });
}

namespace {
struct SealerObject {
  abi::Entrance entrance;
  PacketSealer sealer;
  explicit SealerObject(const PacketCryptoConfig& config) : sealer(config) {}
  [[nodiscard]] Status status() const { return sealer.status(); }
};
}  // namespace
template <>
struct punktfunk::abi::Inside<punktfunk_sealer> {
  using type = SealerObject;
};

namespace {
struct OpenerObject {
  abi::Entrance entrance;
  PacketOpener opener;
  explicit OpenerObject(const PacketCryptoConfig& config) : opener(config) {}
  [[nodiscard]] Status status() const { return opener.status(); }
};
}  // namespace
template <>
struct punktfunk::abi::Inside<punktfunk_opener> {
  using type = OpenerObject;
};

namespace {
template <typename Half>
punktfunk_status create_half(const punktfunk_crypto_config* config, Half** half) {
  if (!half) { return PUNKTFUNK_INVALID_ARGUMENT; }
  *half = nullptr;
  PacketCryptoConfig crypto;
  const punktfunk_status read = read_crypto(config, crypto);
  const punktfunk_status made = read == PUNKTFUNK_OK ? abi::create(half, crypto) : read;
  wipe(crypto.secret);
  return made;
}
}  // namespace

punktfunk_status punktfunk_sealer_create(const punktfunk_crypto_config* config, punktfunk_sealer** sealer) {
  return create_half(config, sealer);
}

void punktfunk_sealer_destroy(punktfunk_sealer* sealer) {
  delete abi::object_of(sealer);
}

punktfunk_status punktfunk_seal(punktfunk_sealer* sealer, const uint8_t* packet, size_t packet_bytes, uint8_t* datagram,
                                size_t datagram_room, size_t* datagram_bytes) {
  return abi::inside(sealer, [&](SealerObject& object) {
    if (!packet || !datagram || !datagram_bytes || packet_bytes < packet_header_bytes || packet_bytes > 65535) {
      return PUNKTFUNK_INVALID_ARGUMENT;
    }
    *datagram_bytes = 0;
    if (datagram_room < packet_bytes + aead_tag_bytes) { return PUNKTFUNK_BUFFER_TOO_SMALL; }
    const Status status = object.sealer.seal({packet, packet_bytes}, {datagram, packet_bytes + aead_tag_bytes});
    *datagram_bytes = status == Status::ok ? packet_bytes + aead_tag_bytes : 0;
    return abi::code(status);
  });
}

punktfunk_status punktfunk_opener_create(const punktfunk_crypto_config* config, punktfunk_opener** opener) {
  return create_half(config, opener);
}

void punktfunk_opener_destroy(punktfunk_opener* opener) {
  delete abi::object_of(opener);
}

punktfunk_status punktfunk_open(punktfunk_opener* opener, const uint8_t* datagram, size_t datagram_bytes, uint8_t* body,
                                size_t body_room, size_t* body_bytes) {
  return abi::inside(opener, [&](OpenerObject& object) {
    if (!datagram || !body_bytes || (!body && datagram_bytes > packet_overhead_bytes)) {
      return PUNKTFUNK_INVALID_ARGUMENT;
    }
    *body_bytes = 0;
    const Status status = object.opener.open({datagram, datagram_bytes}, {body, body ? body_room : 0});
    *body_bytes = status == Status::ok ? datagram_bytes - packet_overhead_bytes : 0;
    return abi::code(status);
  });
}
