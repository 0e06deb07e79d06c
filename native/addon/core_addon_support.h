// What the core's classes for JavaScript share: reading arguments, views on native memory, errors with a status.
#pragma once

#include <napi.h>

#include <algorithm>
#include <map>
#include <memory>
#include <span>
#include <string>

#include "core/crypto/packet_crypto.h"
#include "core/session/pf1_session.h"
#include "core/status.h"

namespace punktfunk::addon {

[[noreturn]] inline void fail(Napi::Env env, Status status) {
  Napi::Error error = Napi::Error::New(env, status_text(status));
  error.Set("status", Napi::Number::New(env, static_cast<int>(status)));
  throw error;
}

[[noreturn]] inline void wrong(Napi::Env env, const std::string& what) {
  throw Napi::TypeError::New(env, what);
}

inline std::span<const std::uint8_t> bytes_of(const Napi::Value& value, const char* name) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
    wrong(value.Env(), std::string(name) + " must be a Uint8Array");
  }
  const auto array = value.As<Napi::Uint8Array>();
  return {array.Data(), array.ByteLength()};
}

inline std::span<std::uint8_t> room_of(const Napi::Value& value, const char* name) {
  const auto bytes = bytes_of(value, name);
  return {const_cast<std::uint8_t*>(bytes.data()), bytes.size()};
}

inline std::uint64_t time_of(const Napi::Value& value) {
  bool exact = false;
  const std::uint64_t ns = value.IsBigInt() ? value.As<Napi::BigInt>().Uint64Value(&exact) : 0;
  if (!exact) { wrong(value.Env(), "the time must be a bigint of nanoseconds, not negative"); }
  return ns;
}

// Fields of a configuration object; what is left out keeps its default.
class Fields {
 public:
  explicit Fields(const Napi::Value& value) : env_(value.Env()) {
    if (!value.IsObject()) { wrong(env_, "an object is missing"); }
    object_ = value.As<Napi::Object>();
  }
  [[nodiscard]] Napi::Env env() const { return env_; }
  [[nodiscard]] bool has(const char* name) const { return !object_.Get(name).IsUndefined(); }
  [[nodiscard]] Napi::Value get(const char* name) const { return object_.Get(name); }
  template <typename T>
  void number(const char* name, T& to, double least, double most) const {
    if (!has(name)) { return; }
    const Napi::Value value = object_.Get(name);
    const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : -1e300;
    if (!(number >= least && number <= most)) {
      wrong(env_,
            std::string(name) + " must be a number from " + std::to_string(least) + " to " + std::to_string(most));
    }
    to = static_cast<T>(number);
  }
  void bigint(const char* name, std::uint64_t& to) const {
    if (!has(name)) { return; }
    bool exact = false;
    const Napi::Value value = object_.Get(name);
    if (value.IsBigInt()) { to = value.As<Napi::BigInt>().Uint64Value(&exact); }
    if (!exact) { wrong(env_, std::string(name) + " must be a bigint, not negative"); }
  }
  void secret(SessionSecret& to) const {
    const auto bytes = bytes_of(get("secret"), "secret");
    if (bytes.size() != to.size()) { wrong(env_, "secret must have 32 bytes"); }
    std::copy(bytes.begin(), bytes.end(), to.begin());
  }
  void suite(AeadSuite& to) const {
    if (!has("suite")) { return; }
    const Napi::Value value = get("suite");
    const std::string name = value.IsString() ? value.As<Napi::String>().Utf8Value() : "";
    if (name != "aes-128-gcm" && name != "chacha20-poly1305") {
      wrong(env_, "suite must be aes-128-gcm or chacha20-poly1305");
    }
    to = name == "aes-128-gcm" ? AeadSuite::aes128_gcm : AeadSuite::chacha20_poly1305;
  }

 private:
  Napi::Env env_;
  Napi::Object object_;
};

inline pf1::SessionConfig session_config(const Napi::Value& value) {
  const Fields fields(value);
  pf1::SessionConfig config;
  fields.secret(config.secret);
  fields.suite(config.suite);
  fields.number("datagramBytes", config.datagram_bytes, 0, 65535);
  fields.number("firstEpoch", config.first_epoch, 0, 65535);
  fields.number("peerEpoch", config.peer_epoch, 0, 65535);
  fields.bigint("firstPacketNumber", config.first_packet_number);
  fields.number("firstFrame", config.first_frame, 0, 4e9);
  fields.bigint("frameIntervalNs", config.frame_interval_ns);
  fields.number("spread", config.spread, 0, 1);
  fields.number("maxRateBps", config.max_rate_bps, 0, 1e15);
  fields.bigint("silenceNs", config.silence_ns);
  const Napi::Value streams = fields.get("streams");
  if (!streams.IsArray() || streams.As<Napi::Array>().Length() > pf1::max_streams) {
    wrong(fields.env(), "streams must be an array of at most four");
  }
  const auto array = streams.As<Napi::Array>();
  for (std::uint32_t i = 0; i < array.Length(); ++i) {
    const Fields stream(array.Get(i));
    pf1::StreamConfig& to = config.streams[i];
    stream.number("maxFrameBytes", to.max_frame_bytes, 1, 4e9);
    stream.number("parityPercent", to.parity_percent, 0, 100);
    const Napi::Value kind = stream.get("kind");
    const std::string name = kind.IsString() ? kind.As<Napi::String>().Utf8Value() : "video";
    if (name != "video" && name != "sound") { wrong(fields.env(), "kind must be video or sound"); }
    to.kind = name == "video" ? pf1::StreamKind::video : pf1::StreamKind::sound;
  }
  return config;
}

// Views on memory that an owner holds: one ArrayBuffer for each piece of memory, kept while the object lives.
template <typename Owner>
class Views {
 public:
  Napi::Value view(Napi::Env env, const std::shared_ptr<Owner>& owner, std::span<const std::uint8_t> bytes,
                   std::size_t room) {
    Napi::ObjectReference& reference = buffers_[bytes.data()];
    if (reference.IsEmpty()) {
      auto* const keep = new std::shared_ptr<Owner>(owner);
      const Napi::ArrayBuffer made = Napi::ArrayBuffer::New(
          env, const_cast<std::uint8_t*>(bytes.data()), room,
          [](Napi::Env, void*, std::shared_ptr<Owner>* held) { delete held; }, keep);
      reference = Napi::Persistent(Napi::Object(env, made));
    }
    const Napi::Object buffer = reference.Value();
    return Napi::Uint8Array::New(env, bytes.size(), buffer.As<Napi::ArrayBuffer>(), 0);
  }

 private:
  std::map<const void*, Napi::ObjectReference> buffers_;
};

template <typename T>
Napi::Value big(Napi::Env env, T value) {
  return Napi::BigInt::New(env, static_cast<std::uint64_t>(value));
}

inline Napi::Value status_value(Napi::Env env, Status status) {
  return Napi::Number::New(env, static_cast<int>(status));
}

inline PacketCryptoConfig crypto_config(const Napi::Value& value) {
  const Fields fields(value);
  PacketCryptoConfig config;
  fields.secret(config.secret);
  fields.suite(config.suite);
  fields.number("firstEpoch", config.first_epoch, 0, 65535);
  fields.bigint("firstPacketNumber", config.first_packet_number);
  const Napi::Value direction = fields.get("direction");
  const std::string name = direction.IsString() ? direction.As<Napi::String>().Utf8Value() : "";
  if (name != "host_to_client" && name != "client_to_host") {
    wrong(fields.env(), "direction must be host_to_client or client_to_host");
  }
  config.direction = name == "host_to_client" ? Direction::host_to_client : Direction::client_to_host;
  return config;
}

}  // namespace punktfunk::addon
